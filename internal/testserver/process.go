package testserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// command is a program with its arguments.
type command struct {
	path string
	args []string
	as   account
	// end is the signal that ends it without ado; the kernel also sends it when the test binary dies.
	end syscall.Signal
}

// environment keeps the server off the settings of whoever runs the tests.
func environment(folder string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH") + ":/usr/sbin:/sbin:/usr/bin:/bin",
		"HOME=" + folder, "TMPDIR=" + folder, "LC_ALL=C.UTF-8", "TZ=UTC",
	}
}

func (c command) build(ctx context.Context, folder string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.path, c.args...)
	cmd.Dir, cmd.Env = folder, environment(folder)
	cmd.SysProcAttr = attributes(c.as, c.end)
	return cmd
}

// finish runs a command to its end; an error tells what it printed.
func (c command) finish(folder string) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	// The kernel watches the thread that started the child, not the process: hold on to it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if output, err := c.build(ctx, folder).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", c.path, err, tail(output))
	}
	return nil
}

// process is a running server.
type process struct {
	cmd  *exec.Cmd
	end  syscall.Signal
	log  string
	done chan struct{} // closed when it has ended
}

// start starts the command in the folder, where its output goes to the file log.
func start(c command, folder string) (*process, error) {
	p := &process{end: c.end, log: filepath.Join(folder, "log"), done: make(chan struct{})}
	output, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	p.cmd = c.build(context.Background(), folder)
	p.cmd.Stdout, p.cmd.Stderr = output, output
	started := make(chan error)
	go func() {
		// The kernel watches the thread that started the child, not the process: hold on to it until the end.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.done)
		defer output.Close()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait() // how it ended is in its log
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// await waits until ready gives no error, at most startTimeout.
func (p *process) await(ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for {
		try, cancel := context.WithTimeout(ctx, 2*time.Second)
		err := ready(try)
		cancel()
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s ended at once: %s", p.cmd.Path, p.lastWords())
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer after %s: %w: %s", p.cmd.Path, startTimeout, err, p.lastWords())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// stop ends the process, by its id, and waits until it is gone.
func (p *process) stop() {
	if err := p.cmd.Process.Signal(p.end); errors.Is(err, os.ErrProcessDone) {
		return
	}
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

func (p *process) lastWords() string {
	output, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return tail(output)
}

// tail gives the end of a log, where the reason usually stands.
func tail(output []byte) string {
	const most = 2000
	output = bytes.TrimSpace(output)
	return string(output[max(0, len(output)-most):])
}
