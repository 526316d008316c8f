package config

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"strings"

	"kpiagent/internal/kpi"
)

// Types for which the walk has words of its own.
var (
	sqlType    = reflect.TypeFor[SQL]()
	fieldType  = reflect.TypeFor[Field]()
	sourceType = reflect.TypeFor[Source]()
	termType   = reflect.TypeFor[kpi.Term]()
	boardsType = reflect.TypeFor[Boards]()
)

// secretKeys are keys under which people would write a secret.
var secretKeys = []string{"dsn", "password", "passwd", "pass", "pwd", "user", "username", "secret", "token", "url", "uri", "connection", "connection_string"}

// secret is where one secret lies.
type secret struct{ name, what, env, file string }

// read returns the secret without the line end after it. Errors name the variable or the file, never what it holds.
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

// checkSecret wants a secret in one place: a variable or a file. missing says what is wrong where it is in none; "" where it need
// not be.
func checkSecret(j *journal, key, env, file, missing string) {
	switch {
	case j.isWrong(under(key, "secret_env")) || j.isWrong(under(key, "secret_file")):
	case env != "" && file != "":
		j.mistake(under(key, "secret_file"), "stands beside secret_env; keep one of them")
	case env == "" && file == "" && missing != "" && !j.isWrong(key):
		j.mistake(key, "%s", missing)
	}
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
