package sql

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kpiagent/collectors"
)

// conversation answers one connection as SQL Server's protocol (TDS 7.4) has it, byte by byte, and notes what it is asked. It
// shows what the driver makes of types and that the agent asks for what it should; a real server it is not.
type conversation struct {
	rows []byte // the answer to a select

	mutex sync.Mutex
	asked []string // batches and transactions
}

func (c *conversation) note(asked string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.asked = append(c.asked, asked)
}

// wasAsked returns what was asked, once the last of it has come.
func (c *conversation) wasAsked(t *testing.T, last string) []string {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		c.mutex.Lock()
		asked := slices.Clone(c.asked)
		c.mutex.Unlock()
		if slices.Contains(asked, last) {
			return asked
		}
	}
	t.Fatalf("%s was never asked", last)
	return nil
}

var tdsDone = []byte{0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

func (c *conversation) answer(conn net.Conn) {
	for {
		var header [8]byte
		if _, err := io.ReadFull(conn, header[:]); err != nil {
			return
		}
		body := make([]byte, int(binary.BigEndian.Uint16(header[2:]))-8)
		if _, err := io.ReadFull(conn, body); err != nil {
			return
		}
		text := strings.ReplaceAll(string(body), "\x00", "")
		out := tdsDone
		switch header[0] {
		case 0x12: // hello: version 16, no encryption
			out = append([]byte{0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff}, 16, 0, 0, 0, 0, 0, 2)
		case 0x10: // login
			out = append([]byte{0xad, 12, 0, 1, 0x74, 0, 0, 4, 1, 'S', 0, 16, 0, 0, 0}, tdsDone...)
		case 0x0e: // a transaction
			request := binary.LittleEndian.Uint16(body[22:])
			if c.note(map[uint16]string{5: "begin", 7: "commit", 8: "rollback"}[request]); request == 5 {
				out = append([]byte{0xe3, 11, 0, 8, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0}, tdsDone...)
			} else {
				out = append([]byte{0xe3, 11, 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8}, tdsDone...)
			}
		case 0x06: // break off
			out = []byte{0xfd, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
		case 0x01: // a batch
			at := max(strings.Index(text, "set "), strings.Index(text, "select "))
			c.note(text[max(at, 0):])
			if strings.Contains(text, "select ") {
				out = append(bytes.Clone(c.rows), tdsDone...)
			}
		}
		if reply(conn, out) != nil {
			return
		}
	}
}

// tdsColumn declares a column, and returns the bytes of its one value.
type tdsColumn struct {
	name     string
	declared []byte
	value    []byte
}

func tdsRows(columns []tdsColumn) []byte {
	out := binary.LittleEndian.AppendUint16([]byte{0x81}, uint16(len(columns)))
	for _, c := range columns {
		out = append(append(out, 0, 0, 0, 0, 1, 0), c.declared...)
		out = append(append(out, byte(len(c.name))), ucs2(c.name)...)
	}
	out = append(out, 0xd1)
	for _, c := range columns {
		out = append(out, c.value...)
	}
	return out
}

// at10 is 10:00:00.25 in steps of 100 ns, and the day 2026-03-02 in days since 0001-01-01.
func at10(hours int) []byte {
	time5 := binary.LittleEndian.AppendUint64(nil, uint64(hours)*36_000_000_000+2_500_000)[:5]
	days := int(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC).Sub(time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)).Hours()/24) + 730485
	return append(time5, byte(days), byte(days>>8), byte(days>>16))
}

func TestTypesAsSQLServerSendsThem(t *testing.T) {
	collation := []byte{9, 4, 0xd0, 0, 0x34}
	text := ucs2("chữ")
	c := &conversation{rows: tdsRows([]tdsColumn{
		{"i", []byte{0x26, 4}, []byte{4, 0xfd, 0xff, 0xff, 0xff}},
		{"b", []byte{0x68, 1}, []byte{1, 1}},
		{"t", append([]byte{0xe7, 200, 0}, collation...), append([]byte{byte(len(text)), 0}, text...)},
		{"n", append([]byte{0xe7, 200, 0}, collation...), []byte{0xff, 0xff}},
		{"d", []byte{0x28}, append([]byte{3}, at10(0)[5:]...)},
		{"d2", []byte{0x2a, 7}, append([]byte{8}, at10(10)...)},
		{"o", []byte{0x2b, 7}, append(append([]byte{10}, at10(3)...), 0xa4, 1)}, // 03:00 UTC, at +07:00
		{"m", []byte{0x6a, 9, 18, 2}, []byte{9, 1, 0xf6, 0x04, 0, 0, 0, 0, 0, 0}},
		{"g", []byte{0x24, 16}, append([]byte{16}, 0x33, 0x22, 0x11, 0, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff)},
	})}
	address := answers(t, c.answer)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	n := &notes{}
	if _, err := collectors.Read(ctx, unreached("sqlserver", address).source(t, "select * from t", nil), collectors.Request{Now: noon}, n); err != nil {
		t.Fatal(err)
	}
	want := []string{"i: int -3", "b: bool true", "t: text chữ", "n: null", "d: time 2026-03-02 00:00:00", "d2: time 2026-03-02 10:00:00.25",
		"o: time zoned 2026-03-02 10:00:00.25+07:00", "m: text 12.70", "g: text 00112233-4455-6677-8899-AABBCCDDEEFF"}
	if diff := cmp.Diff(want, n.cells); diff != "" {
		t.Error(diff)
	}
	asked := c.wasAsked(t, "rollback")
	if !strings.HasPrefix(asked[0], "set deadlock_priority low; set lock_timeout ") {
		t.Errorf("asked %q", asked)
	}
	if diff := cmp.Diff([]string{"begin", "select * from t", "rollback"}, asked[1:]); diff != "" {
		t.Error(diff)
	}
}
