package rest

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// archive has a list of dossiers, and an address for each.
type archive struct {
	url    string
	asked  sync.Map     // ids whose detail was asked for
	inHand atomic.Int32 // requests at the same time
	most   atomic.Int32
	logins atomic.Int32
	token  atomic.Value // "" for none wanted
	detail func(w http.ResponseWriter, id string) (handled bool)
}

func newArchive(t *testing.T, list string) *archive {
	a := &archive{}
	a.token.Store("")
	a.url = serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/login" {
			n := a.logins.Add(1)
			a.token.Store(fmt.Sprint("token-", n))
			fmt.Fprintf(w, `{"access_token": "token-%d"}`, n)
			return
		}
		if token := a.token.Load(); token != "" && r.Header.Get("Authorization") != "Bearer "+token.(string) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if r.URL.Path == "/list" {
			fmt.Fprint(w, list)
			return
		}
		id := strings.TrimPrefix(r.URL.Path, "/ho-so/")
		a.asked.Store(r.URL.EscapedPath()+"?"+r.URL.RawQuery, true)
		now := a.inHand.Add(1)
		defer a.inHand.Add(-1)
		for most := a.most.Load(); now > most && !a.most.CompareAndSwap(most, now); most = a.most.Load() {
		}
		if a.detail == nil || !a.detail(w, id) {
			fmt.Fprintf(w, `{"chiTiet": {"ten": "Hồ sơ %s", "kenh": 2}}`, id)
		}
	})
	return a
}

func (a *archive) reader() *reader {
	r := readerOf(a.url + "/list")
	r.columns = []string{"id", "ten", "kenh"}
	r.config.Detail = &config.Detail{URL: a.url + "/ho-so/{id}", Row: ".chiTiet", AtOnce: 3}
	return r
}

func rowsTo(n int) string {
	var rows []string
	for i := 1; i <= n; i++ {
		rows = append(rows, fmt.Sprintf(`{"id": "H%d", "kenh": 1}`, i))
	}
	return `{"data": [` + strings.Join(rows, ",") + `]}`
}

func TestAnUnchangedListDoesNotHideChangedDetails(t *testing.T) {
	name, broken := "một", false
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/list" && r.Header.Get("If-None-Match") != "":
			w.WriteHeader(http.StatusNotModified)
		case r.URL.Path == "/list":
			w.Header().Set("ETag", `"same"`)
			fmt.Fprint(w, rowsTo(1))
		case broken:
			w.WriteHeader(http.StatusInternalServerError)
		default:
			fmt.Fprintf(w, `{"chiTiet": {"ten": %q, "kenh": 2}}`, name)
		}
	})
	r := readerOf(address + "/list")
	r.columns = []string{"id", "ten", "kenh"}
	r.config.Detail = &config.Detail{URL: address + "/ho-so/{id}", Row: ".chiTiet", AtOnce: 3}
	state := ""
	for _, now := range []struct {
		name   string
		broken bool
		want   string
	}{{"một", false, "H1 một 2"}, {"hai", false, "H1 hai 2"}, {"ba", true, ""}, {"ba", false, "H1 ba 2"}} {
		name, broken = now.name, now.broken
		n, result, err := r.read(t, collectors.Request{State: state})
		if now.broken {
			if err == nil {
				t.Errorf("%+v: got %v, %+v", now, n.rows, result)
			}
			continue
		}
		if state = result.State; err != nil || result.Unchanged || strings.Join(n.rows, ",") != now.want {
			t.Errorf("%+v: got %v, %+v, %v", now, n.rows, result, err)
		}
	}
}

func TestDetailsDoNotChangeTheAnswerThatTheNextPageComesFrom(t *testing.T) {
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != "/list":
			fmt.Fprintf(w, `{"id": "X-%s", "ten": "một"}`, strings.TrimPrefix(r.URL.Path, "/ho-so/"))
		case r.URL.Query().Get("after") == "":
			fmt.Fprint(w, `{"data": [{"id": "H1"}]}`)
		case r.URL.Query().Get("after") == "H1":
			fmt.Fprint(w, `{"data": [{"id": "H2"}]}`)
		default:
			fmt.Fprint(w, `{"data": []}`)
		}
	})
	r := readerOf(address + "/list")
	r.columns = []string{"id", "ten"}
	r.config.Pages = &config.Pages{By: "cursor", Parameter: "after", Next: ".data[-1].id", MaxPages: 9}
	r.config.Detail = &config.Detail{URL: address + "/ho-so/{id}", Row: ".", AtOnce: 3}
	n, _, err := r.read(t, collectors.Request{})
	if err != nil || len(n.rows) != 2 {
		t.Error(n.rows, err)
	}
}

