package collectors

import (
	"errors"
	"fmt"
)

// ErrAuth is in the chain of every error that says that a system refused our name or password. Trying again would only
// lock the account.
var ErrAuth = errors.New("the system refused the user or the password")

// ErrTimeout is in the chain of every error that says that a read took longer than it may.
var ErrTimeout = errors.New("the read took too long")

// PanicError is a panic of a source or of the mapping: a mistake of ours, met by one source's rows.
type PanicError struct {
	Value any
	Stack string // for the log; Error leaves it out
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("the collector failed inside: %v; please report it with its stack", e.Value)
}
