package rest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"kpiagent/collectors/httpclient"
	"kpiagent/collectors/jq"
)

// errShrunk says that rows vanished while the pages were read: others moved up, and some may have been skipped.
var errShrunk = errors.New("rows vanished while the pages were read, in every try, so some may have been skipped; ask for an order in which rows do not move up, or for pages by a cursor, or read at night")

// pages asks for one page after the other, and passes their rows on.
func (r *reading) pages(ctx context.Context) error {
	address, err := r.start()
	if err != nil {
		return err
	}
	w := &way{reading: r, marks: map[string]bool{}}
	for address != "" {
		if p := r.source.config.Pages; p != nil && r.asked >= p.MaxPages {
			return r.at(address, fmt.Errorf("there are more than pages.max_pages %d; raise it, or raise pages.size", p.MaxPages))
		}
		r.asked++
		got, err := r.ask(ctx, address)
		if err != nil {
			return err
		}
		if err := r.take(ctx, got); err != nil {
			return r.at(address, err)
		}
		next, err := w.next(ctx, got)
		if err != nil {
			return r.at(address, err)
		}
		address = next
		clear(r.rows) // so that two pages are never held at once
	}
	return r.at(r.source.config.URL, r.ended(ctx, w))
}

// at adds the place to an error.
func (r *reading) at(address string, err error) error {
	if err == nil {
		return nil
	}
	return httpclient.At(address, r.page(), err)
}

// ended looks at a read that came to its end.
func (r *reading) ended(ctx context.Context, w *way) error {
	if err := r.countsFromZero(ctx, w); err != nil {
		return err
	}
	if r.drifted = r.drifts(w); r.drifted && r.slips.repeated > 0 {
		return errMoved
	}
	if w.total >= 0 && r.number < w.total {
		return errShrunk
	}
	if r.looked && r.source.config.OmitsEmpty && r.complete {
		return r.missing(nil)
	}
	return r.columnsToSink()
}

// start returns the address of the first page.
func (r *reading) start() (string, error) {
	parsed, err := url.Parse(r.source.config.URL)
	if err != nil {
		return "", fmt.Errorf("rest.url: %w", err)
	}
	var added []string
	r.parameters(func(name, value string) { added = append(added, parameter(name, value)) })
	if p := r.source.config.Pages; p != nil {
		if p.SizeParameter != "" {
			added = append(added, parameter(p.SizeParameter, strconv.Itoa(p.Size)))
		}
		switch p.By {
		case "page":
			added = append(added, parameter(p.Parameter, strconv.FormatInt(p.First, 10)))
		case "offset":
			added = append(added, parameter(p.Parameter, "0"))
		}
	}
	if parsed.RawQuery != "" {
		added = append([]string{parsed.RawQuery}, added...)
	}
	parsed.RawQuery = strings.Join(added, "&")
	return parsed.String(), nil
}

func parameter(name, value string) string {
	return url.QueryEscape(name) + "=" + url.QueryEscape(value)
}

// way is the way through the pages.
type way struct {
	*reading
	marks map[string]bool // cursors and addresses that were followed
	total int64           // what the system said; -1 unknown
	told  bool
}

// next returns the address of the page after an answer; "" after the last.
func (w *way) next(ctx context.Context, got *answer) (string, error) {
	p := w.source.config.Pages
	if err := w.count(ctx, got); err != nil || p == nil {
		return "", err
	}
	if w.source.more != nil {
		more, err := w.value(ctx, "more", w.source.more, got)
		if err != nil || more == nil || more == false {
			return "", err
		}
	}
	switch p.By {
	case "page", "offset":
		if len(w.rows) == 0 && w.source.more == nil {
			return "", nil
		}
		at := p.First + int64(w.asked)
		if p.By == "offset" {
			// A system may give fewer rows than were asked for.
			if at = w.number; len(w.rows) == 0 {
				return "", errors.New("pages.more says that another page follows a page without rows; correct pages.more")
			}
		}
		return w.with(p.Parameter, strconv.FormatInt(at, 10))
	case "cursor":
		return w.byCursor(ctx, p.Parameter, got)
	}
	return w.byLink(ctx, got)
}

