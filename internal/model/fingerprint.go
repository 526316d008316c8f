package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"go.yaml.in/yaml/v3"

	"kpiagent/config"
)

// Fingerprint covers all of the configuration that decides what becomes of a source's rows: when it changes, the next read
// has to be a full one. Secrets, schedules and timeouts are not part of it. Ledgers keep fingerprints: one that is computed
// otherwise has every source read completely.
func (m *Model) Fingerprint(source config.Source) (string, error) {
	// What decides when a source is read, and how its dossiers are counted, is left out; all else is in, also of kinds to come.
	source.Schedule, source.TimeZone, source.Jitter, source.Timeout, source.OnStart = "", "", 0, 0, false
	source.Retries, source.RetryWait, source.RestAfter, source.LongestRest, source.MaxRows = 0, 0, 0, 0, 0
	source.StaleAfter, source.Reconcile, source.SupplementClock = 0, config.Reconcile{}, ""
	own, err := yaml.Marshal(struct {
		TimeZone string
		Source   config.Source
	}{m.Config.TimeZone, source})
	if err != nil {
		return "", fmt.Errorf("source %s: %w", SourceName(source), err)
	}
	text := bytes.NewBuffer(own)
	text.Write(m.shared)
	if source.ByCutOff() && m.Config.Periods.CutOff != "" {
		fmt.Fprintf(text, "cutoff: %s\n", m.Config.Periods.CutOff)
	}
	sum := sha256.Sum256(text.Bytes())
	return hex.EncodeToString(sum[:16]), nil
}

// sharedFingerprint is the text that all sources' fingerprints have in common. It is made once: with a thousand units it is
// longer than all else.
func sharedFingerprint(m *Model) ([]byte, error) {
	var measures []string
	for _, measure := range m.Config.Measures {
		measures = append(measures, measure.ID)
	}
	text, err := yaml.Marshal(struct {
		Units, Measures []string
		Declared        []config.Procedure
	}{m.Tree.IDs(), measures, m.Config.Procedures})
	if err != nil {
		return nil, fmt.Errorf("units, measures and procedures: %w", err)
	}
	return text, nil
}
