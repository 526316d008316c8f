// Package file reads report files: CSV in the encodings that are met in offices, and Excel workbooks; one file, all files of a
// glob, or a report at an address.
//
// Here live the files' comings and goings, the encodings of text and its cutting into rows and cells; workbooks are cut
// in package xlsx, and a form is found in ii06a. What a cell means is the mapping's business.
package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"kpiagent/collectors"
	"kpiagent/collectors/httpclient"
	"kpiagent/config"
	"kpiagent/internal/canonical"
	"kpiagent/internal/kpi"
	"kpiagent/internal/outbound"
)

// Options are what a source takes from its process and from the rest of the configuration.
type Options struct {
	// Env is for reports that come from an address.
	Env outbound.Env
	// CutOff says where the months begin that the titles of a form name.
	CutOff kpi.CutOff
	// RowsAreUnits says that the rows of a form are units, and not the fields of work of one.
	RowsAreUnits bool
}

// Source is a file, the files of a glob, or a report at an address.
type Source struct {
	config  config.File
	options Options
	changed *collectors.Dates  // nil where the change column is a number
	client  *httpclient.Client // nil without a url

	patterns []*regexp.Regexp // of config.Texts
}

// New prepares the source; no file is touched before Read.
func New(given config.File, options Options) (*Source, error) {
	s := &Source{config: given, options: options}
	if given.Format == "" {
		s.config.Format = "csv"
	}
	switch given.Separator {
	case "":
		s.config.Separator = ","
	case `\t`:
		s.config.Separator = "\t"
	}
	if s.config.MaxRow <= 0 {
		s.config.MaxRow = 1 << 20
	}
	if s.config.HeaderRow <= 0 {
		s.config.HeaderRow = 1
	}
	s.workbookDefaults()
	for i, text := range given.Texts {
		pattern, err := regexp.Compile(text.Pattern)
		if err != nil {
			return nil, fmt.Errorf("file.texts[%d].pattern: %w", i, err)
		}
		s.patterns = append(s.patterns, pattern)
	}
	if given.URL != "" {
		client, err := httpclient.New(httpclient.Options{HTTP: given.HTTP, Block: "file", Address: given.URL}, options.Env)
		if err != nil {
			return nil, err
		}
		s.client = client
	}
	if given.Change != "" && given.ChangeLayout != "number" {
		dates, err := changeDates(given.ChangeLayout)
		if err != nil {
			return nil, fmt.Errorf("file.change_layout: %w", err)
		}
		s.changed = dates
	}
	return s, nil
}

func changeDates(layout string) (*collectors.Dates, error) {
	if layout == "" {
		return collectors.NewDates(nil)
	}
	return collectors.NewChangeDates(layout)
}

// Close does nothing: no file stays open between two reads.
func (s *Source) Close() error { return nil }

// Read reads the files where one of them changed since State; then it reads all of them, so that the result is always
// complete. State is a JSON object with size, time, inode and SHA-256 of each file, or of a report at an address with its
// SHA-256 and the marks by which the system knows whether it is still the same.
func (s *Source) Read(ctx context.Context, request collectors.Request, sink collectors.Sink) (collectors.Result, error) {
	if s.client != nil {
		return s.readAddress(ctx, request, sink)
	}
	paths, several, err := s.paths()
	if err != nil {
		return collectors.Result{}, err
	}
	before := stateOf(request.State)
	var after state
	for _, path := range paths {
		file, err := look(ctx, path, before, request.Now)
		if err != nil {
			return collectors.Result{}, err
		}
		after.Files = append(after.Files, file)
	}
	if !request.Full && len(before.Files) > 0 && before.sameContent(after) {
		return collectors.Result{State: after.String(), Unchanged: true}, nil
	}
	for _, file := range after.Files {
		if err := s.readFile(ctx, file, several, sink); err != nil {
			return collectors.Result{}, err
		}
	}
	return collectors.Result{State: after.String(), Complete: true}, nil
}

// ownerMark begins the small files that Excel keeps beside a workbook while a person has it open.
const ownerMark = "~$"

