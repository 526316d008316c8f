// Package listing recognises the rows of a list as offices lay it out that are none of its entries: sums, numbers of the
// columns, headings of groups, and what stands around signatures.
//
// Here live the words and shapes by which such rows are known, in CSV files, workbooks and web pages alike. What becomes of
// them is the business of those who read the list.
package listing

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Plain returns a text in small letters without marks, and one space between its words.
func Plain(text string) string {
	var letters strings.Builder
	for _, letter := range norm.NFD.String(strings.ToLower(text)) {
		switch {
		case unicode.Is(unicode.Mn, letter):
		case letter == 'đ':
			letters.WriteByte('d')
		default:
			letters.WriteRune(letter)
		}
	}
	return strings.Join(strings.Fields(letters.String()), " ")
}

// Total reports whether a text names a sum. "Cộng" counts with its marks only: công chứng is a field of work, and a tổng công
// ty is a unit.
func Total(text string) bool {
	if begin := strings.TrimLeft(text, " \t"); begin == "" || !strings.ContainsRune("tTcC", rune(begin[0])) {
		return false
	}
	plain := Plain(text)
	return plain == "tong" || plain == "tong:" || strings.HasPrefix(plain, "tong cong") && !strings.HasPrefix(plain, "tong cong ty") ||
		strings.HasPrefix(plain, "tong so") || isSum(text)
}

// isSum knows "Cộng", and "Cộng" with a number or a mark behind it, but no other word.
func isSum(text string) bool {
	const sum = "cộng"
	text = strings.ToLower(norm.NFC.String(strings.TrimSpace(text)))
	rest, begins := strings.CutPrefix(text, sum)
	return begins && !strings.ContainsFunc(rest, unicode.IsLetter)
}

// columnNumber begins the number of a column: (1), 1, (3)=(4)+(5)+(6), or -1, which Excel makes of (1).
var columnNumber = regexp.MustCompile(`^[(\[-]?\s*(\d{1,2})(?:\D|$)`)

// ColumnNumber returns the number that a text gives a column.
func ColumnNumber(text string) (number int, is bool) {
	m := columnNumber.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	number, err := strconv.Atoi(m[1])
	return number, err == nil
}

// Numbers reports whether the texts of a row number its columns: (1), (2), (3) or A, B, 1, 2 from left to right, three of them at
// least.
func Numbers(texts []string) bool {
	letter, next, found := 'A', 1, 0
	for _, text := range texts {
		if text == "" {
			continue
		}
		if bare := strings.Trim(text, "()[] "); next == 1 && strings.EqualFold(bare, string(letter)) {
			letter++
			found++
			continue
		}
		if n, is := ColumnNumber(text); !is || n != next || strings.ContainsAny(text, "/.,:") {
			return false
		}
		next++
		found++
	}
	return found >= 3 && next > 1
}

// numeral begins the heading of a group: I, II., 1.2, A), a.
var numeral = regexp.MustCompile(`^(?:[IVXivx]+|[A-Za-z]|\d{1,2}(?:\.\d{1,2})*)[.)]?$`)

// Group returns the heading that is all that a row holds, in its first two columns: "I. Lĩnh vực Đất đai", or I and Lĩnh vực Đất
// đai. A code is none, so that a record that lacks all but its id is not taken for a heading.
func Group(texts []string) (heading string, is bool) {
	for i, text := range texts {
		if text != "" && i > 1 {
			return "", false
		}
	}
	first, second := at(texts, 0), at(texts, 1)
	switch {
	case second == "":
		heading = first
	case first == "" || numeral.MatchString(first):
		heading = second
	default:
		return "", false
	}
	return heading, words(heading)
}

func at(texts []string, i int) string {
	if i >= len(texts) {
		return ""
	}
	return texts[i]
}

// words reports whether a text is one for people: it has two letters in a row, and digits only in words of their own.
func words(text string) bool {
	lettered := false
	for word := range strings.FieldsSeq(text) {
		letters := strings.ContainsFunc(word, unicode.IsLetter)
		if letters && strings.ContainsFunc(word, unicode.IsDigit) {
			return false
		}
		lettered = lettered || letters && len([]rune(word)) > 1
	}
	return lettered
}

// signs begin what stands around signatures, in plain letters.
var signs = []string{"nguoi lap", "nguoi tong hop", "thu truong", "noi nhan", "(ky", "ky, ", "ky ten", "ky va ghi", "ho va ten", "ghi ro ho ten",
	"dai dien don vi", "xac nhan cua", "ke toan truong", "truong phong", "giam doc", "chanh van phong", "chu tich", "tl. ", "kt. ", "tm. "}

// placeAndDate is the line above a signature: Hà Nội, ngày 16 tháng 01 năm 2026, also where its numbers are still dots.
var placeAndDate = regexp.MustCompile(`ngay\s*[\d.…_]*\s*thang\s*[\d.…_]*\s*nam`)

// Signature reports whether the first text of a row that is nearly empty is one of those around signatures.
func Signature(text string) bool {
	plain := Plain(text)
	for _, sign := range signs {
		if strings.HasPrefix(plain, sign) {
			return true
		}
	}
	return placeAndDate.MatchString(plain)
}
