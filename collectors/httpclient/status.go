package httpclient

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"kpiagent/collectors"
	"kpiagent/internal/outbound"
)

// busyError says that the system wants to be asked again later.
type busyError struct {
	status string
	wait   time.Duration // how long it wants to be left alone
	said   bool          // whether it said so
}

func busy(status string, header http.Header, now time.Time) *busyError {
	wait, said := outbound.RetryAfter(header, now)
	return &busyError{status, wait, said}
}

// RetryAfter is what collectors.Later asks for.
func (e *busyError) RetryAfter() (wait time.Duration, said bool) { return e.wait, e.said }

func (e *busyError) Error() string {
	if e.said {
		return fmt.Sprintf("answers %s; it wants to be asked again in %s", e.status, e.wait.Round(time.Second))
	}
	return fmt.Sprintf("answers %s; the next run tries again", e.status)
}

// statusError is an answer that is none.
type statusError struct {
	status string
	code   int
}

func (e *statusError) Error() string {
	switch {
	case e.code == http.StatusNotModified:
		return "answers 304 Not Modified although nothing was known yet; the system or a proxy before it is at fault"
	case e.code == http.StatusNotFound:
		return "answers 404 Not Found; correct the address"
	case e.code >= 500:
		return "answers " + e.status + "; ask the system's owner, the next run tries again"
	}
	return "answers " + e.status + "; correct address, query or body"
}

// Status returns the code of an answer that was none, 404 for example; 0 where an error is about something else, such as a
// refusal or a system that is too busy.
func Status(err error) int {
	var status *statusError
	if errors.As(err, &status) {
		return status.code
	}
	return 0
}

// connectError says that no answer came.
type connectError struct{ error }

func (e *connectError) Unwrap() error { return e.error }

// errToken is in the chain of the answer 401.
var errToken = errors.New("401")

// refusedError is the answer 401 or 403.
type refusedError struct {
	status string
	block  string // where auth would stand, "" where the agent said who it is
	token  bool   // whether it is 401
}

func (e *refusedError) Error() string {
	if e.block != "" {
		return "answers " + e.status + "; the system wants to know who asks: configure " + e.block + ".auth"
	}
	return "answers " + e.status + "; correct auth.account and the secret, or ask for the right to read"
}

// Forbidden says that an error is the answer 403: who asks is known, and may not have what was asked for.
func Forbidden(err error) bool {
	var refused *refusedError
	return errors.As(err, &refused) && !refused.token
}

func (e *refusedError) Unwrap() []error {
	if e.token {
		return []error{collectors.ErrAuth, errToken}
	}
	return []error{collectors.ErrAuth}
}
