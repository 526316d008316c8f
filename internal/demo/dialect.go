package demo

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"kpiagent/internal/kpi"
)

// dialect is how one office writes its report.
type dialect struct {
	header    []string
	separator rune
	windows   bool   // Windows-1258 with CR LF; else UTF-8 with a byte order mark
	date      string // layout of the package time
	channels  map[kpi.Channel]string
	states    map[kpi.Outcome]string
	yes, no   string
	happy     [2]string // satisfied, not satisfied
	cells     func(dialect, kpi.Dossier, string) []string
	at        places
}

// places says in which cell something stands.
type places struct{ id, procedure, channel, received, due, finished, fee, paid, digitised int }

const byteOrderMark = "\xEF\xBB\xBF"

// dialects by office.
var dialects = map[string]dialect{
	chemicals: {
		header: []string{"STT", "Mã hồ sơ", "Mã TTHC", "Tên thủ tục", "Hình thức nộp", "Ngày tiếp nhận", "Ngày hẹn trả", "Ngày trả kết quả",
			"Tình trạng", "Có lệ phí", "Thanh toán trực tuyến", "Số hoá", "Đánh giá"},
		separator: ',', date: "02/01/2006",
		channels: map[kpi.Channel]string{kpi.Online: "Trực tuyến", kpi.Counter: "Trực tiếp", kpi.Postal: "Bưu chính công ích"},
		states: map[kpi.Outcome]string{kpi.Open: "Đang xử lý", kpi.Settled: "Đã trả kết quả", kpi.Refused: "Từ chối",
			kpi.Withdrawn: "Rút hồ sơ", kpi.Stopped: "Dừng xử lý"},
		yes: "Có", no: "Không", happy: [2]string{"Hài lòng", "Không hài lòng"},
		at: places{id: 1, procedure: 2, channel: 4, received: 5, due: 6, finished: 7, fee: 9, paid: 10, digitised: 11},
		cells: func(w dialect, d kpi.Dossier, name string) []string {
			return []string{"", d.ID, d.Procedure, name, w.channels[d.Channel], w.day(d.Received), w.day(d.Due), w.day(d.Finished),
				w.states[d.Outcome], w.answer(d.FeeDue), w.answer(d.PaidOnline), w.answer(d.InputDigitised), w.rating(d.Satisfied)}
		},
	},
	electricity: {
		header: []string{"MÃ HỒ SƠ", "MÃ TTHC", "TÊN THỦ TỤC", "KÊNH", "NGÀY TIẾP NHẬN", "NGÀY HẸN TRẢ", "NGÀY KẾT THÚC", "TRẠNG THÁI",
			"LỆ PHÍ", "NỘP LỆ PHÍ TRỰC TUYẾN", "KẾT QUẢ ĐIỆN TỬ", "Ý KIẾN"},
		separator: ';', windows: true, date: "02-01-2006 15:04",
		channels: map[kpi.Channel]string{kpi.Online: "Cổng DVC", kpi.Counter: "Một cửa", kpi.Postal: "Bưu điện"},
		states: map[kpi.Outcome]string{kpi.Open: "Đang thụ lý", kpi.Settled: "Hoàn thành", kpi.Refused: "Không đủ điều kiện",
			kpi.Withdrawn: "Công dân rút", kpi.Stopped: "Dừng"},
		yes: "x", no: "-", happy: [2]string{"Tốt", "Kém"},
		at: places{id: 0, procedure: 1, channel: 3, received: 4, due: 5, finished: 6, fee: 8, paid: 9, digitised: -1},
		cells: func(w dialect, d kpi.Dossier, name string) []string {
			return []string{d.ID, d.Procedure, name, w.channels[d.Channel], w.day(d.Received), w.day(d.Due), w.day(d.Finished),
				w.states[d.Outcome], w.answer(d.FeeDue), w.answer(d.PaidOnline), w.answer(d.ResultElectronic), w.rating(d.Satisfied)}
		},
	},
}

