//go:build !linux

package testserver

import "syscall"

// account is whoever runs the tests: switching users is for Linux, where tests run as root in containers.
type account struct{}

func accountFor(string) (account, error) { return account{}, nil }

func (account) own(...string) error { return nil }

// attributes gives nothing: only Linux ends a child together with its parent.
func attributes(account, syscall.Signal) *syscall.SysProcAttr { return nil }
