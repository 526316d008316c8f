package config

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"kpiagent/config/document"

	"github.com/google/go-cmp/cmp"
)

func TestDSN(t *testing.T) {
	environ := map[string]string{"SET": "postgres://reader:hunter2@db/motcua\n", "EMPTY": " "}
	lookup := func(name string) (string, bool) { v, ok := environ[name]; return v, ok }
	files := map[string]string{"/run/set": "reader:hunter2@tcp(db)/dvc\r\n", "/run/two": "a\n\n", "/run/empty": "\n"}
	readFile := func(path string) ([]byte, error) {
		if text, ok := files[path]; ok {
			return []byte(text), nil
		}
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission}
	}
	for name, c := range map[string]struct {
		sql       SQL
		want, err string
	}{
		"variable":         {SQL{DSNEnv: "SET"}, "postgres://reader:hunter2@db/motcua", ""},
		"file":             {SQL{DSNFile: "/run/set"}, "reader:hunter2@tcp(db)/dvc", ""},
		"one line end":     {SQL{DSNFile: "/run/two"}, "a\n", ""},
		"database file":    {SQL{Path: "/data/a.db"}, "/data/a.db", ""},
		"variable missing": {SQL{DSNEnv: "UNSET"}, "", "the environment variable UNSET (dsn_env) is not set; set it to the connection string where the agent is started"},
		"variable empty":   {SQL{DSNEnv: "EMPTY"}, "", "the environment variable EMPTY (dsn_env) is not set; set it to the connection string where the agent is started"},
		"file unreadable":  {SQL{DSNFile: "/run/x"}, "", "the file /run/x (dsn_file) cannot be read: permission denied; write the connection string into it and let the agent's user read it"},
		"file empty":       {SQL{DSNFile: "/run/empty"}, "", "the file /run/empty (dsn_file) is empty; write the connection string into it"},
		"nothing":          {SQL{}, "", "no connection string is configured; set dsn_env or dsn_file"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.sql.DSN(lookup, readFile)
			if got != c.want || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	if _, err := (SQL{DSNFile: "/run/x"}).DSN(lookup, readFile); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("the cause is lost: %v", err)
	}
	environ["SET"] = "rotated"
	if got, _ := (SQL{DSNEnv: "SET"}).DSN(lookup, readFile); got != "rotated" {
		t.Errorf("got %q after the secret changed", got)
	}
}

// secrets are connection strings in the forms that drivers take, each with the password hunter2.
var secrets = []string{
	"postgres://reader:hunter2@db/motcua?sslmode=disable",
	"postgresql://:hunter2@db",
	"host=db user=reader password=hunter2 dbname=motcua",
	"password='hunter2' host=db",
	"postgres://db/motcua?user=reader&password=hunter2",
	"reader:hunter2@tcp(db:3306)/dvc?tls=true",
	"reader:hunter2@unix(/run/mysqld.sock)/dvc",
	"reader:hunter2@/dvc",
	"reader:p@ss/hunter2@tcp(db)/dvc",
	"sqlserver://sa:hun/ter2hunter2@db?database=x",
	"Server=db;User Id=sa;Password=hunter2;",
}

func TestSecretsAreSeenAndMasked(t *testing.T) {
	for _, text := range secrets {
		if !document.HasSecret(text) {
			t.Errorf("%s is not seen", text)
		}
		if got := document.Mask(text); strings.Contains(got, "hunter2") || !strings.Contains(got, hidden) {
			t.Errorf("%s became %s", text, got)
		}
	}
	for _, text := range []string{
		"postgres://reader@db:5432/motcua?sslmode=verify-full", "select a::text from t where password = 'x'", ":9750", "127.0.0.1:9750",
		"/data/*.csv", "Tỷ lệ: 5 @ 6", "reader@tcp(db)/dvc", "select * from ho_so where cap_nhat_luc >= :since", "https://example.vn/a:b",
	} {
		if document.HasSecret(text) || document.Mask(text) != text && !strings.Contains(text, "password") {
			t.Errorf("%s is taken for a secret: %s", text, document.Mask(text))
		}
	}
}

// A secret that stands anywhere in the settings is not shown.
func TestRedactedShowsNoSecret(t *testing.T) {
	for _, secret := range secrets {
		var c Config
		fill(reflect.ValueOf(&c).Elem(), secret)
		got, err := c.Redacted()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(got), "hunter2") {
			t.Errorf("%s is shown:\n%s", secret, got)
		}
	}
}

// A field with the tag secret is hidden whatever it holds.
func TestRedactedHidesSecretFields(t *testing.T) {
	block := struct {
		User     string   `yaml:"user"`
		Password string   `yaml:"password" secret:"true"`
		Tokens   []string `yaml:"tokens" secret:"true"`
		Pin      int      `yaml:"pin" secret:"true"`
	}{"reader", "hunter2", []string{"hunter2"}, 4711}
	node, err := redact(reflect.ValueOf(block), field{})
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := node.Decode(&got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"user": "reader", "password": hidden, "tokens": []any{hidden}, "pin": hidden}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// fill writes the text into every text of the value.
func fill(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), text)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), text)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), text)
		}
	}
}

// What is shown can be loaded again and says the same.
func TestRedactedIsAConfiguration(t *testing.T) {
	for _, name := range []string{"minimal", "sql", "rest", "xlsx", "html", "openmetrics", "full"} {
		t.Run(name, func(t *testing.T) {
			path, err := filepath.Abs("examples/" + name + ".yml")
			if err != nil {
				t.Fatal(err)
			}
			want, err := Load(context.Background(), Options{File: path})
			if err != nil {
				t.Fatal(err)
			}
			text, err := want.Redacted()
			if err != nil {
				t.Fatal(err)
			}
			got, err := Load(context.Background(), Options{File: write(t, string(text))})
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRedactedMinimal(t *testing.T) {
	c, err := Load(context.Background(), Options{File: "examples/minimal.yml"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := c.Redacted()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/redacted-minimal.yml", string(text))
}

// No key is meant to hold a secret, so none may be named like one.
func TestNoKeyForSecrets(t *testing.T) {
	text, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range secretKeys {
		if key != "url" && strings.Contains(string(text), "\n| `"+key+"` |") { // an address with a password in it is refused
			t.Errorf("there is a key %s", key)
		}
	}
}

// A secret in the place of a layout is not shown.
func TestALayoutThatIsASecret(t *testing.T) {
	if got := checkLayout("postgres://u:hunter2@h"); !strings.Contains(got, "<secret>") || strings.Contains(got, "hunter2") {
		t.Error(got)
	}
}
