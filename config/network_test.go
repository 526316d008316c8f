package config

import (
	"net/netip"
	"testing"
)

// One address may be written in two ways, on the list and where a name leads.
func TestAllowsAddress(t *testing.T) {
	for _, test := range []struct {
		listed, address string
		want            bool
	}{
		{"10.1.0.0/16", "10.1.2.3", true},
		{"10.1.0.0/16", "::ffff:10.1.2.3", true},
		{"::ffff:10.1.0.0/112", "10.1.2.3", true},
		{"::ffff:10.1.0.0/112", "10.2.2.3", false},
		{"::ffff:10.1.2.3", "10.1.2.3", true},
		{"10.1.2.3", "10.1.2.4", false},
		{"2001:db8::/32", "2001:db8::1", true},
		{"2001:db8::/32", "10.1.2.3", false},
		{"::/0", "10.1.2.3", false},
	} {
		n := Network{Allow: []string{test.listed}}
		if got := n.AllowsAddress(netip.MustParseAddr(test.address)); got != test.want {
			t.Errorf("%s on the list: %s is allowed: %t, want %t", test.listed, test.address, got, test.want)
		}
	}
}