func TestEachRowGetsItsDetail(t *testing.T) {
	a := newArchive(t, rowsTo(250))
	a.detail = func(http.ResponseWriter, string) bool { time.Sleep(time.Millisecond); return false }
	got, _ := a.reader().mustRead(t, collectors.Request{})
	var want []string
	for i := 1; i <= 250; i++ {
		want = append(want, fmt.Sprintf("H%d Hồ sơ H%d 2", i, i)) // in the order of the list; the detail wins
	}
	if diff := cmp.Diff(strings.Join(want, ","), got); diff != "" {
		t.Error(diff)
	}
	if most := a.most.Load(); most < 2 || most > 3 {
		t.Errorf("%d were asked for at the same time, at_once is 3", most)
	}
}

func TestADetailMayStandInAMemberOfItsOwn(t *testing.T) {
	a := newArchive(t, rowsTo(1))
	r := a.reader()
	r.config.Detail.Into, r.columns = "ct", []string{"id", "kenh", "ct.kenh", "ct.ten"}
	if got, _ := r.mustRead(t, collectors.Request{}); got != "H1 1 2 Hồ sơ H1" {
		t.Error(got)
	}
}

// Only the first rows are wanted: only their details are asked for.
func TestALookAtTheFirstRowsAsksForTheirDetailsOnly(t *testing.T) {
	a := newArchive(t, rowsTo(50))
	n, _, err := a.reader().read(t, collectors.Request{Limit: 2})
	if asked := count(&a.asked); err != nil || len(n.rows) != 2 || asked != 2 {
		t.Errorf("%v %v, %d asked", n.rows, err, asked)
	}
}

func count(m *sync.Map) (n int) {
	m.Range(func(any, any) bool { n++; return true })
	return n
}

// What stands in a row stays in its place in the address, whatever it is.
func TestTheAddressOfADetailIsEscaped(t *testing.T) {
	a := newArchive(t, `{"data": [{"id": "a/b?c=1#d", "con": {"so": 12}}, {"id": "Đơn 1", "con": {"so": "x&y"}}]}`)
	r := a.reader()
	r.config.Detail.URL = a.url + "/ho-so/{id}/{con.so}?so={con.so}&lay=tat"
	r.columns = []string{"id"}
	r.mustRead(t, collectors.Request{})
	for _, want := range []string{"/ho-so/a%2Fb%3Fc=1%23d/12?so=12&lay=tat", "/ho-so/%C4%90%C6%A1n%201/x&y?so=x%26y&lay=tat"} {
		if _, asked := a.asked.Load(want); !asked {
			a.asked.Range(func(key, _ any) bool { t.Log(key); return true })
			t.Errorf("%s was not asked for", want)
		}
	}
}

// faulty notes the rows that come with a fault.
type faulty struct {
	notes
	faults []string
}

func (f *faulty) Row(at collectors.Position, values []collectors.Value) error {
	if at.Fault != nil {
		f.faults = append(f.faults, values[0].String()+": "+at.Fault.Error())
		return nil
	}
	return f.notes.Row(at, values)
}

// A detail that cannot be had costs its own row only.
func TestARowWithoutItsDetailIsRejectedAlone(t *testing.T) {
	a := newArchive(t, `{"data": [{"id": "H1"}, {"id": "H2"}, {"id": null}, {"id": ".."}, {"id": {"x": 1}}, {"id": "H6"}, {"id": "H7"}, {"id": "H8"}, {"id": "H9"}]}`)
	a.detail = func(w http.ResponseWriter, id string) bool {
		switch id {
		case "H2":
			w.WriteHeader(http.StatusNotFound)
		case "H6":
			fmt.Fprint(w, "<html><title>Đăng nhập</title></html>")
		case "H7":
			fmt.Fprint(w, `{"chiTiet": [1]}`)
		case "H8":
			w.WriteHeader(http.StatusForbidden) // confidential
		default:
			return false
		}
		return true
	}
	r := a.reader()
	source, err := New(r.config, named(r.columns...), nil, surroundings(r), vietnam)
	if err != nil {
		t.Fatal(err)
	}
	got := &faulty{}
	result, err := collectors.Read(t.Context(), source, collectors.Request{Now: time.Now()}, got)
	if err != nil || !result.Complete {
		t.Fatal(result, err)
	}
	want := []string{
		"H2: no_detail: " + a.url + "/ho-so/H2: answers 404 Not Found; correct the address",
		": no_detail: the address of its detail needs id, which is empty",
		`..: no_detail: the address of its detail cannot have ".." for id`,
		"H6: no_detail: " + a.url + `/ho-so/H6: HTML came where JSON was expected, a page named "Đăng nhập"; often that is a login page or a proxy's: correct url and auth`,
		"H7: no_detail: " + a.url + "/ho-so/H7: detail.row .chiTiet gives a list where an object is expected",
		"H8: no_detail: " + a.url + "/ho-so/H8: answers 403 Forbidden; the system wants to know who asks: configure rest.auth",
	}
	if diff := cmp.Diff(want, got.faults); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"H1 Hồ sơ H1 2", "H9 Hồ sơ H9 2"}, got.rows); diff != "" || len(got.malformed) != 1 {
		t.Error(diff, got.malformed)
	}
}

