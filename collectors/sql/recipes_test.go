package sql

import (
	"database/sql"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/kpi"
)

var (
	fence   = regexp.MustCompile("(?ms)^```(sql|sh|yaml)\n(.*?)^```$")
	dsnLine = regexp.MustCompile(`(?m)^export MOT_CUA_DSN='(.*)'$`)
)

// recipe returns the blocks of one section of the page: the statements, the connection string, the configuration.
func recipe(t *testing.T, heading string) (statements, dsn string, given config.SQL) {
	t.Helper()
	page, err := os.ReadFile("../../docs/recipes-sql.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## "+heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, block := range fence.FindAllStringSubmatch(section, -1) {
		switch block[1] {
		case "sql":
			statements = block[2]
		case "sh":
			if m := dsnLine.FindStringSubmatch(block[2]); m != nil {
				dsn = m[1]
			}
		case "yaml":
			var parsed struct{ SQL config.SQL }
			if err := yaml.Unmarshal([]byte(block[2]), &parsed); err != nil {
				t.Fatal(err)
			}
			given = parsed.SQL
		}
	}
	given.Incremental.Type = "time" // the default
	return statements, dsn, given
}

// The statements of the recipes make a user who can read the view, and nothing else.
func TestTheRecipesOfRealServers(t *testing.T) {
	for driver, heading := range map[string]string{"postgres": "PostgreSQL", "mysql": "MySQL and MariaDB"} {
		t.Run(driver, func(t *testing.T) {
			d := open(t, driver)
			d.exec(t, "create table ho_so (ma varchar(20) primary key, ma_tthc varchar(20), kenh int, nhan timestamp, hen date, xong timestamp null, trang_thai varchar(20), cap_nhat timestamp)",
				"insert into ho_so values ('H1', '1.001', 2, '2026-03-02 08:15:00', '2026-03-09', null, 'XL', '2026-03-02 08:15:00')")
			statements, dsn, given := recipe(t, heading)
			statements = strings.ReplaceAll(statements, "'10.0.0.5'", "'%'")
			at, _, _ := strings.Cut(d.dsn, "?")
			name := at[strings.LastIndexByte(at, '/')+1:]
			statements = strings.ReplaceAll(statements, "motcua", name)
			for _, statement := range strings.Split(strings.TrimSpace(statements), ";") {
				if strings.TrimSpace(statement) != "" {
					d.exec(t, statement)
				}
			}
			server := hostOf(t, driver, d.dsn)
			dsn = strings.NewReplacer("db.example.vn:5432", server, "db.example.vn:3306", server, "/motcua", "/"+name,
				"sslmode=verify-full", "sslmode=disable", "?tls=true", "").Replace(dsn)
			n := &notes{}
			if _, err := collectors.Read(t.Context(), database{driver: driver, dsn: dsn}.with(t, given), collectors.Request{Now: noon}, n); err != nil || len(n.cells) == 0 {
				t.Fatalf("%v %v", n.cells, err)
			}
			reader, err := sql.Open(map[string]string{"postgres": "pgx", "mysql": "mysql"}[driver], dsn)
			if err != nil {
				t.Fatal(err)
			}
			defer reader.Close()
			for _, forbidden := range []string{"select * from ho_so", "insert into kpi_ho_so (ma) values ('H2')", "delete from ho_so", "create table x (a int)"} {
				if _, err := reader.ExecContext(t.Context(), forbidden); err == nil {
					t.Errorf("the user of the recipe may %s", forbidden)
				}
			}
		})
	}
}

func hostOf(t *testing.T, driver, dsn string) string {
	t.Helper()
	if driver == "postgres" {
		address, err := url.Parse(dsn)
		if err != nil {
			t.Fatal(err)
		}
		return address.Host
	}
	_, rest, _ := strings.Cut(dsn, "@tcp(")
	host, _, _ := strings.Cut(rest, ")")
	return host
}

// The connection strings and queries of the other recipes, and of the examples, are such as their drivers read.
func TestTheRecipesOfServersNobodyCanHave(t *testing.T) {
	for driver, want := range map[string]struct{ heading, where, query string }{
		"sqlserver": {"SQL Server", "database MotCua on db.example.vn:1433", "select ma, ma_tthc, kenh, nhan, hen, xong, trang_thai, cap_nhat from kpi.ho_so where cap_nhat >= @p1"},
		"oracle":    {"Oracle", "database HOSO on db.example.vn:2484", "from motcua.kpi_ho_so where cap_nhat >= :1"},
	} {
		_, dsn, given := recipe(t, want.heading)
		// The files that they name are not here.
		dsn = strings.NewReplacer("&certificate=/etc/kpiagent/ca.pem", "", "&wallet=/etc/kpiagent/wallet", "").Replace(dsn)
		if where, _ := describe(dsn, driver); where != want.where {
			t.Errorf("%s: %s", driver, where)
		}
		source := database{driver: driver}.with(t, given)
		if !strings.Contains(source.query.text, want.query) || source.query.marks != 1 {
			t.Errorf("%s: %s", driver, source.query.text)
		}
		example, err := config.Load(t.Context(), config.Options{File: "../../config/examples/" + driver + ".yml"})
		if err != nil {
			t.Fatal(err)
		}
		source = database{driver: driver}.with(t, *example.Sources[0].SQL)
		if source.query.marks != 1 || strings.Contains(source.query.text, sinceMark) {
			t.Errorf("%s: %s", driver, source.query.text)
		}
	}
}

// What PostgreSQL makes of the times in a list is read without a layout.
func TestTheListOfTheRecipeHoldsTimesThatAreRead(t *testing.T) {
	page, err := os.ReadFile("../../docs/recipes-sql.md")
	if err != nil {
		t.Fatal(err)
	}
	cell := regexp.MustCompile("(?m)^\\| PostgreSQL \\| `(.* as bo_sung)` \\|$").FindSubmatch(page)
	if cell == nil {
		t.Fatal("the recipe's line for PostgreSQL is not found")
	}
	d := open(t, "postgres")
	d.exec(t, "create table ho_so (ma varchar(20) primary key)", "insert into ho_so values ('H1')",
		"create table bo_sung (ma varchar(20), tu timestamp, den timestamptz)",
		"insert into bo_sung values ('H1', '2026-03-03 08:15:00', '2026-03-04 09:30:00+07')", "insert into bo_sung values ('H1', '2026-03-05 10:00:00.25', null)")
	source := config.Source{Unit: "u", ID: "s", Kind: "sql", Record: "dossier", Mapping: config.Mapping{
		ID: &config.Field{Column: "ma"}, Procedure: &config.Field{Constant: "1.001"}, Channel: &config.Field{Constant: "online"},
		Received:   &config.Field{Constant: "2026-03-02"},
		PausedFrom: &config.Field{Column: "bo_sung[].tu"}, PausedTo: &config.Field{Column: "bo_sung[].den"}}}
	mapping, err := collectors.NewMapping(source, collectors.Checks{}, time.FixedZone("", 7*60*60))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	from := d.with(t, config.SQL{Query: "select ma, " + string(cell[1]) + " from ho_so h"})
	_, _, err = collectors.Collect(t.Context(), from, mapping, collectors.Request{Now: noon}, collectors.Options{}, func(b *kpi.Batch) error {
		for _, r := range b.Records {
			for _, p := range r.Dossier.Pauses {
				got = append(got, p.From.String()+" – "+p.To.String())
			}
		}
		for _, r := range b.Rejects {
			got = append(got, r.Fault.Error())
		}
		return nil
	})
	want := []string{"2026-03-03 08:15:00 – 2026-03-04 09:30:00", "2026-03-05 10:00:00 – " + kpi.Stamp(0).String()}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, want %q (%v)", got, want, err)
	}
}