func (w dialect) day(s kpi.Stamp) string {
	if s.IsZero() {
		return ""
	}
	return s.Day().Time().Add(secondsOf(s)).Format(w.date)
}

func (w dialect) answer(m kpi.Mark) string {
	switch m {
	case kpi.Yes:
		return w.yes
	case kpi.No:
		return w.no
	}
	return ""
}

func (w dialect) rating(m kpi.Mark) string {
	switch m {
	case kpi.Yes:
		return w.happy[0]
	case kpi.No:
		return w.happy[1]
	}
	return ""
}

// dossier reads a row back as far as it is needed to go on with it; ok is false for a row that is wrong.
func (w dialect) dossier(unit string, row []string) (d kpi.Dossier, ok bool) {
	if len(row) != len(w.header) {
		return kpi.Dossier{}, false
	}
	d = kpi.Dossier{ID: row[w.at.id], Unit: unit, Procedure: row[w.at.procedure]}
	for channel, name := range w.channels {
		if name == row[w.at.channel] {
			d.Channel = channel
		}
	}
	d.Received, d.Due, d.Finished = stamp(w.date, row[w.at.received]), stamp(w.date, row[w.at.due]), stamp(w.date, row[w.at.finished])
	d.FeeDue, d.PaidOnline = w.meant(row, w.at.fee), w.meant(row, w.at.paid)
	d.InputDigitised = w.meant(row, w.at.digitised)
	return d, numberOf(d.ID) < firstDirty
}

func (w dialect) meant(row []string, at int) kpi.Mark {
	if at < 0 || row[at] == "" {
		return kpi.Unknown
	}
	return mark(row[at] == w.yes)
}

// encode gives the file's bytes.
func (w dialect) encode(rows [][]string) ([]byte, error) {
	var file bytes.Buffer
	if !w.windows {
		file.WriteString(byteOrderMark)
	}
	out := csv.NewWriter(&file)
	out.Comma, out.UseCRLF = w.separator, w.windows
	if err := out.WriteAll(rows); err != nil {
		return nil, err
	}
	if w.windows {
		return toWindows1258(file.String())
	}
	return file.Bytes(), nil
}

// decode reads the file's bytes.
func (w dialect) decode(file []byte) ([][]string, error) {
	text := strings.TrimPrefix(string(file), byteOrderMark)
	if w.windows {
		decoded, err := charmap.Windows1258.NewDecoder().String(text)
		if err != nil {
			return nil, err
		}
		text = norm.NFC.String(decoded)
	}
	in := csv.NewReader(strings.NewReader(text))
	in.Comma, in.FieldsPerRecord = w.separator, -1
	return in.ReadAll()
}

// tones are the combining marks that Windows-1258 writes behind a letter.
var tones = []rune{'\u0300', '\u0301', '\u0303', '\u0309', '\u0323'}

// toWindows1258 encodes Vietnamese as Windows does: a letter with its shape (ê), then its tone.
func toWindows1258(text string) ([]byte, error) {
	out := make([]byte, 0, len(text))
	for _, letter := range norm.NFC.String(text) {
		if letter < utf8.RuneSelf {
			out = append(out, byte(letter))
			continue
		}
		for _, part := range shapeAndTone(letter) {
			b, ok := charmap.Windows1258.EncodeRune(part)
			if !ok {
				return nil, fmt.Errorf("%q has no place in Windows-1258", letter)
			}
			out = append(out, b)
		}
	}
	return out, nil
}

// shapeAndTone takes a letter apart as far as Windows-1258 needs it.
func shapeAndTone(letter rune) []rune {
	if _, whole := charmap.Windows1258.EncodeRune(letter); whole {
		return []rune{letter}
	}
	var shape, tone []rune
	for _, part := range norm.NFD.String(string(letter)) {
		if slices.Contains(tones, part) {
			tone = append(tone, part)
		} else {
			shape = append(shape, part)
		}
	}
	return append([]rune(norm.NFC.String(string(shape))), tone...)
}
