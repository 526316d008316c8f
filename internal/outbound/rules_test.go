package outbound

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"kpiagent/config"
)

// names starts a name server that knows a few hosts, and gives a resolver that asks it.
func names(t *testing.T, known map[string]string) *net.Resolver {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		question := make([]byte, 512)
		for {
			n, from, err := server.ReadFrom(question)
			if err != nil {
				return
			}
			if _, err := server.WriteTo(answer(question[:n], known), from); err != nil {
				return
			}
		}
	})
	t.Cleanup(func() { server.Close(); work.Wait() })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

// answer returns the address of a name, or that there is none.
func answer(question []byte, known map[string]string) []byte {
	var m dnsmessage.Message
	if m.Unpack(question) != nil || len(m.Questions) != 1 {
		return nil
	}
	m.Response, m.Additionals = true, nil
	asked := m.Questions[0]
	address, is := known[strings.ToLower(strings.TrimSuffix(asked.Name.String(), "."))]
	if is && asked.Type == dnsmessage.TypeA {
		m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: asked.Name, Class: asked.Class, TTL: 1},
			Body: &dnsmessage.AResource{A: netip.MustParseAddr(address).As4()}}}
	} else if !is {
		m.RCode = dnsmessage.RCodeNameError
	}
	packed, _ := m.Pack()
	return packed
}

// listen starts a server that takes connections, and gives its port.
func listen(t *testing.T) (port string) {
	t.Helper()
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			conn, err := server.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	})
	t.Cleanup(func() { server.Close(); work.Wait() })
	_, port, err = net.SplitHostPort(server.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func TestDial(t *testing.T) {
	resolver := names(t, map[string]string{"dvc.example.vn": "127.0.0.1", "meta.example.vn": "169.254.169.254"})
	port := listen(t)
	for _, test := range []struct {
		name  string
		allow []string
		host  string
		want  string // "" connects
	}{
		{"no list", nil, "127.0.0.1", ""},
		{"listed address", []string{"127.0.0.1"}, "127.0.0.1", ""},
		{"listed network", []string{"127.0.0.0/8"}, "127.0.0.1", ""},
		{"other address", []string{"10.0.0.0/8", "*.example.vn"}, "127.0.0.1", "the host 127.0.0.1 is not on the list network.allow; add it there, or correct the address"},
		{"the same as IPv6", []string{"127.0.0.1"}, "::ffff:127.0.0.1", ""},
		{"listed name", []string{"localhost"}, "localhost", ""},
		{"name that leads to a listed address", []string{"127.0.0.0/8"}, "dvc.example.vn", ""},
		{"name that leads elsewhere", []string{"10.0.0.0/8"}, "dvc.example.vn", "the host dvc.example.vn, which leads to 127.0.0.1, is not on the list network.allow; add one of them there, or correct the address"},
		{"listed name that leads to this machine", []string{"dvc.example.vn"}, "dvc.example.vn", "the host dvc.example.vn leads to 127.0.0.1, an address of this machine or its link; if that is right, add the address to network.allow"},
		{"listed suffix that leads to the link", []string{"*.example.vn"}, "META.example.vn.", "leads to 169.254.169.254, an address of this machine or its link"},
		{"both are listed", []string{"dvc.example.vn", "127.0.0.1"}, "dvc.example.vn", ""},
		{"below is not the name itself", []string{"*.dvc.example.vn"}, "dvc.example.vn", "is not on the list network.allow"},
	} {
		t.Run(test.name, func(t *testing.T) {
			rules := New(config.Network{Allow: test.allow}, resolver)
			conn, err := rules.Dial(t.Context(), "tcp", net.JoinHostPort(test.host, port))
			if err == nil {
				conn.Close()
			}
			var refused *RefusedError
			if (err == nil) != (test.want == "") || err != nil && (!errors.As(err, &refused) || !strings.Contains(refused.Error(), test.want)) {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

// A client that comes back to the address that a listed name led to is let in; nobody else is.
func TestReturning(t *testing.T) {
	port := listen(t)
	rules := New(config.Network{Allow: []string{"localhost"}}, nil)
	dial := rules.Returning()
	conn, err := dial(t.Context(), "tcp4", "localhost:"+port)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if conn, err = dial(t.Context(), "tcp4", "127.0.0.1:"+port); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if _, err := rules.Returning()(t.Context(), "tcp4", "127.0.0.1:"+port); err == nil {
		t.Error("an address was reached without its name")
	}
}

func TestBehindAProxyOnlyTheNameCounts(t *testing.T) {
	rules := New(config.Network{Allow: []string{"*.example.vn", "10.0.0.0/8"}}, nil)
	for address, allowed := range map[string]bool{
		"https://dvc.example.vn/a": true, "http://10.1.2.3:8080/a": true, "https://motcua.local/a": false, "http://192.168.1.1/": false,
	} {
		parsed, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		err = rules.CheckProxied(parsed)
		if (err == nil) != allowed || err != nil && !strings.Contains(err.Error(), "add it there by its name, because behind a proxy") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// However many sources ask a host, no more of them ask at once than are allowed; another host has places of its own.
func TestAtOnce(t *testing.T) {
	rules := New(config.Network{RequestsPerSecond: 10_000, RequestsAtOnce: 3}, nil)
	var inside, most atomic.Int64
	var work sync.WaitGroup
	for range 20 {
		work.Go(func() {
			leave, err := rules.Enter(t.Context(), "https://dvc.example.vn/a")
			if err != nil {
				t.Error(err)
				return
			}
			defer leave()
			now := inside.Add(1)
			for before := most.Load(); now > before && !most.CompareAndSwap(before, now); before = most.Load() {
			}
			time.Sleep(time.Millisecond)
			inside.Add(-1)
		})
	}
	work.Wait()
	if most.Load() > 3 {
		t.Errorf("%d at once", most.Load())
	}
	for range 3 {
		if _, err := rules.Enter(t.Context(), "https://dvc.example.vn:8443/b"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := rules.Enter(t.Context(), "https://other.example.vn/"); err != nil {
		t.Error(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err := rules.Enter(short, "https://DVC.example.vn/c")
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "raise network.requests_at_once") {
		t.Errorf("got %v", err)
	}
}

// The pace of a host holds for all who ask it, and is told where it leaves no time.
func TestPace(t *testing.T) {
	rules := New(config.Network{RequestsPerSecond: 0.001, RequestsAtOnce: 3}, nil)
	if _, err := rules.Enter(t.Context(), "https://dvc.example.vn/a"); err != nil {
		t.Fatal(err)
	}
	limited, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := rules.Enter(limited, "https://dvc.example.vn/b"); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "raise network.requests_per_second") {
		t.Errorf("got %v", err)
	}
	gone, stop := context.WithCancel(t.Context())
	stop()
	if _, err := rules.Enter(gone, "https://dvc.example.vn/c"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
