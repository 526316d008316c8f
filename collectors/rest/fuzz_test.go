package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"kpiagent/collectors"
	"kpiagent/collectors/jq"
	"kpiagent/internal/outbound"
)

// Whatever comes, it ends in rows or in an error.
func FuzzRows(f *testing.F) {
	expressions := []string{".data[]", ".[] | select(.x)", "..", ".data[]? | {id, a: .b?}", "to_entries[] | .value"}
	f.Add(uint8(0), `{"data":[{"id":1,"a":{"b":"x"}},{"id":1.50}]}`, "a.b")
	f.Add(uint8(1), `[{"x":true,"":{"":null}}]`, ".")
	f.Add(uint8(2), `[[{"a":[1e400,-0]}]]`, "a")
	f.Fuzz(func(t *testing.T, which uint8, body, name string) {
		value, err := jq.Decode(strings.NewReader(body))
		if err != nil {
			return
		}
		expression, err := jq.Compile(expressions[int(which)%len(expressions)])
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		columns := columnsOf(named(name, "id", "list[].x"))
		values := make([]collectors.Value, len(columns))
		count := 0
		_ = expression.Each(ctx, value, func(value any) error {
			if count++; count > 1000 {
				return errors.New("enough rows")
			}
			if row, isObject := value.(map[string]any); isObject && flatten(row, columns, values) == nil {
				_ = rowText(row)
			}
			return nil
		})
	})
}

func hundredThousand() []byte {
	var b bytes.Buffer
	b.WriteString(`{"data":[`)
	for i := range 100_000 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"maHoSo":"H01-%06d","tthc":{"ma":"1.000%03d","ten":"Cấp giấy phép xây dựng"},"kenh":%d,"ngayTiepNhan":"2026-03-02T08:15:00+07:00","ngayHenTra":"2026-03-09","ngayTra":null,"lePhi":125000.50}`, i, i%300, i%3)
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

// nowhere takes rows and forgets them.
type nowhere struct{ notes }

func (n *nowhere) Row(collectors.Position, []collectors.Value) error { return nil }

func BenchmarkRead100000Rows(b *testing.B) {
	body := hundredThousand()
	address := serve(b, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) })
	r := readerOf(address)
	r.config.MaxBytes = 64 << 20
	source, err := New(r.config, named("maHoSo", "tthc.ma", "kenh", "ngayTiepNhan", "ngayHenTra", "ngayTra", "lePhi"), nil, outbound.Env{Now: time.Now}, vietnam)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := collectors.Read(b.Context(), source, collectors.Request{Now: time.Now()}, &nowhere{}); err != nil {
			b.Fatal(err)
		}
	}
}

// What encoding/json alone needs for the same bytes.
func BenchmarkDecode100000Rows(b *testing.B) {
	body := hundredThousand()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		var value any
		if err := json.Unmarshal(body, &value); err != nil {
			b.Fatal(err)
		}
	}
}
