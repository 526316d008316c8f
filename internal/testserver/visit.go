package testserver

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// Visit is a page that stays open, in a Chromium of its own, and takes keys as from a keyboard. It talks to the browser in
// the DevTools protocol, by the two pipes of --remote-debugging-pipe: messages in JSON, each with a zero byte behind it.
type Visit struct {
	t       testing.TB
	to      *os.File
	from    *bufio.Reader
	session string
	last    int
}

// Visit opens a browser with a window of that size; it ends with the test.
func (b *Browser) Visit(t testing.TB, width, height int) *Visit {
	t.Helper()
	folder, err := os.MkdirTemp("", "kpiagent-test-")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
	itsInput, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, itsOutput, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := command{path: b.path, end: syscall.SIGKILL, args: b.arguments(folder, width, height, "--remote-debugging-pipe", "about:blank")}.build(ctx, folder)
	cmd.ExtraFiles = []*os.File{itsInput, itsOutput} // 3 and 4, as Chromium expects them
	cmd.WaitDelay = 5 * time.Second
	started, ended := make(chan error), make(chan struct{})
	go func() {
		defer close(ended)
		// The kernel watches the thread that started the child, not the process: hold on to it until the end.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // it is killed
			from.Close()
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		to.Close()
		from.Close()
		os.RemoveAll(folder)
	})
	err = <-started
	itsInput.Close()
	itsOutput.Close()
	if err != nil {
		t.Fatalf("Chromium cannot be started: %v", err)
	}
	v := &Visit{t: t, to: to, from: bufio.NewReader(from)}
	var target struct{ TargetID string }
	v.do("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	v.do("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	v.session = attached.SessionID
	v.do("Page.enable", nil, nil)
	v.do("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
	v.do("Emulation.setFocusEmulationEnabled", map[string]any{"enabled": true}, nil) // as in a window that is in front
	return v
}

// arguments are those of every look and visit.
func (b *Browser) arguments(folder string, width, height int, more ...string) []string {
	args := []string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--hide-scrollbars", "--enable-logging=stderr", "--lang=en-GB",
		"--user-data-dir=" + filepath.Join(folder, "profile"), fmt.Sprintf("--window-size=%d,%d", width, height)}
	if b.Dark {
		args = append(args, "--blink-settings=preferredColorScheme=0")
	}
	return append(args, more...)
}

// message is one of the protocol, in either direction.
type message struct {
	ID      int             `json:"id,omitempty"`
	Session string          `json:"sessionId,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  any             `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// do asks the browser to do something and waits for the answer; what else it says by then is left aside.
func (v *Visit) do(method string, params map[string]any, result any) {
	v.t.Helper()
	v.send(method, params)
	v.receive(method, result)
}

// send asks the browser to do something, without waiting for the answer.
func (v *Visit) send(method string, params map[string]any) {
	v.t.Helper()
	v.last++
	if params == nil {
		params = map[string]any{}
	}
	text, err := json.Marshal(message{ID: v.last, Session: v.session, Method: method, Params: params})
	if err != nil {
		v.t.Fatal(err)
	}
	if _, err := v.to.Write(append(text, 0)); err != nil {
		v.t.Fatalf("Chromium does not listen: %s: %v", method, err)
	}
}

// receive waits for the answer to the last message; earlier answers are passed over.
func (v *Visit) receive(method string, result any) {
	v.t.Helper()
	answer := v.await(method, func(m message) bool { return m.ID == v.last })
	if answer.Error != nil {
		v.t.Fatalf("Chromium refuses %s: %s", method, answer.Error.Message)
	}
	if result != nil {
		if err := json.Unmarshal(answer.Result, result); err != nil {
			v.t.Fatalf("%s: %v: %.300s", method, err, answer.Result)
		}
	}
}

// await reads messages up to the one that is waited for.
func (v *Visit) await(what string, is func(message) bool) message {
	v.t.Helper()
	for {
		text, err := v.from.ReadBytes(0)
		if err != nil {
			v.t.Fatalf("Chromium is gone, or says nothing, while it is asked for %s: %v", what, err)
		}
		var m message
		if err := json.Unmarshal(bytes.TrimSuffix(text, []byte{0}), &m); err != nil {
			v.t.Fatalf("%s: %v: %.300s", what, err, text)
		}
		if is(m) {
			return m
		}
	}
}

// Go opens a page and waits until it is there.
func (v *Visit) Go(url string) {
	v.t.Helper()
	v.do("Page.navigate", map[string]any{"url": url}, nil)
	v.await(url, func(m message) bool { return m.Method == "Page.loadEventFired" })
}

// keys are those that a visit can press, with their numbers and the text that they write.
var keys = map[string]struct {
	code int
	text string
}{"Tab": {9, ""}, "Enter": {13, "\r"}}

// Press presses a key, Tab or Enter, and lets it go, so many times in a row.
func (v *Visit) Press(key string, times int) {
	v.t.Helper()
	k, known := keys[key]
	if !known {
		v.t.Fatalf("there is no key %q", key)
	}
	press := map[string]any{"type": "rawKeyDown", "key": key, "code": key, "windowsVirtualKeyCode": k.code, "nativeVirtualKeyCode": k.code}
	if k.text != "" {
		press["type"], press["text"], press["unmodifiedText"] = "keyDown", k.text, k.text
	}
	release := map[string]any{"type": "keyUp", "key": key, "code": key, "windowsVirtualKeyCode": k.code, "nativeVirtualKeyCode": k.code}
	for range times { // the browser takes events one after the other; only the last one is waited for
		v.send("Input.dispatchKeyEvent", press)
		v.send("Input.dispatchKeyEvent", release)
	}
	v.receive("Input.dispatchKeyEvent", nil)
}

// Value gives the value of a JavaScript expression in the page.
func (v *Visit) Value(expression string, into any) {
	v.t.Helper()
	var answer struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct{ Exception struct{ Description string } }
	}
	v.do("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true}, &answer)
	if answer.ExceptionDetails != nil {
		v.t.Fatalf("%.100s: %s", expression, answer.ExceptionDetails.Exception.Description)
	}
	if err := json.Unmarshal(answer.Result.Value, into); err != nil {
		v.t.Fatalf("%.100s: %v: %.300s", expression, err, answer.Result.Value)
	}
}

// Spoken is what a screen reader is told of a part of the page.
type Spoken struct{ Role, Name, Description string }

// Spoken lists what a screen reader is told of the page, in its order.
func (v *Visit) Spoken() (list []Spoken) {
	v.t.Helper()
	type text struct{ Value any }
	var tree struct {
		Nodes []struct {
			Ignored                 bool
			Role, Name, Description text
		}
	}
	v.do("Accessibility.getFullAXTree", nil, &tree)
	said := func(t text) string {
		s, _ := t.Value.(string)
		return s
	}
	for _, n := range tree.Nodes {
		if !n.Ignored {
			list = append(list, Spoken{said(n.Role), said(n.Name), said(n.Description)})
		}
	}
	return list
}