// paths lists the files, sorted. several says that path is a glob.
func (s *Source) paths() (paths []string, several bool, err error) {
	if !strings.ContainsAny(s.config.Path, `*?[`) {
		if _, err := os.Stat(s.config.Path); errors.Is(err, fs.ErrNotExist) {
			if found := composedOtherwise(s.config.Path); len(found) == 1 {
				return found, false, nil
			}
		}
		return []string{s.config.Path}, false, nil
	}
	if _, err := os.Stat(s.config.Path); err == nil { // a file whose name looks like a glob
		return []string{s.config.Path}, false, nil
	}
	found, err := filepath.Glob(s.config.Path)
	if err != nil {
		return nil, true, fmt.Errorf("file.path %q is no valid glob: %w", s.config.Path, err)
	}
	found = append(found, composedOtherwise(s.config.Path)...)
	paths = slices.DeleteFunc(found, func(path string) bool {
		info, err := os.Stat(path)
		return err == nil && info.IsDir() || strings.HasPrefix(filepath.Base(path), ownerMark)
	})
	if len(paths) == 0 {
		return nil, true, fmt.Errorf("no file matches %s; put the report there or correct path", s.config.Path)
	}
	slices.Sort(paths)
	return slices.Compact(paths), true, nil
}

// composedOtherwise lists the files of a folder whose names match a glob, or a name, when letters and their marks are one in both: macOS
// and some archives write them apart.
func composedOtherwise(path string) (found []string) {
	folder, name := filepath.Split(path)
	entries, err := os.ReadDir(filepath.Clean(folder))
	if err != nil {
		return nil // the glob has said what there is to say
	}
	for _, e := range entries {
		if ok, err := filepath.Match(norm.NFC.String(name), norm.NFC.String(e.Name())); ok && err == nil {
			found = append(found, filepath.Join(folder, e.Name()))
		}
	}
	return found
}

func (s *Source) readFile(ctx context.Context, file seen, several bool, sink collectors.Sink) error {
	opened, err := os.Open(file.Path)
	if err != nil {
		return explain(file.Path, err)
	}
	defer opened.Close()
	origin := ""
	if several {
		origin = file.Path
	}
	err = s.readTables(ctx, opened, place{origin: origin, file: filepath.Base(file.Path)}, sink)
	if ctx.Err() != nil {
		return explain(file.Path, err)
	}
	// A file that is being written looks damaged: say that first.
	info, errStat := os.Stat(file.Path)
	if errStat != nil {
		return explain(file.Path, errStat)
	}
	if !file.isStill(info) {
		return collectors.Transient(fmt.Errorf("file %s changed while it was read; the next run reads it again", file.Path))
	}
	if err != nil {
		return explain(file.Path, err)
	}
	return nil
}

// passMalformed passes on a row that cannot be taken; any other error it returns.
func passMalformed(line int64, err error, sink collectors.Sink) error {
	var broken *rowError
	if !errors.As(err, &broken) {
		return err
	}
	return sink.Malformed(line, broken.text, broken.err)
}

// pass passes on one row.
func (s *Source) pass(at collectors.Position, row table, values []collectors.Value, change int, sink collectors.Sink) error {
	if change >= 0 && canonical.Text(values[change].String()) != "" {
		changed, fault := s.changedAt(&values[change])
		if fault != nil {
			fault.Field = "change_column"
			return sink.Malformed(at.Number, row.text(), fault)
		}
		at.Changed = changed
	}
	swallowed, doubtful := swallowsRows(row, values)
	if doubtful {
		swallowed = strings.Clone(swallowed)
	}
	if err := sink.Row(at, values); err != nil {
		return err
	}
	if doubtful {
		sink.Warn(kpi.SwallowedRows, fmt.Sprintf("a cell of %d lines holds %d separators, as many as a row: %.80q; look whether a quote has swallowed rows",
			1+strings.Count(swallowed, "\n"), strings.Count(swallowed, row.(separated).separator()), swallowed))
	}
	return nil
}

func (s *Source) changedAt(value *collectors.Value) (int64, *kpi.Fault) {
	if s.changed == nil {
		text := canonical.Text(value.String())
		number, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return 0, &kpi.Fault{Reason: kpi.BadValue, Detail: strconv.Quote(text) + " is not a whole number"}
		}
		return number, nil
	}
	moment, fault := s.changed.Read(value)
	if fault != nil {
		return 0, fault
	}
	return moment.Micros(), nil
}

func folderError(path string) error {
	return fmt.Errorf("%s is a folder: name a file in it, or a glob such as %s", path, filepath.Join(path, "*.csv"))
}

// explain says what a file's error means to the person who has to mend it.
func explain(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no file %s; put the report there or correct path: %w", path, fs.ErrNotExist)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("file %s may not be read; give the agent's user the right to read it: %w", path, fs.ErrPermission)
	}
	return fmt.Errorf("file %s: %w", path, err)
}
