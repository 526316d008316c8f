package demo

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
)

// Paths of the systems that answer over HTTP.
const (
	commercePath = "/tmdt/api/ho-so"
	domesticPath = "/trongnuoc/api/ho-so"
	safetyPath   = "/ktat/DongBoHoSoMC"

	competitionPath = "/canhtranh/cases.tsv"
	statisticsPath  = "/thongke"
	gatewayPath     = "/asw/metrics"
)

func (m *Ministry) path(name string) string { return filepath.Join(m.Dir, name) }

// systemOf gives an office its kind of system.
func (m *Ministry) systemOf(o *office) system {
	path := m.path(o.file)
	switch o.id {
	case trade:
		return &oneStop{path}
	case commerce, safety, domestic:
		return newJournal(o.id, path)
	}
	return newReport(o, path)
}

// endpointList gives what answers over HTTP.
func (m *Ministry) endpointList() []endpoint {
	var list []endpoint
	for _, u := range m.units {
		e := endpoint{about: u.vi, file: m.path(u.file)}
		store, _ := u.system.(*journal)
		switch u.id {
		case commerce:
			e.pattern, e.handler = commercePath, &portal{store: store, names: u.names(), token: m.token(), zone: m.zone}
		case domestic:
			e.pattern, e.handler = domesticPath, &portal{store: store, names: u.names(), token: m.token(), zone: m.zone}
		case safety:
			e.pattern, e.handler = safetyPath, &exchange{store: store, names: u.names()}
		case competition:
			e.pattern, e.handler = competitionPath, served{e.file, "text/tab-separated-values; charset=utf-8"}
		default:
			continue
		}
		list = append(list, e)
	}
	statistics, gateway := m.path(statisticsName), m.path(gatewayName)
	return append(list,
		endpoint{statisticsPath, "Văn phòng Bộ: thống kê hằng tuần", statistics, served{statistics, "text/html; charset=utf-8"}},
		endpoint{gatewayPath, "Cổng C/O ASEAN (ASW)", gateway, served{gateway, gatewayType}})
}

// served answers with a file as it is on disk.
type served struct{ path, contentType string }

func (s served) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", s.contentType)
	http.ServeFile(w, r, s.path)
}

// token is what opens the portals; it guards nothing but invented data, yet is kept as a real one would be.
func (m *Ministry) token() string {
	r := chance(m.world.seed, "token")
	bytes := make([]byte, 16)
	for i := range bytes {
		bytes[i] = byte(r.UintN(256))
	}
	return hex.EncodeToString(bytes)
}

// writeToken writes the token where only the agent's user may read it.
func (m *Ministry) writeToken() error {
	if err := os.WriteFile(m.path(tokenName), []byte(m.token()+"\n"), 0o600); err != nil {
		return fmt.Errorf("the token of the sample portals: %w", err)
	}
	return nil
}
