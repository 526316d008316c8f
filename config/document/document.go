// Package document reads a configuration file and the one YAML document in it, and says in plain words what is wrong with
// either. What the document means is the business of package config. No message shows a password.
package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// maxFile bounds what is read of a configuration file, in bytes.
const maxFile = 8 << 20

const startHint = "start from an example: config/examples/minimal.yml"

// Read returns the bytes of a file of at most 8 MB. wrong says what is amiss and what to do; "" where nothing is.
func Read(path string) (text []byte, wrong string) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "there is no such file; name yours with --config FILE, or " + startHint
	}
	if err != nil {
		return nil, fmt.Sprintf("cannot be opened: %v; let the agent's user read it", errors.Unwrap(err))
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, "is a folder; name the configuration file inside it, for example --config " + strings.TrimRight(path, "/") + "/kpiagent.yml"
	}
	text, err = io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, fmt.Sprintf("cannot be read: %v", err)
	}
	if len(text) > maxFile {
		return nil, fmt.Sprintf("has more than %d bytes; this is hardly a configuration file", maxFile)
	}
	return text, ""
}

// Parse returns the root of the one YAML document in text. Otherwise wrong says what is amiss, on which line; 0 is the whole.
func Parse(text []byte) (root *yaml.Node, line int, wrong string) {
	if !bytes.HasPrefix(text, []byte("\xff\xfe")) && !bytes.HasPrefix(text, []byte("\xfe\xff")) {
		number := 0
		for one := range bytes.Lines(text) {
			if number++; !utf8.Valid(one) {
				return nil, number, "is not UTF-8 text; save the file as UTF-8"
			}
		}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	err := decode(decoder, &document)
	if errors.Is(err, io.EOF) || err == nil && IsNull(document.Content[0]) {
		return nil, 0, "is empty; " + startHint
	}
	if err == nil {
		err = decode(decoder, &second)
		if err == nil {
			return nil, second.Line, "a second document begins here; keep one configuration in a file and take out the line ---"
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		line, wrong = syntax(err, text)
		return nil, line, wrong
	}
	return document.Content[0], 0, ""
}

// decode keeps a panic of the YAML library from ending the agent.
func decode(decoder *yaml.Decoder, into *yaml.Node) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("yaml: the parser gave up: %v", r)
		}
	}()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if len(into.Content) == 0 {
		return io.EOF
	}
	return nil
}

// IsNull reports whether a node holds no value.
func IsNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

var (
	errorLine     = regexp.MustCompile(`line (\d+): `)
	unknownAnchor = regexp.MustCompile(`unknown anchor '([^']*)' referenced`)
)

// syntax turns an error of the YAML library into a line and a sentence. The sentence never shows the file's content: it
// may be a secret that was put in the wrong place.
func syntax(err error, text []byte) (line int, wrong string) {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	if m := errorLine.FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = strings.Replace(message, m[0], "", 1)
	}
	if at := tabLine(text); at > 0 && (line == 0 || at <= line+1) {
		return at, "a tab stands in the indentation; indent with spaces"
	}
	if m := unknownAnchor.FindStringSubmatch(message); m != nil {
		if at := bytes.Index(text, []byte("*"+m[1])); at >= 0 {
			line = 1 + bytes.Count(text[:at], []byte("\n"))
		}
		return line, "refers with * to an anchor that is not there; write the anchor with & above it, or put a text that begins with * in quotes"
	}
	switch {
	case strings.Contains(message, "mapping values are not allowed"):
		message = `is not YAML: a colon stands where none may be; put a text that contains ": " in quotes, and check the indentation`
	case strings.Contains(message, "did not find expected key"), strings.Contains(message, "did not find expected '-' indicator"):
		message = "is not YAML: the block that this line belongs to is broken; check the indentation and the quotes here and above"
	case strings.Contains(message, "did not find expected ',' or"):
		// Of this error the library gives the line before the one where the brackets begin.
		return line + 1, `is not YAML: what stands in the brackets that begin here is broken; put texts that contain ": ", {, }, [ or ] ` +
			"in quotes, and look for a comma or a bracket that is missing"
	case strings.Contains(message, "found character that cannot start any token"):
		return max(line, 1), "is not YAML: a text begins with a character that YAML keeps for itself, such as @, % or `; put the text in quotes"
	case strings.Contains(message, "unexpected end of stream"):
		message = "is not YAML: a quote is opened and not closed; close it"
	default:
		message = "is not YAML: " + Mask(message)
	}
	return line, message
}

// tabLine returns the first line whose indentation has a tab, or 0.
func tabLine(text []byte) int {
	number := 0
	for line := range bytes.Lines(text) {
		number++
		rest := bytes.TrimLeft(line, " ")
		if len(rest) > 0 && rest[0] == '\t' && len(bytes.TrimSpace(rest)) > 0 {
			return number
		}
	}
	return 0
}
