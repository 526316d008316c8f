package collectors

import (
	"errors"
	"fmt"
	"time"
)

// ErrAuth is in the chain of every error that says that a system refused our name or password. Trying again would only
// lock the account.
var ErrAuth = errors.New("the system refused the user or the password")

// ErrTimeout is in the chain of every error that says that a read took longer than it may.
var ErrTimeout = errors.New("the read took too long")

// Transient marks an error whose cause may be over in a moment: a connection that broke, a server that starts again, a file
// that was being written. Its text stays. An error without the mark would come again.
func Transient(err error) error { return &transientError{err} }

type transientError struct{ error }

func (e *transientError) Unwrap() error { return e.error }

// Later is an error of a system that is there but wants to be asked again later.
type Later interface {
	// RetryAfter returns how long the system wants to be left alone; said is false where it did not say.
	RetryAfter() (wait time.Duration, said bool)
}

// Again reports whether it makes sense to read again soon after an error, and how long the system wants to be left alone before;
// 0 where it did not say.
func Again(err error) (wait time.Duration, again bool) {
	if errors.Is(err, ErrAuth) {
		return 0, false
	}
	var later Later
	if errors.As(err, &later) {
		wait, _ = later.RetryAfter()
		return max(wait, 0), true
	}
	return 0, errors.As(err, new(*transientError))
}

// TooManyRowsError says that a read brought more rows than it may.
type TooManyRowsError struct{ Max int64 }

func (e *TooManyRowsError) Error() string {
	return fmt.Sprintf("there are more rows than max_rows %d: what was taken so far stays; ask for less, or raise max_rows if the system really has so many", e.Max)
}

// PanicError is a panic of a source or of the mapping: a mistake of ours, met by one source's rows.
type PanicError struct {
	Value any
	Stack string // for the log; Error leaves it out
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("the collector failed inside: %v; please report it with its stack", e.Value)
}
