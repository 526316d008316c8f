package demo

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"
)

// endpoints is the HTTP server of the systems that answer over the network: one address of this machine only, one path each.
type endpoints struct {
	address string // host:port
	server  *http.Server
	serving sync.WaitGroup
	err     error
}

// serve listens on the preferred address where it is free, else on any.
func serve(ctx context.Context, preferred string, handler http.Handler) (*endpoints, error) {
	var config net.ListenConfig
	var listener net.Listener
	err := errors.New("no address preferred")
	if preferred != "" {
		listener, err = config.Listen(ctx, "tcp", preferred)
	}
	if err != nil {
		listener, err = config.Listen(ctx, "tcp", "127.0.0.1:0")
	}
	if err != nil {
		return nil, fmt.Errorf("an address for the systems of the sample ministry: %w", err)
	}
	e := &endpoints{address: listener.Addr().String()}
	e.server = &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute, IdleTimeout: time.Minute}
	e.serving.Go(func() {
		if err := e.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			e.err = err
		}
	})
	return e, nil
}

// close ends the server; requests that are under way have a moment to end.
func (e *endpoints) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	err := e.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = e.server.Close()
	}
	e.serving.Wait()
	return errors.Join(err, e.err)
}

// endpoint is one system that answers over the network.
type endpoint struct {
	pattern string // as http.ServeMux takes it
	about   string
	file    string // its store: while it is away, the endpoint answers 503
	handler http.Handler
}

// unavailable is what a system answers that is down.
func unavailable(w http.ResponseWriter) {
	problem(w, http.StatusServiceUnavailable, "Hệ thống tạm ngừng · the system is down")
}

// handlerOf puts the endpoints under their paths, and a list of them under /.
func handlerOf(list []endpoint) http.Handler {
	mux := http.NewServeMux()
	for _, e := range list {
		mux.HandleFunc("GET "+e.pattern, func(w http.ResponseWriter, r *http.Request) {
			if there, err := present(e.file); err != nil || !there {
				unavailable(w)
				return
			}
			e.handler.ServeHTTP(w, r)
		})
	}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { index(w, list) })
	return mux
}

var indexPage = template.Must(template.New("index").Parse(`<!doctype html>
<html lang="vi"><meta charset="utf-8"><title>Hệ thống của bộ mẫu</title>
<h1>Hệ thống của bộ mẫu · Systems of the sample ministry</h1>
<p>Dữ liệu giả lập · invented data</p>
<table><tr><th>Hệ thống · system<th>Địa chỉ · address<th>Tệp · file<th>Trạng thái · state</tr>
{{range .}}<tr><td>{{.About}}<td><a href="{{.Pattern}}">{{.Pattern}}</a><td>{{.File}}<td>{{if .Up}}hoạt động · up{{else}}tạm ngừng · down{{end}}</tr>
{{end}}</table></html>
`))

func index(w http.ResponseWriter, list []endpoint) {
	type line struct {
		About, Pattern, File string
		Up                   bool
	}
	var lines []line
	for _, e := range list {
		there, err := present(e.file)
		lines = append(lines, line{e.about, e.pattern, filepath.Base(e.file), there && err == nil})
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = indexPage.Execute(w, lines) // the reader may be gone
}
