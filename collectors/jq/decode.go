package jq

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// counter counts what is read.
type counter struct {
	from  io.Reader
	count int64
}

func (c *counter) Read(into []byte) (int, error) {
	n, err := c.from.Read(into)
	c.count += int64(n)
	return n, err
}

// Decode reads the one JSON value that from holds. Numbers stay as they are written. How much may be read is for from to
// say; its errors are given back as they are, what is wrong with the JSON is told with its place.
func Decode(from io.Reader) (any, error) {
	counted := &counter{from: from}
	buffered := bufio.NewReader(counted)
	if mark, _ := buffered.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		if _, err := buffered.Discard(3); err != nil {
			return nil, err
		}
	}
	decoder := json.NewDecoder(buffered)
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, wrong(err, counted.count)
	}
	_, err := decoder.Token()
	switch {
	case err == io.EOF:
		return value, nil
	case err == nil, err == io.ErrUnexpectedEOF, errors.As(err, new(*json.SyntaxError)):
		return nil, fmt.Errorf("something follows the JSON after byte %d; one value is expected: where it is one object a line (JSON lines), "+
			"ask the system's owner for a list", decoder.InputOffset())
	}
	return nil, err
}

// wrong says what is wrong with the JSON.
func wrong(err error, count int64) error {
	var syntax *json.SyntaxError
	switch {
	case err == io.EOF:
		return errors.New("the answer is empty where JSON was expected")
	case err == io.ErrUnexpectedEOF:
		return fmt.Errorf("the JSON ends in the middle, after %d bytes; the system or a proxy before it cut it off", count)
	case errors.As(err, &syntax):
		return fmt.Errorf("the answer is not JSON: byte %d: %w", syntax.Offset, syntax)
	}
	return err
}
