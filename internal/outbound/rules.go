package outbound

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/time/rate"

	"kpiagent/config"
)

// Dialer opens a connection, as net.Dialer.DialContext does.
type Dialer func(ctx context.Context, network, address string) (net.Conn, error)

// Rules are those of one configuration, for all of its sources. They are safe for use by many goroutines.
type Rules struct {
	config   config.Network
	resolver *net.Resolver

	mutex sync.Mutex
	hosts map[string]*host // asked so far; only configured ones can be
}

// host is what sources ask together.
type host struct {
	pace   *rate.Limiter
	places chan struct{} // one for each request that may be under way
}

// New makes the rules of a checked configuration. resolver looks names up; nil is the machine's own.
func New(given config.Network, resolver *net.Resolver) *Rules {
	return &Rules{config: given, resolver: resolver, hosts: map[string]*host{}}
}

// Open returns rules that allow everything and make no request wait.
func Open() *Rules {
	return New(config.Network{RequestsPerSecond: math.MaxFloat64, RequestsAtOnce: 1 << 10}, nil)
}

// RefusedError says that the list does not have a host.
type RefusedError struct {
	Host    string // as it was asked for
	Address string // where it leads; "" where that was not asked or is the same
	Proxied bool   // behind a proxy
	Local   bool   // a listed name leads to this machine or its link
}

func (e *RefusedError) Error() string {
	switch {
	case e.Local:
		return fmt.Sprintf("the host %s leads to %s, an address of this machine or its link; if that is right, "+
			"add the address to network.allow", e.Host, e.Address)
	case e.Proxied:
		return fmt.Sprintf("the host %s is not on the list network.allow; add it there by its name, "+
			"because behind a proxy nobody here knows where a name leads", e.Host)
	case e.Address != "":
		return fmt.Sprintf("the host %s, which leads to %s, is not on the list network.allow; add one of them there, "+
			"or correct the address", e.Host, e.Address)
	}
	return fmt.Sprintf("the host %s is not on the list network.allow; add it there, or correct the address", e.Host)
}

// Dial opens a connection to a host and port, or to a socket of this machine. Where the list does not have the host, nor the
// address that it leads to, the error has a *RefusedError in its chain, and nothing was sent.
func (r *Rules) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{Resolver: r.resolver}
	name, _, err := net.SplitHostPort(address)
	if err != nil || !r.config.Restricted() || strings.HasPrefix(network, "unix") {
		return dialer.DialContext(ctx, network, address)
	}
	if ip, err := netip.ParseAddr(name); err == nil && !r.config.AllowsAddress(ip) {
		return nil, &RefusedError{Host: name}
	}
	listed := r.config.AllowsName(name)
	dialer.ControlContext = func(_ context.Context, _, found string, _ syscall.RawConn) error {
		return r.checkFound(name, found, listed)
	}
	return dialer.DialContext(ctx, network, address)
}

// checkFound looks at the address that a name leads to, at the last moment before it is connected to.
func (r *Rules) checkFound(name, found string, listed bool) error {
	at, err := netip.ParseAddrPort(found)
	if err != nil {
		return &RefusedError{Host: name, Address: found}
	}
	ip := at.Addr().Unmap()
	if r.config.AllowsAddress(ip) {
		return nil
	}
	if !listed {
		return &RefusedError{Host: name, Address: ip.String()}
	}
	// Whoever can answer for a name could otherwise lead the agent to what only this machine may reach.
	if name != "localhost" && (ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsUnspecified() || ip.IsMulticast()) {
		return &RefusedError{Host: name, Address: ip.String(), Local: true}
	}
	return nil
}

// Returning returns a dialer for one server that its client comes back to by address, as PostgreSQL's does to break a query
// off: the address that a listed name led to is let through as well.
func (r *Rules) Returning() Dialer {
	var mutex sync.Mutex
	reached := map[string]bool{}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		mutex.Lock()
		again := reached[address]
		mutex.Unlock()
		if again {
			return new(net.Dialer).DialContext(ctx, network, address)
		}
		conn, err := r.Dial(ctx, network, address)
		if err == nil {
			mutex.Lock()
			reached[conn.RemoteAddr().String()] = true
			mutex.Unlock()
		}
		return conn, err
	}
}

// CheckProxied holds the host of a request that goes through a proxy against the list: the dialer sees the proxy only.
func (r *Rules) CheckProxied(address *url.URL) error {
	name := address.Hostname()
	allowed := r.config.AllowsName(name)
	if ip, err := netip.ParseAddr(name); err == nil {
		allowed = r.config.AllowsAddress(ip)
	}
	if !allowed {
		return &RefusedError{Host: name, Proxied: true}
	}
	return nil
}

// ProxyOf returns the proxy of a source over HTTP; "" for none.
func (r *Rules) ProxyOf(how config.HTTP) string { return r.config.ProxyOf(how) }

// CrowdedError says that other requests to a host left no time for one more. It is a context.DeadlineExceeded.
type CrowdedError struct {
	Host string
	Key  string // of network, which bounds them
}

func (e *CrowdedError) Error() string {
	return fmt.Sprintf("other requests to %s left no time for this one; raise network.%s or the source's timeout, "+
		"or spread the schedules", e.Host, e.Key)
}

// Unwrap returns context.DeadlineExceeded.
func (e *CrowdedError) Unwrap() error { return context.DeadlineExceeded }

// Enter waits until one more request to a host may be made, from whatever source. leave frees the place and must be
// called. The error is a *CrowdedError where ctx's deadline came or would come first, else that of ctx.
func (r *Rules) Enter(ctx context.Context, address string) (leave func(), err error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("the address of a request: %w", err)
	}
	h := r.host(strings.ToLower(parsed.Hostname()))
	select {
	case h.places <- struct{}{}:
	case <-ctx.Done():
		return nil, crowded(ctx, parsed.Hostname(), "requests_at_once")
	}
	if err := h.pace.Wait(ctx); err != nil {
		<-h.places
		return nil, crowded(ctx, parsed.Hostname(), "requests_per_second")
	}
	return func() { <-h.places }, nil
}

func crowded(ctx context.Context, host, key string) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	return &CrowdedError{Host: host, Key: key}
}

func (r *Rules) host(name string) *host {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	h := r.hosts[name]
	if h == nil {
		h = &host{pace: rate.NewLimiter(rate.Limit(r.config.RequestsPerSecond), 1),
			places: make(chan struct{}, r.config.RequestsAtOnce)}
		r.hosts[name] = h
	}
	return h
}
