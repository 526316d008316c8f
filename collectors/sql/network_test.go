package sql

import (
	"errors"
	"strings"
	"testing"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/outbound"
)

// A database on a host that the list does not have is not connected to; one that it has is read, by its name as well.
func TestOnlyListedHostsAreConnectedTo(t *testing.T) {
	for driver, dsn := range map[string]string{
		"postgres": "postgres://u:" + password + "@127.0.0.1:5432/d?sslmode=disable",
		"mysql":    "u:" + password + "@tcp(127.0.0.1:3306)/d",
	} {
		t.Run(driver, func(t *testing.T) {
			source, err := New(config.SQL{Driver: driver, Query: "select 1", DSNEnv: "DSN"}, envOf(dsn, outbound.New(config.Network{Allow: []string{"10.0.0.0/8", "db.example.vn"}}, nil)), vietnam)
			if err != nil {
				t.Fatal(err)
			}
			_, err = collect(t.Context(), t, source, collectors.Request{})
			wants(t, err, `database d on 127\.0\.0\.1:\d+: the host 127\.0\.0\.1 is not on the list network\.allow; add it there, or correct the address`)
			if !errors.As(err, new(*outbound.RefusedError)) {
				t.Errorf("%v is no refusal", err)
			}
			d := open(t, driver)
			named := strings.Replace(d.dsn, "127.0.0.1", "localhost", 1)
			source, err = New(config.SQL{Driver: driver, Query: "select 1", DSNEnv: "DSN"}, envOf(named, outbound.New(config.Network{Allow: []string{"localhost"}}, nil)), vietnam)
			if err != nil {
				t.Fatal(err)
			}
			// It answers: what is wrong is the query, which lacks the mapping's columns.
			if _, err := collect(t.Context(), t, source, collectors.Request{}); !errors.As(err, new(*collectors.MissingColumnError)) {
				t.Error(err)
			}
		})
	}
}
