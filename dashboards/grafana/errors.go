package grafana

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// answerError is an answer that is no success.
type answerError struct {
	status       int
	method, path string
	said         string // what Grafana says of it
	reason       string // the word for it, where Grafana has one: name-exists, version-mismatch
	location     string // of a redirect
}

func newAnswerError(request *http.Request, response *http.Response, content []byte) *answerError {
	said, reason := message(content)
	return &answerError{status: response.StatusCode, method: request.Method, path: request.URL.Path, said: said, reason: reason,
		location: response.Header.Get("Location")}
}

func (e *answerError) Error() string {
	text := fmt.Sprintf("%s %s: %d %s", e.method, e.path, e.status, http.StatusText(e.status))
	if e.said != "" {
		text += ": " + e.said
	}
	return text
}

// strangeError is an answer that Grafana's API does not give.
type strangeError struct{ kind string }

func (e *strangeError) Error() string { return "answered with " + e.kind + ", not with JSON" }

// hasStatus reports whether the error is an answer with one of these.
func hasStatus(err error, status ...int) bool {
	var answer *answerError
	if !errors.As(err, &answer) {
		return false
	}
	for _, s := range status {
		if answer.status == s {
			return true
		}
	}
	return false
}

// hasReason reports whether Grafana names that word as the reason.
func hasReason(err error, reason string) bool {
	var answer *answerError
	return errors.As(err, &answer) && answer.reason == reason
}

// bare leaves out what the HTTP client says around an answer.
func bare(err error) error {
	var answer *answerError
	if errors.As(err, &answer) {
		return answer
	}
	return err
}

// explain says what could not be done, why, and what to do next. doing follows "grafana: cannot".
func explain(doing string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	var strange *strangeError
	var answer *answerError
	var address *url.Error
	switch {
	case errors.As(err, &strange):
		return fmt.Errorf("grafana: cannot %s: the server %w; is grafana.url the address of Grafana, "+
			"with its sub-path if it has one?", doing, strange)
	case errors.As(err, &answer):
		return fmt.Errorf("grafana: cannot %s: %w%s", doing, answer, advice(answer))
	case errors.As(err, &address):
		return fmt.Errorf("grafana: cannot %s: %w; is Grafana running, and is grafana.url its address?", doing, address.Err)
	}
	return fmt.Errorf("grafana: cannot %s: %w", doing, err)
}

func advice(e *answerError) string {
	switch {
	case e.status == http.StatusUnauthorized:
		return "; the token or password is not accepted: make a new token under Administration, Service accounts, " +
			"and put it where grafana.secret_env or grafana.secret_file says"
	case e.status == http.StatusForbidden:
		right := right(e)
		if right == "" {
			return "; the service account lacks a right: give it the role Editor, and for data sources and permissions Admin"
		}
		return "; the service account lacks the right " + right + ": give it that, or the role Admin"
	case e.status == http.StatusNotFound:
		return "; is grafana.url the address of Grafana, with its sub-path if it has one?"
	case e.status/100 == 3:
		return "; it leads to " + e.location + ": write the address that people open into grafana.url"
	case e.status/100 == 5:
		return "; look at Grafana's own log"
	}
	return ""
}

// neededRight finds the right that Grafana names in its answer.
var neededRight = regexp.MustCompile(`Permissions needed: ?([A-Za-z0-9:._*,() -]+)`)

// rights says which right a request needs, where Grafana does not name it: by the beginning of the path.
var rights = []struct{ path, read, write string }{
	{"/api/datasources", "datasources:read", "datasources:create and datasources:write"},
	{"/api/folders", "folders:read", "folders:create and folders:write"},
	{"/api/dashboards", "dashboards:read", "dashboards:create and dashboards:write"},
	{"/api/teams", "teams:read", "teams:write"},
	{"/api/v1/provisioning", "alert.provisioning:read", "alert.provisioning:write"},
	{"/api/access-control/folders", "folders.permissions:read", "folders.permissions:write"},
}

func right(e *answerError) string {
	if m := neededRight.FindStringSubmatch(e.said); m != nil {
		return strings.TrimSpace(m[1])
	}
	for _, r := range rights {
		if at := strings.Index(e.path, r.path); at >= 0 {
			if e.method == http.MethodGet {
				return r.read
			}
			return r.write
		}
	}
	return ""
}

// version is Grafana's, as far as it matters.
type version struct{ major, minor int }

// oldest is the oldest Grafana whose API this package speaks.
var oldest = version{9, 3}

var versionForm = regexp.MustCompile(`^v?(\d+)\.(\d+)`)

// parseVersion reads what the health endpoint says. A Grafana that hides its version is taken for a new one.
func parseVersion(text string) (version, error) {
	if text == "" {
		return version{1000, 0}, nil
	}
	m := versionForm.FindStringSubmatch(text)
	if m == nil {
		return version{}, fmt.Errorf("its version %.40q is not understood; is grafana.url the address of Grafana?", text)
	}
	major, wrong := strconv.Atoi(m[1])
	minor, wrongToo := strconv.Atoi(m[2])
	v := version{major, minor}
	if wrong != nil || wrongToo != nil || !v.atLeast(oldest) {
		return version{}, fmt.Errorf("version %s is too old; %d.%d or newer is needed, "+
			"or use kpiagent boards render and give it files", m[0], oldest.major, oldest.minor)
	}
	return v, nil
}

func (v version) atLeast(other version) bool {
	return v.major > other.major || v.major == other.major && v.minor >= other.minor
}
