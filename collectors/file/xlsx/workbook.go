// Package xlsx reads the sheets of an Excel workbook (.xlsx, .xlsm) each as a stream of typed rows.
//
// Here live the parts of the zip container that a sheet needs, the choice of the sheet, its header and its cells. Other
// parts (macros, pictures, links) are never opened, and formulas are never computed: the value that was stored with them
// counts. Which files there are, and what a row means, is not known here.
package xlsx

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"kpiagent/collectors"
)

// Options say what to read and how much of it. All numbers must be positive, but for HeaderRows.
type Options struct {
	Sheet       string // name, or number of the visible tab from 1, or for Sheets a glob; "" for the first visible one
	HeaderRow   int    // the first row of the header, as Excel numbers it
	HeaderRows  int    // how many rows the header has; 0 for a sheet that is read as it is, from its first row
	MaxUnzipped int64  // bytes that all parts that are read may have together
	MaxRows     int64  // rows behind the header that hold something
	MaxRowBytes int    // bytes of text in one row
}

// Sheet returns the rows of a sheet, one after the other. It keeps one row and the workbook's shared texts in memory.
type Sheet struct {
	options Options
	scan    *scanner
	texts   []string
	styles  []bool // by the number of a cell style: whether it shows dates
	from    epoch
	title   string
	names   []string
	above   strings.Builder // texts of the rows before the header

	row     int64 // of cells
	cells   []collectors.Value
	used    int // how many of cells are touched
	width   int // cells that count; 0 while the header is read, and without one
	size    int // bytes of text in cells
	pending bool
	inside  bool // between the beginning and the end of the rows
	taken   int64
	scratch []byte
}

// RowError is a row that cannot be taken; reading goes on behind it.
type RowError struct {
	Text string
	Err  error
}

func (e *RowError) Error() string { return e.Err.Error() }
func (e *RowError) Unwrap() error { return e.Err }

// What a spreadsheet may have at most, as Excel has it.
const (
	mostRows    = 1 << 20
	mostColumns = 1 << 14
	mostStyles  = 1 << 16
)

// container is the zip file with the workbook's parts.
type container struct {
	ctx   context.Context
	parts map[string]*zip.File // by name in small letters
	left  int64                // bytes that may still be unpacked
	limit int64
}

// Workbook is an open workbook, whose sheets are read one after the other.
type Workbook struct {
	options   Options
	container *container
	book      *book
	texts     []string
	styles    []bool
}

// OpenWorkbook reads what all sheets share. The errors say what is wrong with the workbook and what to do.
func OpenWorkbook(ctx context.Context, from io.ReaderAt, size int64, options Options) (w *Workbook, err error) {
	defer contain(&err)
	c, err := unzip(ctx, from, size, options.MaxUnzipped)
	if err != nil {
		return nil, err
	}
	w = &Workbook{options: options, container: c}
	if w.book, err = c.workbook(); err != nil {
		return nil, err
	}
	if w.styles, err = c.styles(w.book.styles); err != nil {
		return nil, err
	}
	w.texts, err = c.sharedTexts(w.book.texts)
	return w, err
}

// Open finds the one sheet that options name and reads its header.
func Open(ctx context.Context, from io.ReaderAt, size int64, options Options) (*Sheet, error) {
	w, err := OpenWorkbook(ctx, from, size, options)
	if err != nil {
		return nil, err
	}
	return w.Sheet()
}

// Sheet returns the one sheet that options name.
func (w *Workbook) Sheet() (*Sheet, error) {
	chosen, err := w.book.choose(w.options.Sheet)
	if err != nil {
		return nil, err
	}
	return w.open(chosen)
}

// Sheets calls each for every sheet that options name: one, or with a glob all visible ones that it fits and that have rows.
func (w *Workbook) Sheets(each func(*Sheet) error) error {
	chosen, several, err := w.book.chooseAll(w.options.Sheet)
	if err != nil {
		return err
	}
	read := 0
	for _, one := range chosen {
		sheet, err := w.open(one)
		if several && errors.Is(err, errNoRows) {
			continue
		}
		if err != nil {
			return err
		}
		if err := each(sheet); err != nil {
			if several {
				err = fmt.Errorf("sheet %q: %w", one.name, err)
			}
			return err
		}
		read++
	}
	if read == 0 {
		return fmt.Errorf("%w: none of the sheets %s has any; correct sheet", errNoRows, listed(chosen))
	}
	return nil
}

// errNoRows says that a sheet is empty, as spare ones are.
var errNoRows = errors.New("the sheet has no rows")

