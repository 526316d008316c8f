package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Network is where the agent may connect to, and how much of one host it may ask.
type Network struct {
	Allow             []string `yaml:"allow" check:"hosts" doc:"The hosts that sources, Grafana, proxies and logins may be on; empty: everywhere. *.suffix stands for the names below it; an address or a CIDR also allows the names that lead there."`
	Proxy             string   `yaml:"proxy" check:"url" doc:"The proxy of every source over HTTP that names none itself; empty: none."`
	RequestsPerSecond float64  `yaml:"requests_per_second" default:"20" check:"rate" doc:"How many HTTP requests a second one host gets, from all sources together."`
	RequestsAtOnce    int      `yaml:"requests_at_once" default:"4" check:"positive" doc:"How many HTTP requests to one host are under way at the same time, from all sources together."`
}

// Direct is the proxy of a source that uses none, whatever network.proxy says.
const Direct = "direct"

// hosts is one entry of the list network.allow.
type hosts struct {
	name      string       // a host name in small letters, or, with below, what its names end with
	below     bool         // *.suffix
	addresses netip.Prefix // where name is empty
}

var hostName = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$`)

func parseHosts(text string) (hosts, error) {
	if one, err := netip.ParseAddr(text); err == nil {
		return hosts{addresses: netip.PrefixFrom(one.Unmap(), one.Unmap().BitLen())}, nil
	}
	if prefix, err := netip.ParsePrefix(text); err == nil {
		if beyond := 128 - 32; prefix.Addr().Is4In6() && prefix.Bits() >= beyond { // an IPv4 span written as IPv6
			prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-beyond)
		}
		return hosts{addresses: prefix.Masked()}, nil
	}
	name, below := strings.CutPrefix(strings.ToLower(text), "*.")
	if !hostName.MatchString(name) || strings.Contains(name, "..") {
		return hosts{}, fmt.Errorf("%s is not a host; write a name (dvc.example.vn), *.example.vn for the names below it, an address (10.1.2.3) or a CIDR (10.1.0.0/16), without http:// and without a port", quote(text))
	}
	if below {
		name = "." + name
	}
	return hosts{name: name, below: below}, nil
}

// Restricted reports whether the agent may connect to listed hosts only.
func (n Network) Restricted() bool { return len(n.Allow) > 0 }

// AllowsName reports whether the list has a host name; a name that it does not have may still lead to an address on the list.
func (n Network) AllowsName(name string) bool {
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	return !n.Restricted() || slices.ContainsFunc(n.Allow, func(text string) bool {
		h, err := parseHosts(text)
		return err == nil && h.name != "" && (h.name == name || h.below && strings.HasSuffix(name, h.name))
	})
}

// AllowsAddress reports whether the list has an address.
func (n Network) AllowsAddress(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	return !n.Restricted() || slices.ContainsFunc(n.Allow, func(text string) bool {
		h, err := parseHosts(text)
		return err == nil && h.name == "" && h.addresses.Contains(address)
	})
}

// listsAddresses reports whether a name that is not listed may lead to an address that is.
func (n Network) listsAddresses() bool {
	return slices.ContainsFunc(n.Allow, func(text string) bool {
		h, err := parseHosts(text)
		return err == nil && h.name == ""
	})
}

// ProxyOf returns the proxy of a source; "" for none.
func (n Network) ProxyOf(how HTTP) string {
	switch how.Proxy {
	case "":
		return n.Proxy
	case Direct:
		return ""
	}
	return how.Proxy
}

// checkNetwork holds the addresses of the configuration against the list. Where a name leads, and what connection strings
// say, is only known when the agent connects.
func checkNetwork(j *journal, c *Config) {
	if !c.Network.Restricted() || j.isWrong("network") {
		return
	}
	for i := range c.Network.Allow {
		if j.isWrong(entry("network.allow", i)) {
			return
		}
	}
	checkListed(j, c.Network, "network.proxy", c.Network.Proxy, false)
	for i := range c.Sources {
		block, address, how := c.Sources[i].asked()
		if how == nil {
			continue
		}
		key := under(entry("sources", i), block)
		proxied := c.Network.ProxyOf(*how) != ""
		checkListed(j, c.Network, under(key, "url"), address, proxied)
		if how.Proxy != Direct {
			checkListed(j, c.Network, under(key, "proxy"), how.Proxy, false)
		}
		if how.Auth != nil {
			checkListed(j, c.Network, under(key, "auth.token_url"), how.Auth.TokenURL, proxied)
		}
	}
}

// checkListed wants the host of an address on the list. Behind a proxy, names are not looked up here.
func checkListed(j *journal, n Network, key, address string, proxied bool) {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Hostname() == "" || j.isWrong(key) {
		return
	}
	host := parsed.Hostname()
	listed := n.AllowsName(host) || n.listsAddresses() && !proxied
	if ip, err := netip.ParseAddr(host); err == nil {
		listed = n.AllowsAddress(ip)
	}
	if !listed {
		j.mistake(key, "is on the host %s, which network.allow does not list; add it there, or correct the address", host)
	}
}
