package listing

import (
	"strings"
	"testing"
)

func TestRowsThatAreNoEntries(t *testing.T) {
	for _, test := range []struct{ row, want string }{
		{"Tổng cộng||12", "total"},
		{"TỔNG SỐ HỒ SƠ|12", "total"},
		{"Tổng|3", "total"},
		{"Cộng: 12", "total"},
		{"cộng|5", "total"},
		{"Tổng công ty Điện lực|5", ""},
		{"Công chứng|5", ""},
		{"Cộng tác viên|x", ""},
		{"(1)|(2)|(3)=(4)+(5)|(4)", "numbers"},
		{"1|2|3|4", "numbers"},
		{"A|B|1|2", "numbers"},
		{"-1|-2|-3", "numbers"},
		{"1|2", ""}, // a short row of figures
		{"1|02/03/2026|3", ""},
		{"1|2|5", ""},
		{"I. Lĩnh vực Đất đai||", "group"},
		{"II|Lĩnh vực Môi trường|", "group"},
		{"|Phòng 3|", "group"},
		{"H-7|||", ""},
		{"H01.26-7||", ""},
		{"||||6", ""},
		{"H-1|1.01|", ""},
		{"Người lập biểu|||Thủ trưởng đơn vị", "signature"},
		{"|||Đà Lạt, ngày … tháng … năm 2026", "signature"},
		{"(Ký, ghi rõ họ tên)", "signature"},
		{"Nơi nhận:", "signature"},
		{"H-1|1.000123|Trực tuyến", ""},
	} {
		texts := strings.Split(test.row, "|")
		first := ""
		for _, text := range texts {
			if first == "" {
				first = text
			}
		}
		got := ""
		switch _, group := Group(texts); {
		case Total(first):
			got = "total"
		case Numbers(texts):
			got = "numbers"
		case Signature(first):
			got = "signature"
		case group:
			got = "group"
		}
		if got != test.want {
			t.Errorf("%q is taken for %q, not for %q", test.row, got, test.want)
		}
	}
}
