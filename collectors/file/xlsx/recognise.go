package xlsx

import (
	"bytes"
	"context"
	"errors"
	"io"
)

// searched bounds the search for the mark of an encrypted workbook.
const searched = 64 << 20

// recognise says what a file is that is no workbook of this format, whatever its name.
func recognise(ctx context.Context, from io.ReaderAt, size int64) error {
	if size == 0 {
		return errors.New("the file is empty; its writer may not be done with it")
	}
	begin := make([]byte, min(512, size))
	if n, err := from.ReadAt(begin, 0); err != nil && !(errors.Is(err, io.EOF) && n == len(begin)) {
		return err
	}
	switch {
	case bytes.HasPrefix(begin, []byte("PK")):
		return nil
	case bytes.HasPrefix(begin, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")):
		encrypted, err := holds(ctx, io.NewSectionReader(from, 0, min(size, searched)), []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"))
		if err != nil {
			return err
		}
		if encrypted {
			return errors.New("the workbook is encrypted with a password; save it without one, and protect its folder instead")
		}
		return errors.New("the file is in the old format .xls, whatever its name; open it in Excel and save it as .xlsx")
	case bytes.HasPrefix(bytes.TrimLeft(begin, "\xEF\xBB\xBF \t\r\n"), []byte("<")):
		return errors.New("the file is a web page or XML under the name of a workbook; open it in Excel and save it as .xlsx")
	case bytes.IndexByte(begin, 0) < 0 || bytes.HasPrefix(begin, []byte("\xFF\xFE")) || bytes.HasPrefix(begin, []byte("\xFE\xFF")):
		return errors.New("the file is text, such as CSV, under the name of a workbook; write format: csv, or save it as .xlsx")
	}
	return errors.New("the file is no Excel workbook; save the report as .xlsx")
}

// holds reports whether the bytes occur.
func holds(ctx context.Context, from io.Reader, wanted []byte) (bool, error) {
	buffer := make([]byte, 64<<10)
	kept := 0
	for {
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		n, err := from.Read(buffer[kept:])
		if bytes.Contains(buffer[:kept+n], wanted) {
			return true, nil
		}
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		tail := buffer[max(0, kept+n-len(wanted)+1) : kept+n]
		kept = copy(buffer, tail)
	}
}