func TestDetailsThatEndTheRead(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		rows   int
		want   string
		kind   error
		most   int
	}{
		"no right to read them":     {http.StatusForbidden, 50, "none of the details of the first 20 rows is for the agent's account", collectors.ErrAuth, 20},
		"none where they should be": {http.StatusNotFound, 50, "none of the first 20 rows has a detail; correct detail.url and detail.row: ", nil, 50},
		"a system too busy":         {http.StatusServiceUnavailable, 50, "answers 503 Service Unavailable; the next run tries again", nil, 3},
		"a system that fails":       {http.StatusInternalServerError, 50, "/ho-so/H1: answers 500 Internal Server Error; ask the system's owner, the next run tries again", nil, 3},
	} {
		t.Run(name, func(t *testing.T) {
			a := newArchive(t, rowsTo(test.rows))
			a.detail = func(w http.ResponseWriter, _ string) bool { w.WriteHeader(test.status); return true }
			n, _, err := a.reader().read(t, collectors.Request{})
			if err == nil || !strings.Contains(err.Error(), test.want) || test.kind != nil && !errors.Is(err, test.kind) || len(n.rows) > 0 {
				t.Errorf("%v, %v", n.rows, err)
			}
			if asked := count(&a.asked); asked > test.most {
				t.Errorf("%d details were asked for", asked)
			}
		})
	}
}

// A read that brings nothing but a confidential dossier does not stop its source.
func TestAConfidentialDossierAlone(t *testing.T) {
	a := newArchive(t, rowsTo(1))
	a.detail = func(w http.ResponseWriter, _ string) bool { w.WriteHeader(http.StatusForbidden); return true }
	r := a.reader()
	source, err := New(r.config, named(r.columns...), nil, surroundings(r), vietnam)
	if err != nil {
		t.Fatal(err)
	}
	got := &faulty{}
	result, err := collectors.Read(t.Context(), source, collectors.Request{Now: time.Now()}, got)
	if err != nil || !result.Complete || len(got.faults) != 1 || !strings.Contains(got.faults[0], "403 Forbidden") {
		t.Errorf("%v, %+v, %v", got.faults, result, err)
	}
}

// A password that is refused ends the read, also after others had their detail; so does a system that fails.
func TestDetailsThatEndTheReadHalfWay(t *testing.T) {
	for _, status := range []int{http.StatusUnauthorized, http.StatusInternalServerError} {
		a := newArchive(t, rowsTo(300))
		a.detail = func(w http.ResponseWriter, id string) bool {
			if id == "H250" {
				w.WriteHeader(status)
			}
			return id == "H250"
		}
		n, result, err := a.reader().read(t, collectors.Request{State: "x"})
		if err == nil || errors.Is(err, collectors.ErrAuth) != (status == http.StatusUnauthorized) || len(n.rows) != 200 || result != (collectors.Result{}) {
			t.Errorf("%d: %d rows, %+v, %v", status, len(n.rows), result, err)
		}
	}
}

// Requests at the same time share one login.
func TestDetailsShareALogin(t *testing.T) {
	a := newArchive(t, rowsTo(30))
	a.token.Store("wanted")
	r := a.reader()
	r.config.Auth = &config.Auth{Kind: "login", SecretEnv: "SECRET", Account: "kpi", TokenURL: a.url + "/login", LoginBody: `{"p": ":secret"}`, TokenAt: ".access_token", LifetimeAt: ".expires_in?"}
	var once sync.Once
	a.detail = func(w http.ResponseWriter, id string) bool {
		once.Do(func() { a.token.Store("token-9") }) // revoked half-way: all that are in hand come back with 401
		return false
	}
	n, _, err := r.read(t, collectors.Request{})
	if err != nil || len(n.rows) != 30 || a.logins.Load() != 2 {
		t.Errorf("%d rows, %d logins, %v", len(n.rows), a.logins.Load(), err)
	}
}

