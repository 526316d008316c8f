package xlsx

import (
	"encoding/xml"
	"errors"
	"strconv"

	"github.com/xuri/nfp"
)

// styles says for each cell style whether it shows numbers as dates.
func (c *container) styles(part string) ([]bool, error) {
	scan, err := c.openOptional(part)
	if scan == nil {
		return nil, err
	}
	own := map[string]bool{} // by number format id
	var formats []string     // of the cell styles
	group := ""
	err = scan.each(func(tag xml.StartElement) error {
		switch tag.Name.Local {
		case "cellXfs", "cellStyleXfs", "dxfs":
			group = tag.Name.Local
		case "numFmt":
			if len(own) < mostStyles && group == "" {
				own[attribute(tag, "numFmtId")] = showsDate(attribute(tag, "formatCode"))
			}
		case "xf":
			if len(formats) < mostStyles && group == "cellXfs" {
				formats = append(formats, attribute(tag, "numFmtId"))
			}
		}
		return nil
	})
	dates := make([]bool, len(formats))
	for i, id := range formats {
		shows, given := own[id]
		dates[i] = shows || !given && builtInDate(id)
	}
	return dates, err
}

// openOptional opens a part that a workbook may lack; then the scanner is nil.
func (c *container) openOptional(part string) (*scanner, error) {
	if part == "" {
		return nil, nil
	}
	scan, err := c.open(part)
	if errors.Is(err, errNoPart) {
		return nil, nil
	}
	return scan, err
}

// builtInDate knows the number formats that a workbook names without writing them out. 46 is a duration.
func builtInDate(id string) bool {
	n, err := strconv.Atoi(id)
	switch {
	case err != nil:
		return false
	case n >= 14 && n <= 22, n >= 27 && n <= 36, n == 45, n == 47, n >= 50 && n <= 58, n >= 71 && n <= 81:
		return true
	}
	return false
}

// longestFormat bounds a number format; Excel allows 255 characters.
const longestFormat = 1024

// showsDate reports whether a number format shows a date or a time of day. Durations such as [h]:mm are numbers.
func showsDate(format string) bool {
	if len(format) > longestFormat {
		return false
	}
	parser := nfp.NumberFormatParser()
	sections := parser.Parse(format)
	if len(sections) == 0 {
		return false
	}
	shows := false
	for _, item := range sections[0].Items {
		switch item.TType {
		case nfp.TokenTypeElapsedDateTimes:
			return false
		case nfp.TokenTypeDateTimes:
			shows = true
		}
	}
	return shows
}
