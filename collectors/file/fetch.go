package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"kpiagent/collectors"
	"kpiagent/collectors/httpclient"
)

// fetched is what is remembered of a report at an address.
type fetched struct {
	Mark   string `json:"mark,omitempty"` // an httpclient.Validity
	SHA256 string `json:"sha256"`
}

// accepted is what a report may be, by format.
var accepted = map[string]struct{ types, named string }{
	"csv":  {"text/csv, text/plain;q=0.9, */*;q=0.5", "CSV"},
	"xlsx": {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet, */*;q=0.5", "an Excel workbook"},
}

// readAddress fetches the report and reads it. Nothing is read where the system says that it is still the same, or where what
// came is.
func (s *Source) readAddress(ctx context.Context, request collectors.Request, sink collectors.Sink) (collectors.Result, error) {
	session, err := s.client.Open(ctx)
	if err != nil {
		return collectors.Result{}, err
	}
	defer session.Close()
	var before fetched
	if known := stateOf(request.State).Fetched; known != nil && !request.Full {
		before = *known
	}
	report, err := os.CreateTemp("", "kpiagent-report-*")
	if err != nil {
		return collectors.Result{}, fmt.Errorf("there is no place for the report; give the agent a folder for temporary files in TMPDIR: %w", err)
	}
	defer func() { // only read from here on: nothing can be lost
		_ = report.Close()
		_ = os.Remove(report.Name())
	}()
	after, err := s.fetch(ctx, session, before, report)
	switch {
	case errors.Is(err, httpclient.ErrUnchanged):
		return collectors.Result{State: request.State, Unchanged: true}, nil
	case err != nil:
		return collectors.Result{}, session.Explain(ctx, err)
	}
	state := state{Fetched: &after}.String()
	if before.SHA256 == after.SHA256 {
		return collectors.Result{State: state, Unchanged: true}, nil
	}
	if err := s.readTables(ctx, report, place{file: path.Base(s.address())}, sink); err != nil {
		return collectors.Result{}, fmt.Errorf("the report at %s: %w", s.address(), err)
	}
	return collectors.Result{State: state, Complete: true}, nil
}

// fetch puts the report into a file, unless it is the one that is known.
func (s *Source) fetch(ctx context.Context, session *httpclient.Session, known fetched, into *os.File) (found fetched, err error) {
	wanted := accepted[s.config.Format]
	ask := httpclient.Request{Address: s.config.URL, Accept: wanted.types, Known: httpclient.ParseValidity(known.Mark)}
	return found, session.Ask(ctx, ask, func(a *httpclient.Answer) error {
		if a.None {
			return errors.New("gave no report (204 No Content); correct url, or ask the system's owner")
		}
		if err := a.NoHTML(wanted.named); err != nil {
			return err
		}
		// A connection that breaks begins again.
		if _, err := into.Seek(0, io.SeekStart); err != nil {
			return err
		}
		if err := into.Truncate(0); err != nil {
			return err
		}
		sum := sha256.New()
		if _, err := io.Copy(io.MultiWriter(into, sum), a.Body); err != nil {
			return err
		}
		found = fetched{Mark: a.Validity.String(), SHA256: hex.EncodeToString(sum.Sum(nil))}
		_, err := into.Seek(0, io.SeekStart)
		return err
	})
}

// address names the report without the parameters of its address.
func (s *Source) address() string {
	where, _, _ := strings.Cut(s.config.URL, "?")
	return where
}