// count follows how many rows there are in all.
func (w *way) count(ctx context.Context, got *answer) error {
	if w.source.total == nil {
		w.total = -1
		return nil
	}
	value, err := w.value(ctx, "total", w.source.total, got)
	if err != nil {
		return err
	}
	total, ok := jq.Whole(value)
	if !ok || total < 0 {
		return fmt.Errorf("pages.total %s gives %s where a number of rows was expected; correct it", w.source.config.Pages.Total, jq.KindOf(value))
	}
	if w.told && total < w.total {
		return errShrunk
	}
	w.total, w.told = total, true
	return nil
}

func (w *way) value(ctx context.Context, key string, code *jq.Expression, got *answer) (any, error) {
	value, err := code.First(ctx, got.body)
	if err != nil {
		return nil, fmt.Errorf("pages.%s: %w", key, err)
	}
	return value, nil
}

// with returns the first address with one parameter set.
func (w *way) with(name, value string) (string, error) {
	address, err := w.start()
	if err != nil {
		return "", err
	}
	parsed, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("rest.url: %w", err)
	}
	query := parsed.Query()
	query.Set(name, value)
	parsed.RawQuery = query.Encode()
	return parsed.String(), nil
}

func (w *way) byCursor(ctx context.Context, name string, got *answer) (string, error) {
	value, err := w.value(ctx, "next", w.source.next, got)
	if err != nil {
		return "", err
	}
	mark, err := w.mark(value)
	if err != nil || mark == "" {
		return "", err
	}
	return w.with(name, mark)
}

// mark reads what next gives; one that came before would go on for ever.
func (w *way) mark(value any) (string, error) {
	text, isText := value.(string)
	if number, isNumber := jq.Whole(value); isNumber && !isText {
		text = strconv.FormatInt(number, 10)
	} else if value == nil || value == false {
		return "", nil
	} else if !isText {
		return "", fmt.Errorf("pages.next gives %s where a text was expected; correct it", jq.KindOf(value))
	}
	if w.marks[text] {
		return "", errors.New("pages.next gives the same mark a second time, so the pages would go on for ever; correct pages.parameter and pages.next")
	}
	w.marks[text] = true
	return text, nil
}

// byLink follows the address that the answer gives, never to another host.
func (w *way) byLink(ctx context.Context, got *answer) (string, error) {
	text := linkOf(got.header.Values("Link"))
	if w.source.next != nil {
		value, err := w.value(ctx, "next", w.source.next, got)
		if err != nil {
			return "", err
		}
		if value == nil || value == false {
			return "", nil
		}
		isText := false
		if text, isText = value.(string); !isText {
			return "", fmt.Errorf("pages.next gives %s where an address was expected; correct it", jq.KindOf(value))
		}
	}
	if text == "" {
		return "", nil
	}
	base, err := url.Parse(got.address)
	if err != nil {
		return "", fmt.Errorf("the page's address: %w", err)
	}
	target, err := base.Parse(text)
	if err != nil {
		return "", fmt.Errorf("the address of the next page cannot be read: %.80q; correct pages.next", text)
	}
	if !httpclient.SameHost(base, target) {
		return "", fmt.Errorf("the next page is on another host, %s://%s, where credentials must not go; ask the system's owner, or use pages by page, offset or cursor", target.Scheme, target.Host)
	}
	return w.mark(target.String())
}

// linkOf finds rel=next in the headers Link.
func linkOf(headers []string) string {
	for _, header := range headers {
		for rest := header; ; {
			_, after, found := strings.Cut(rest, "<")
			if !found {
				break
			}
			address, parameters, closed := strings.Cut(after, ">")
			if !closed {
				break
			}
			until := strings.IndexByte(parameters, '<')
			if until < 0 {
				until = len(parameters)
			}
			for _, one := range strings.Split(parameters[:until], ";") {
				name, value, _ := strings.Cut(strings.Trim(one, " ,\t"), "=")
				if strings.EqualFold(strings.TrimSpace(name), "rel") && hasWord(strings.Trim(value, `" `), "next") {
					return address
				}
			}
			rest = parameters[until:]
		}
	}
	return ""
}

func hasWord(text, word string) bool {
	for one := range strings.FieldsSeq(text) {
		if strings.EqualFold(one, word) {
			return true
		}
	}
	return false
}
