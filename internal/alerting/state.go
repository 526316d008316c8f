package alerting

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/eventrecorder"
	"github.com/prometheus/alertmanager/nflog"
	"github.com/prometheus/alertmanager/nflog/nflogpb"
	"github.com/prometheus/alertmanager/silence"
	"github.com/prometheus/client_golang/prometheus"
)

const (
	// kept is how long ended silences and what was told of a group are remembered.
	kept = 90 * 24 * time.Hour
	// maxSilences bounds what is kept of silences, in number and in bytes of each.
	maxSilences, maxSilence = 1000, 16 << 10
)

// notified is the log of what was told to whom. The library would forget an entry after two repeat intervals: then an agent
// that was away for longer would never tell the end of what it told.
type notified struct{ log *nflog.Log }

// Log notes what was told.
func (n notified) Log(r *nflogpb.Receiver, key string, firing, resolved []uint64, store *nflog.Store, _ time.Duration) error {
	return n.log.Log(r, key, firing, resolved, store, 0)
}

// Query finds what was told last.
func (n notified) Query(params ...nflog.QueryParam) ([]*nflogpb.Entry, error) {
	return n.log.Query(params...)
}

// state is what outlives the process.
type state struct {
	folder   stateFolder
	log      *slog.Logger
	silences *silence.Silences
	silencer *silence.Silencer
	notified *nflog.Log
	// changed has a value where something is to be saved; the others say what.
	changed               chan struct{}
	newSilence, newNotice atomic.Bool

	mutex   sync.Mutex // of saving
	written []byte     // what the file of alerts holds
}

// openState reads the state. alerts are those that were there when it was saved last.
func openState(o Options, grace time.Duration) (s *state, alerts []*alert.Alert, err error) {
	f, err := openStateFolder(o.Folder, o.Log)
	if err != nil {
		return nil, nil, err
	}
	s = &state{folder: f, log: o.Log, changed: make(chan struct{}, 1)}
	now := time.Now()
	err = errors.Join(
		f.load(silenceFile, func(content []byte) error { return s.readSilences(o.Log, content) }),
		f.load(logFile, func(content []byte) error { return s.readLog(o.Log, content) }),
		f.load(alertFile, func(content []byte) (err error) {
			alerts, err = decodeAlerts(content, now, now.Add(grace))
			return err
		}))
	if s.silences == nil {
		err = errors.Join(err, s.readSilences(o.Log, nil))
	}
	if s.notified == nil {
		err = errors.Join(err, s.readLog(o.Log, nil))
	}
	if err != nil {
		return nil, nil, err
	}
	s.silencer = silence.NewSilencer(s.silences, o.Log, eventrecorder.NopRecorder())
	s.silences.SetBroadcast(func([]byte) { s.newSilence.Store(true); s.touch() })
	s.notified.SetBroadcast(func([]byte) { s.newNotice.Store(true); s.touch() })
	return s, alerts, nil
}

func (s *state) readSilences(log *slog.Logger, content []byte) error {
	made, err := silence.New(silence.Options{SnapshotReader: bytes.NewReader(content), Retention: kept, Logger: log,
		Metrics: prometheus.NewRegistry(),
		Limits: silence.Limits{MaxSilences: func() int { return maxSilences },
			MaxSilenceSizeBytes: func() int { return maxSilence }}})
	if err == nil {
		s.silences = made
	}
	return err
}

func (s *state) readLog(log *slog.Logger, content []byte) error {
	made, err := nflog.New(nflog.Options{SnapshotReader: bytes.NewReader(content), Retention: kept, Logger: log,
		Metrics: prometheus.NewRegistry()})
	if err == nil {
		s.notified = made
	}
	return err
}

// touch asks for a save, and never waits.
func (s *state) touch() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// save writes what has changed; after a failure all of it, because what has become of the folder is not known.
func (s *state) save(alerts []*alert.Alert) (err error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	defer func() {
		if err != nil {
			s.written = nil
			s.newNotice.Store(true)
			s.newSilence.Store(true)
		}
	}()
	content, err := encodeAlerts(alerts, time.Now())
	if err != nil {
		return fmt.Errorf("alerts: saving their state: %w", err)
	}
	// The alerts come first: one that is not known after a crash, although it was told, would never be told to have ended.
	if !bytes.Equal(content, s.written) {
		if err := s.folder.save(alertFile, content); err != nil {
			return err
		}
		s.written = content
	}
	return errors.Join(s.saveNew(&s.newNotice, logFile, s.notified.MarshalBinary),
		s.saveNew(&s.newSilence, silenceFile, s.silences.MarshalBinary))
}

// saveNew writes a file where there is something new to write.
func (s *state) saveNew(isNew *atomic.Bool, name string, marshal func() ([]byte, error)) error {
	if !isNew.Swap(false) {
		return nil
	}
	content, err := marshal()
	if err == nil {
		err = s.folder.save(name, content)
	}
	if err != nil {
		isNew.Store(true)
	}
	return err
}

// tidy forgets what is too old.
func (s *state) tidy() {
	_, problem := s.silences.GC()
	_, err := s.notified.GC()
	if err = errors.Join(problem, err); err != nil {
		s.log.Error("tidying up the alerts' state", "err", err)
	}
}

// silencedBy returns the silences in force that hold for an alert.
func (s *state) silencedBy(ctx context.Context, a *alert.Alert) (ids []string, err error) {
	found, _, err := s.silences.Query(ctx, silence.QState(silence.SilenceStateActive), silence.QMatches(a.Labels))
	for _, one := range found {
		ids = append(ids, one.GetId())
	}
	return ids, err
}
