//go:build unix

package testserver

import "syscall"

// Freeze lets the server stand still: it answers nothing, and keeps its connections. Thaw lets it go on.
func (s *Store) Freeze() error { return s.process.cmd.Process.Signal(syscall.SIGSTOP) }

// Thaw lets the server go on.
func (s *Store) Thaw() error { return s.process.cmd.Process.Signal(syscall.SIGCONT) }
