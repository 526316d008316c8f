package pages_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"kpiagent/internal/testserver"
)

var (
	bigFigure = regexp.MustCompile(`<span class="big[^"]*">([^<]*)`)
	madeParts = regexp.MustCompile(`<dt>(Numerator|Denominator)[^<]*</dt><dd>([^<]*)</dd>`)
	codeCells = regexp.MustCompile(`<td>(DL-0\d)</td>`)
)

// What the board of a procedure shows can be opened: the same figure, its numerator and denominator, its history, and its own
// dossiers for those who may see them.
func TestTheFigureOfAProcedure(t *testing.T) {
	s := newSite(t, "")
	const of = "unit=dienluc&procedure=DL-01&period=2026-02&lang=en"
	board := s.get("/board?" + of).Body.String()
	link := regexp.MustCompile(`href="(/kpis/on_time_share\?[^"]*)"`).FindStringSubmatch(board)
	if link == nil {
		t.Fatal("the board of the procedure does not open its figures")
	}
	path := html.UnescapeString(link[1])
	if !strings.Contains(path, "procedure=DL-01") {
		t.Errorf("the board of the procedure opens %s", path)
	}
	page := s.get(path).Body.String()
	row := board[strings.Index(board, link[0]):]
	if here, there := bigFigure.FindStringSubmatch(page)[1], bigFigure.FindStringSubmatch(row)[1]; here != there {
		t.Errorf("the page shows %s, the board %s", here, there)
	}
	for _, want := range []string{"Legal basis", "Thông tư 01/2020/TT-VPCP", "Data as of", `href="/board?`, `class="plot"`, "are held against the unit"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of the figure lacks %q", want)
		}
	}
	parts := madeParts.FindAllStringSubmatch(page, -1)
	whole := madeParts.FindAllStringSubmatch(s.get(strings.Replace(path, "procedure=DL-01", "x=y", 1)).Body.String(), -1)
	if len(parts) != 2 || len(whole) != 2 || parts[1][2] == whole[1][2] {
		t.Errorf("the procedure's figure is made of %v, the unit's of %v", parts, whole)
	}
	if codeCells.MatchString(page) || !strings.Contains(page, "The dossiers behind it") {
		t.Error("dossiers are shown to whoever comes, or it is not said why there are none")
	}
	s.startWith(`web: {raw_rows_for: ["*"]}` + configuration)
	cells := codeCells.FindAllStringSubmatch(s.get(path+"&part=denominator").Body.String(), -1)
	if want := parts[1][2]; strconv.Itoa(len(cells)) != want {
		t.Errorf("%d dossiers are listed, want %s", len(cells), want)
	}
	for _, cell := range cells {
		if cell[1] != "DL-01" {
			t.Errorf("a dossier of %s is behind the figure of DL-01", cell[1])
		}
	}
	for _, missing := range []string{"/kpis/on_time_share?unit=dienluc&procedure=XX", "/kpis/certificates_exchanged?unit=dienluc&procedure=DL-01"} {
		if code := s.get(missing).Code; code != http.StatusNotFound {
			t.Errorf("%s: %d", missing, code)
		}
	}
}

// Looks at the figures of a unit and of its procedures are kept apart.
func TestLooksAtProcedures(t *testing.T) {
	v := newVisitor(t)
	const unit, one, other = "/kpis/on_time_share?unit=dienluc&lang=en", "/kpis/on_time_share?unit=dienluc&procedure=DL-01&lang=en", "/kpis/on_time_share?unit=dienluc&procedure=DL-02&lang=en"
	for _, path := range []string{unit, one, other} {
		if said := v.looks(path); said != "" {
			t.Errorf("%s: the first look is compared: %s", path, said)
		}
	}
	v.now = v.now.Add(2 * time.Hour)
	for _, path := range []string{unit, one, other} {
		if said := v.looks(path); !strings.HasSuffix(said, "no change") {
			t.Errorf("%s: nothing has changed: %s", path, said)
		}
	}
}

// Where nothing was reported, numerator and denominator are not 0.
func TestPartsThatWereNotReported(t *testing.T) {
	s := newSite(t, "")
	for _, path := range []string{"/kpis/certificates_exchanged?unit=dienluc&lang=en", "/kpis/online_filing_share?unit=xuctien&lang=en", "/kpis/handling_time_mean?period=2019-01&lang=en"} {
		parts := madeParts.FindAllStringSubmatch(s.get(path).Body.String(), -1)
		if len(parts) == 0 {
			t.Errorf("%s has no numerator", path)
		}
		for _, part := range parts {
			if part[2] != "no figure" {
				t.Errorf("%s: the %s is %q, but nothing was reported", path, part[1], part[2])
			}
		}
	}
}

// On paper the tables of a figure follow each other: none waits for a page of its own.
func TestAFigureOnPaper(t *testing.T) {
	t.Parallel()
	browser := testserver.Chromium(t)
	s := newSite(t, "")
	s.startWith(`web: {raw_rows_for: ["*"]}` + configuration)
	server := httptest.NewServer(s.handler)
	defer server.Close()
	pdf := browser.PDF(t, server.URL+"/kpis/on_time_share?unit=dienluc&procedure=DL-01&period=2026-02")
	if n := len(pageOfPDF.FindAll(pdf, -1)); n != 2 {
		t.Errorf("the figure takes %d pages, want 2", n)
	}
}