// A read of what changed asks for the details of these rows only.
func TestDetailsOfChangedRowsOnly(t *testing.T) {
	a := newArchive(t, "")
	var asked []string
	list := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/list") {
			asked = append(asked, r.URL.Path)
			fmt.Fprint(w, `{"chiTiet": {"ten": "x", "kenh": 2}}`)
		} else if r.URL.Query().Has("tu") {
			fmt.Fprint(w, `{"data": [{"id": "H2", "luc": "2026-03-02T08:00:00+07:00"}]}`)
		} else {
			fmt.Fprint(w, `{"data": [{"id": "H1", "luc": "2026-03-01T08:00:00+07:00"}, {"id": "H2", "luc": "2026-03-02T08:00:00+07:00"}]}`)
		}
	})
	r := a.reader()
	r.config.URL, r.config.Detail.URL, r.config.Detail.AtOnce = list+"/list", list+"/ho-so/{id}", 1
	r.config.Query = []config.Parameter{{Name: "tu", Value: ":since"}}
	r.config.Incremental = &config.Incremental{Column: "luc", Type: "time"}
	_, result := r.mustRead(t, collectors.Request{})
	if diff := cmp.Diff([]string{"/ho-so/H1", "/ho-so/H2"}, asked); diff != "" {
		t.Error(diff)
	}
	asked = nil
	r.mustRead(t, collectors.Request{State: result.State})
	if diff := cmp.Diff([]string{"/ho-so/H2"}, asked); diff != "" {
		t.Error(diff)
	}
}

// The example's list and details become dossiers; the one without a detail is rejected with its id.
func TestTheExampleOfDetails(t *testing.T) {
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/ho-so":
			if r.FormValue("page") == "2" {
				fmt.Fprint(w, `{"data": [], "total": 2}`)
				return
			}
			fmt.Fprint(w, `{"data": [{"maHoSo": "H1", "capNhatLuc": "2026-03-05T10:00:00+07:00"}, {"maHoSo": "H2", "capNhatLuc": "2026-03-05T11:00:00+07:00"}], "total": 2}`)
		case "/api/ho-so/H1":
			fmt.Fprint(w, `{"data": {"thuTuc": {"ma": "1.004194"}, "kenh": "WEB", "ngayTiepNhan": "2026-03-02T08:15:00+07:00", "ngayHenTra": "2026-03-09", "ngayTra": null, "trangThai": "XL",
				"boSung": [{"tu": "2026-03-03T09:00:00+07:00", "den": "2026-03-04T10:00:00+07:00"}]}}`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	example, err := os.ReadFile("../../config/examples/rest-detail.yml")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kpiagent.yml")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(example), "https://dvc.example.vn", address)), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(t.Context(), config.Options{File: path})
	if err != nil {
		t.Fatal(err)
	}
	mapping, err := collectors.NewMapping(c.Sources[0], collectors.Checks{}, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	source, err := New(*c.Sources[0].REST, c.Sources[0].Mapping.Columns(), nil, surroundings(readerOf(address)), vietnam)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	_, _, err = collectors.Collect(t.Context(), source, mapping, collectors.Request{Now: time.Date(2026, 3, 10, 12, 0, 0, 0, vietnam)}, collectors.Options{}, func(b *kpi.Batch) error {
		for _, r := range b.Records {
			d := r.Dossier
			got = append(got, fmt.Sprint(d.ID, " ", d.Procedure, " ", d.Channel, " ", d.Received, " waited ", d.Pauses))
		}
		for _, r := range b.Rejects {
			got = append(got, r.ID+" "+string(r.Fault.Reason)+" "+r.Raw)
		}
		return nil
	})
	want := []string{"H1 1.004194 online 2026-03-02 08:15:00 waited [{2026-03-03 09:00:00 2026-03-04 10:00:00}]",
		`H2 no_detail {"maHoSo":"H2","thuTuc.ma":null,"kenh":null,"ngayTiepNhan":null,"ngayHenTra":null,"ngayTra":null,"trangThai":null,"boSung":null,"capNhatLuc":"2026-03-05T11:00:00+07:00"}`}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// Whatever stands in a row, the address stays on its host and below its path.
func FuzzTheAddressOfADetail(f *testing.F) {
	f.Add("H1")
	f.Add("../x")
	f.Add("//evil.example/%2e%2e?x#y")
	d, err := newDetail(&config.Detail{URL: "https://dvc.example.vn/ho-so/{id}/ct?so={id}", Row: "."})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, id string) {
		address, err := d.address(map[string]any{"id": id})
		if err != nil {
			return
		}
		parsed, err := url.Parse(address)
		if err != nil {
			t.Fatalf("%q: %v", address, err)
		}
		if parsed.Host != "dvc.example.vn" || parsed.Path != "/ho-so/"+strings.TrimSpace(id)+"/ct" || parsed.Query().Get("so") != strings.TrimSpace(id) || parsed.Fragment != "" {
			t.Errorf("%q leads to %q", id, address)
		}
	})
}
