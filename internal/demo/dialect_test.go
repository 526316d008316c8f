package demo

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kpiagent/internal/kpi"
)

func TestWindows1258(t *testing.T) {
	for text, want := range map[string][]byte{
		"Bộ":   {'B', 0xF4, 0xF2}, // ô, then the dot below
		"điện": {0xF0, 'i', 0xEA, 0xF2, 'n'},
		"É":    {0xC9}, // has a place of its own
		"ữ":    {0xFD, 0xDE},
	} {
		got, err := toWindows1258(text)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: got % x, %v; want % x", text, got, err, want)
		}
	}
	if _, err := toWindows1258("漢"); err == nil {
		t.Error("a letter that Windows-1258 lacks was taken")
	}
}

// Every name of the ministry comes through both dialects.
func TestDialectsKeepDiacritics(t *testing.T) {
	everybody, err := staffed(kpi.Date(2026, 11, 20))
	if err != nil {
		t.Fatal(err)
	}
	for unit, w := range dialects {
		rows := [][]string{w.header}
		for _, o := range everybody {
			for _, p := range o.procedures {
				row := make([]string, len(w.header))
				copy(row, []string{o.vi, p.Code, p.Name, p.Field + "; \"x\", y"})
				rows = append(rows, row)
			}
		}
		file, err := w.encode(slices.Values(rows))
		if err != nil {
			t.Fatalf("%s: %v", unit, err)
		}
		got, err := w.decode(file)
		if diff := cmp.Diff(rows, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", unit, err, diff)
		}
	}
}

// FuzzWindows1258 holds that what can be encoded comes back.
func FuzzWindows1258(f *testing.F) {
	for _, text := range []string{"Cục Điện lực", "Ngày tiếp nhận", "ế", "e\u0302\u0301", "漢", "\x80", ""} {
		f.Add(text)
	}
	w := dialects[electricity]
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, "\r\n\"") || strings.TrimSpace(text) == "" {
			return
		}
		file, err := w.encode(slices.Values([][]string{{text}}))
		if err != nil {
			return
		}
		rows, err := w.decode(file)
		if err != nil || len(rows) != 1 {
			t.Fatalf("%q became %v, %v", text, rows, err)
		}
		again, err := w.encode(slices.Values(rows))
		if err != nil || !bytes.Equal(file, again) {
			t.Fatalf("%q became %q and then % x instead of % x, %v", text, rows, again, file, err)
		}
	})
}

func FuzzDossierOfARow(f *testing.F) {
	f.Add("G02.03-20260302-00001;DL-05;x;Một cửa;02-03-2026 09:00;;;Đang thụ lý;x;-;;")
	f.Add("a;b")
	f.Fuzz(func(t *testing.T, line string) {
		for unit, w := range dialects {
			d, ok := w.dossier(unit, strings.Split(line, string(w.separator)))
			if ok && numberOf(d.ID) >= firstDirty {
				t.Fatalf("%q was taken for a dossier", line)
			}
		}
	})
}
