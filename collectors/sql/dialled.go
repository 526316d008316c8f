package sql

import (
	"context"
	"database/sql/driver"
	"net"
	"sync"
	"time"

	"kpiagent/internal/outbound"
)

// dialled opens connections by the rules of the network and remembers them: some drivers wait for a server that says nothing,
// whatever their context says.
type dialled struct {
	rules *outbound.Rules
	host  string

	mutex sync.Mutex
	conns []net.Conn
}

// DialContext opens a connection to a server, or to where it sends on.
func (d *dialled) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.rules.Dial(ctx, network, address)
	if err == nil {
		d.mutex.Lock()
		d.conns = append(d.conns, conn)
		d.mutex.Unlock()
	}
	return conn, err
}

// HostName is what tells SQL Server's driver to leave the looking up of names to the dialer, so that the rules know them.
func (d *dialled) HostName() string { return d.host }

func (d *dialled) close() {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	for _, conn := range d.conns {
		_ = conn.Close() // it may be closed already
	}
	d.conns = nil
}

// grace is how long a driver may take to break a query off by itself.
const grace = 500 * time.Millisecond

// watch closes the connections soon after ctx has ended; stop ends the watch, and waits for that.
func (d *dialled) watch(ctx context.Context) (stop func()) {
	over, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		select {
		case <-over:
			return
		case <-ctx.Done():
		}
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-over:
		case <-timer.C:
			d.close()
		}
	}()
	return func() { close(over); <-gone }
}

// connector opens connections that end with their context while they come about, and leaves none behind that did not.
type connector struct {
	lines *dialled
	open  func(ctx context.Context) (driver.Conn, error)
	of    driver.Driver
}

// Connect opens a connection.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	stop := context.AfterFunc(ctx, c.lines.close)
	conn, err := c.open(ctx)
	if !stop() && err == nil {
		err = context.Cause(ctx) // the connection was closed just now
	}
	if err != nil {
		c.lines.close()
		return nil, err
	}
	return conn, nil
}

// Driver returns the driver, for which nothing asks.
func (c *connector) Driver() driver.Driver { return c.of }
