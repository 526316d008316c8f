package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/prometheus/exporter-toolkit/web"
)

// The limits of a connection. A scraper on a slow line may need a while for a large page; a request itself is short.
const (
	headerTimeout  = 10 * time.Second
	readTimeout    = 30 * time.Second
	writeTimeout   = 2 * time.Minute
	idleTimeout    = 5 * time.Minute
	maxHeaderBytes = 64 << 10
	// drainTimeout is how long answers that are on their way may take when the server stops.
	drainTimeout = 10 * time.Second
)

// Serve serves the handler on an address such as ":9750" until ctx ends; then it lets running answers finish and returns
// nil. webConfigFile sets up TLS and passwords in the format of Prometheus' exporter-toolkit; "" is plain HTTP for all.
// ready, when not nil, is told the address once connections are taken.
func Serve(ctx context.Context, listen, webConfigFile string, handler http.Handler, logger *slog.Logger, ready func(net.Addr)) error {
	if webConfigFile != "" {
		if err := web.Validate(webConfigFile); err != nil {
			return fmt.Errorf("the web configuration file %s: %w", webConfigFile, err)
		}
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil && ctx.Err() != nil {
		return nil // stopped before it began
	}
	if err != nil {
		return listenError(listen, err)
	}
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	stopped := make(chan struct{})
	over, end := context.WithCancel(ctx)
	go func() {
		defer close(stopped)
		<-over.Done()
		shutDown(server, logger)
	}()
	if ready != nil {
		ready(listener.Addr()) // the kernel takes connections from here on
	}
	err = web.Serve(listener, server, &web.FlagConfig{WebConfigFile: &webConfigFile}, logger)
	end()
	<-stopped
	_ = listener.Close() // closed already, unless serving never began
	if err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving on %s: %w", listen, err)
	}
	return nil
}

// shutDown lets running answers finish, but not for ever.
func shutDown(server *http.Server, logger *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		logger.Warn("Some answers were cut off when the server stopped", "err", err)
		_ = server.Close() // nothing is left to be done about it
	}
}

// listenError says what to do about an address that cannot be had.
func listenError(listen string, err error) error {
	advice := "give an address as host:port or :port with --web.listen-address or web.listen"
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		advice = "another kpiagent? choose another with --web.listen-address or web.listen"
	case errors.Is(err, syscall.EACCES):
		advice = "ports below 1024 need a privilege; choose another with --web.listen-address or web.listen"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		advice = "this machine has no such address; choose another with --web.listen-address or web.listen"
	}
	return fmt.Errorf("cannot listen on %q: %w: %s", listen, err, advice)
}