func (w *Workbook) open(chosen tab) (s *Sheet, err error) {
	defer contain(&err)
	s = &Sheet{options: w.options, title: chosen.name, from: w.book.from, styles: w.styles, texts: w.texts}
	if w.options.HeaderRows == 0 {
		s.scan, err = w.container.open(chosen.part)
		return s, err
	}
	areas, err := w.container.mergedAreas(chosen.part, w.options.HeaderRow, w.options.HeaderRow+w.options.HeaderRows-1)
	if err != nil {
		return nil, err
	}
	if s.scan, err = w.container.open(chosen.part); err != nil {
		return nil, err
	}
	if s.names, err = s.header(areas); err != nil {
		return nil, fmt.Errorf("sheet %q: %w", chosen.name, err)
	}
	s.width = len(s.names)
	return s, nil
}

// Title returns the sheet's name, as its tab shows it.
func (s *Sheet) Title() string { return s.title }

// Above returns the texts in the rows above the header, a line for each row.
func (s *Sheet) Above() string { return s.above.String() }

// Names returns the column names, "" for a column without one; nil without a header.
func (s *Sheet) Names() []string { return s.names }

// contain makes a panic an error of the workbook: its bytes come from strangers.
func contain(err *error) {
	if value := recover(); value != nil {
		*err = fmt.Errorf("the workbook is damaged in a way that stops its reading (%v); open it in Excel, save it again, and report this", value)
	}
}

var errDamaged = errors.New("the workbook is cut off or damaged; copy it again, or open it in Excel and save it")

func damaged(err error) error {
	var ended stopped
	if errors.As(err, &ended) || errors.Is(err, errLimit) {
		return err
	}
	return fmt.Errorf("%w: %w", errDamaged, err)
}

// stopped is why a read was broken off.
type stopped struct{ error }

func (s stopped) Unwrap() error { return s.error }

func unzip(ctx context.Context, from io.ReaderAt, size, limit int64) (*container, error) {
	if err := recognise(ctx, from, size); err != nil {
		return nil, err
	}
	if size > limit {
		return nil, fmt.Errorf("%w: the file alone has %d bytes, and max_unzipped_bytes is %d", errLimit, size, limit)
	}
	listing := &directory{from: from, left: mostDirectory}
	archive, err := zip.NewReader(listing, size)
	if err != nil {
		return nil, damaged(err)
	}
	listing.known = true
	c := &container{ctx: ctx, parts: make(map[string]*zip.File, len(archive.File)), left: limit, limit: limit}
	for _, part := range archive.File {
		name := partName(part.Name)
		if c.parts[name] == nil {
			c.parts[name] = part
		}
	}
	return c, nil
}

// mostDirectory bounds the bytes of a zip's directory: it is kept in memory, and a workbook has some dozens of parts.
const mostDirectory = 4 << 20

// directory returns no more than left bytes until the parts are known.
type directory struct {
	from  io.ReaderAt
	left  int64
	known bool
}

func (d *directory) ReadAt(into []byte, at int64) (int, error) {
	if d.left -= int64(len(into)); d.left < 0 && !d.known {
		return 0, fmt.Errorf("%w: its directory alone has more than %d bytes, which no report needs", errLimit, mostDirectory)
	}
	return d.from.ReadAt(into, at)
}

// partName makes names alike that differ in what programs are careless about.
func partName(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Clean("/"+strings.ReplaceAll(name, "\\", "/")), "/"))
}

var errLimit = errors.New("the workbook unpacks to more than is allowed")

// errNoPart says that a part is not in the workbook.
var errNoPart = errors.New("a part is missing")

// unpack opens a part. What is read of it counts against the limit, also where the directory lies about its size.
func (c *container) unpack(name string) (io.Reader, error) {
	part := c.parts[partName(name)]
	if part == nil {
		return nil, fmt.Errorf("%w: %w: %s", errDamaged, errNoPart, name)
	}
	if part.UncompressedSize64 > uint64(c.left) {
		return nil, c.tooLarge()
	}
	opened, err := part.Open()
	if err != nil {
		return nil, damaged(err)
	}
	return &unpacking{container: c, from: opened}, nil
}

func (c *container) tooLarge() error {
	return fmt.Errorf("%w: max_unzipped_bytes is %d; if it is a real report, raise it or split the report", errLimit, c.limit)
}

// unpacking reads a part, ends with the context, and keeps to the limit. At its end the zip's checksum has been compared.
type unpacking struct {
	container *container
	from      io.Reader
}

func (u *unpacking) Read(into []byte) (int, error) {
	if u.container.ctx.Err() != nil {
		return 0, stopped{context.Cause(u.container.ctx)}
	}
	n, err := u.from.Read(into)
	if u.container.left -= int64(n); u.container.left < 0 {
		return 0, u.container.tooLarge()
	}
	return n, err
}
