package testserver

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// account is who runs a server; the zero account is whoever runs the tests.
type account struct {
	credential *syscall.Credential
}

// accountFor gives the account of that name when the tests run as root, because PostgreSQL refuses to run as root.
func accountFor(name string) (account, error) {
	if name == "" || os.Geteuid() != 0 {
		return account{}, nil
	}
	found, err := user.Lookup(name)
	if err != nil {
		return account{}, fmt.Errorf("it does not run as root, and its Debian package brings a user: %w", err)
	}
	uid, err1 := strconv.ParseUint(found.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(found.Gid, 10, 32)
	if err := errors.Join(err1, err2); err != nil {
		return account{}, fmt.Errorf("user %s: %w", name, err)
	}
	return account{&syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}

// own hands the paths over to the account.
func (a account) own(paths ...string) error {
	if a.credential == nil {
		return nil
	}
	for _, path := range paths {
		if err := os.Chown(path, int(a.credential.Uid), int(a.credential.Gid)); err != nil {
			return err
		}
	}
	return nil
}

// attributes makes the child run as the account and end when the test binary dies, however it dies. It gets a process
// group of its own, so that Ctrl-C reaches the tests first.
func attributes(as account, end syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: as.credential, Pdeathsig: end, Setpgid: true}
}
