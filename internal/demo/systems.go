package demo

import (
	"encoding/hex"
	"path/filepath"
)

// Paths of the systems that answer over HTTP.
const (
	commercePath = "/tmdt/api/ho-so"
	domesticPath = "/trongnuoc/api/ho-so"
	safetyPath   = "/ktat/DongBoHoSoMC"
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
		store, ok := u.system.(*journal)
		if !ok {
			continue
		}
		e := endpoint{about: u.vi, file: store.path}
		switch u.id {
		case commerce:
			e.pattern, e.handler = commercePath, &portal{store: store, names: u.names(), token: m.token(), zone: m.zone}
		case domestic:
			e.pattern, e.handler = domesticPath, &portal{store: store, names: u.names(), token: m.token(), zone: m.zone}
		case safety:
			e.pattern, e.handler = safetyPath, &exchange{store: store, names: u.names()}
		}
		list = append(list, e)
	}
	return list
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
