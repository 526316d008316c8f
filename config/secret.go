package config

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"regexp"
	"strings"

	"kpiagent/internal/kpi"
)

// Types for which the walk has words of its own.
var (
	sqlType    = reflect.TypeFor[SQL]()
	fieldType  = reflect.TypeFor[Field]()
	sourceType = reflect.TypeFor[Source]()
	termType   = reflect.TypeFor[kpi.Term]()
)

// secretKeys are keys under which people would write a secret.
var secretKeys = []string{"dsn", "password", "passwd", "pass", "pwd", "user", "username", "secret", "token", "url", "uri", "connection", "connection_string"}

// secretForms are the places where a password stands in a connection string: URL, MySQL's user:pass@tcp(, and
// key=value. The middle group is the password.
var secretForms = []*regexp.Regexp{
	regexp.MustCompile(`(?i)([a-z][a-z0-9+.-]*://[^\s/:@]*:)(\S+)(@)`),
	regexp.MustCompile(`(?i)([^\s/:@]+:)(\S+)(@(?:tcp\(|unix\(|/))`),
	regexp.MustCompile(`(?i)(\b(?:password|passwd|pwd|sslpassword)\s*=\s*)('[^']*'|"[^"]*"|[^\s;&'"]+)(;|&|\s|'|"|$)`),
}

// keyValue tells a connection string with password= in it from a query that compares a column of that name.
var keyValue = regexp.MustCompile(`(?i)\b(host|server|user|uid|user id|dbname|database|data source)\s*=`)

// hasSecret says whether the text looks like a connection string with a password in it.
func hasSecret(text string) bool {
	if !strings.ContainsAny(text, "@=") {
		return false
	}
	if secretForms[0].MatchString(text) || secretForms[1].MatchString(text) {
		return true
	}
	return secretForms[2].MatchString(text) && keyValue.MatchString(text)
}

// mask puts <secret> where a password stands in a text.
func mask(text string) string {
	for _, form := range secretForms {
		text = form.ReplaceAllString(text, "${1}<secret>${3}")
	}
	return text
}

// DSN gives the connection string, read at each call, so that a rotated secret is picked up. lookup is os.LookupEnv and
// readFile is os.ReadFile outside of tests. One line end after it is cut off. With path it is the database file's path.
// Errors name the variable or file, never what it holds.
func (s SQL) DSN(lookup func(string) (string, bool), readFile func(string) ([]byte, error)) (string, error) {
	switch {
	case s.DSNEnv != "" || s.DSNFile != "":
		return secret{name: "dsn", what: "the connection string", env: s.DSNEnv, file: s.DSNFile}.read(lookup, readFile)
	case s.Path != "":
		return s.Path, nil
	}
	return "", errors.New("no connection string is configured; set dsn_env or dsn_file")
}

// secret is where one secret lies.
type secret struct{ name, what, env, file string }

// read gives the secret without the line end after it. Errors name the variable or the file, never what it holds.
func (s secret) read(lookup func(string) (string, bool), readFile func(string) ([]byte, error)) (string, error) {
	switch {
	case s.env != "":
		text, ok := lookup(s.env)
		if !ok || strings.TrimSpace(text) == "" {
			return "", fmt.Errorf("the environment variable %s (%s_env) is not set; set it to %s where the agent is started", s.env, s.name, s.what)
		}
		return withoutLineEnd(text), nil
	case s.file != "":
		text, err := readFile(s.file)
		if err != nil {
			return "", fmt.Errorf("the file %s (%s_file) cannot be read: %w; write %s into it and let the agent's user read it", s.file, s.name, cause(err), s.what)
		}
		if strings.TrimSpace(string(text)) == "" {
			return "", fmt.Errorf("the file %s (%s_file) is empty; write %s into it", s.file, s.name, s.what)
		}
		return withoutLineEnd(string(text)), nil
	}
	return "", fmt.Errorf("no secret is configured; set %s_env or %s_file", s.name, s.name)
}

// cause leaves the path out of a file error, which names it already.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

func withoutLineEnd(text string) string {
	return strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
}
