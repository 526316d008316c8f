package outbound

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"kpiagent/config"
)

func TestClientSaysWhoItIs(t *testing.T) {
	for _, test := range []struct {
		auth         *config.Auth
		header, want string
	}{
		{nil, "Authorization", ""},
		{AccountAuth(""), "Authorization", "Bearer hunter2"},
		{AccountAuth("kpi"), "Authorization", "Basic a3BpOmh1bnRlcjI="},
		{&config.Auth{Kind: "header", Header: "X-API-Key"}, "X-Api-Key", "hunter2"},
	} {
		var got []string
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = append(got, r.Header.Get(test.header)) }))
		client, err := Open().Client(Connection{Name: "test", Auth: test.auth, Secret: "hunter2"})
		if err != nil {
			t.Fatal(err)
		}
		answer, err := client.Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		client.CloseIdleConnections()
		server.Close()
		if len(got) != 1 || got[0] != test.want {
			t.Errorf("%+v: %q", test.auth, got)
		}
	}
}

func TestClientFollowsNoRedirectUnlessAsked(t *testing.T) {
	server := httptest.NewServer(http.RedirectHandler("/elsewhere", http.StatusFound))
	defer server.Close()
	client, err := Open().Client(Connection{Name: "test", Once: true})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusFound {
		t.Error(answer.Status)
	}
}

// Neither a request nor the login before it leads past the list where a proxy makes the connections.
func TestClientBehindAProxyKeepsToTheList(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("the proxy was asked for %s", r.URL) }))
	defer proxy.Close()
	rules := New(config.Network{Allow: []string{"127.0.0.1", "store.example.vn"}}, nil)
	client, err := rules.Client(Connection{Name: "test", Proxy: proxy.URL})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Get("http://elsewhere.example.vn/"); !errors.As(err, new(*RefusedError)) {
		t.Errorf("got %v", err)
	}
	login := &config.Auth{Kind: "oauth2", Account: "kpi", TokenURL: "http://elsewhere.example.vn/token"}
	if _, err := rules.Client(Connection{Name: "test", Proxy: proxy.URL, Auth: login, Secret: "hunter2"}); !errors.As(err, new(*RefusedError)) {
		t.Errorf("got %v", err)
	}
}
