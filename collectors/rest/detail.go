package rest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strings"

	"golang.org/x/sync/errgroup"

	"kpiagent/collectors"
	"kpiagent/collectors/httpclient"
	"kpiagent/collectors/jq"
	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// detail is the second answer that each row needs.
type detail struct {
	config config.Detail
	parts  []part
	row    *jq.Expression
}

// part is a stretch of the detail's address: literal text, or what a row has in a member.
type part struct {
	literal string
	member  *column
	escape  func(string) string
}

func newDetail(given *config.Detail) (*detail, error) {
	if given == nil {
		return nil, nil
	}
	d := &detail{config: *given}
	var err error
	if d.row, err = jq.Compile(given.Row); err != nil {
		return nil, fmt.Errorf("rest.detail.row: %w", err)
	}
	escape := url.PathEscape
	for rest := given.URL; rest != ""; {
		literal, after, found := strings.Cut(rest, "{")
		if strings.Contains(literal, "?") {
			escape = url.QueryEscape
		}
		d.parts = append(d.parts, part{literal: literal})
		if !found {
			break
		}
		name, next, closed := strings.Cut(after, "}")
		if !closed {
			return nil, fmt.Errorf("rest.detail.url has an open brace; write {member}")
		}
		d.parts = append(d.parts, part{member: &columnsOf([]config.Column{{Name: name}})[0], escape: escape})
		rest = next
	}
	return d, nil
}

// address returns the address of a row's detail. What stands in the row cannot lead out of its place in the address.
func (d *detail) address(row map[string]any) (string, error) {
	var address strings.Builder
	for _, p := range d.parts {
		address.WriteString(p.literal)
		if p.member == nil {
			continue
		}
		found, _ := p.member.of(row)
		var value collectors.Value
		fits := collectors.ValueOf(found, &value)
		switch text := strings.TrimSpace(value.String()); {
		case !fits:
			return "", fmt.Errorf("the address of its detail needs a text in %s, which is %s", p.member.name, jq.KindOf(found))
		case text == "":
			return "", fmt.Errorf("the address of its detail needs %s, which is empty", p.member.name)
		case text == "." || text == "..":
			return "", fmt.Errorf("the address of its detail cannot have %q for %s", text, p.member.name)
		default:
			address.WriteString(p.escape(text))
		}
	}
	return address.String(), nil
}

const (
	// atATime is of how many rows the details are held at once.
	atATime = 100
	// mostInVain is after how many failures, without any success, the details are taken for unreachable.
	mostInVain = 20
)

// details asks for the details of rows and merges them into these. faults has, for each row, why that was not possible. An
// error ends the read: the system refuses the agent, fails, is gone, or has no details at all.
//
// Until one detail came they are asked for one after the other, so that what a refusal means depends on the order of the rows only.
func (r *reading) details(ctx context.Context, rows []map[string]any) (faults []*kpi.Fault, err error) {
	faults = make([]*kpi.Fault, len(rows))
	begun := 0
	for ; begun < len(rows) && !r.detailed; begun++ {
		fault, err := r.withDetail(ctx, rows[begun])
		if err != nil {
			return nil, err
		}
		if faults[begun] = fault; fault == nil {
			r.detailed = true
		} else if r.inVain++; r.inVain >= mostInVain {
			return nil, r.noneCame(fault.Detail)
		}
	}
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(r.source.detail.config.AtOnce)
	for i, row := range rows[begun:] {
		if inner.Err() != nil {
			break
		}
		group.Go(func() error {
			fault, err := r.withDetail(inner, row)
			faults[begun+i] = fault
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return faults, nil
}

// onlyItsRow reports whether an error is about one detail alone: there is none, it is none, or it is not for the agent, which the
// list was for. A system that fails has the detail nonetheless: passed over, it would not be asked for again before the next full read.
func (r *reading) onlyItsRow(err error) bool {
	var content *contentError
	status := httpclient.Status(err)
	return errors.As(err, &content) || status > 0 && status < 500 || httpclient.Forbidden(err)
}

// noneCame ends a read that got no detail at all. Where each was forbidden, the agent has no right to any, and does not ask again
// before its secret changes.
func (r *reading) noneCame(last string) error {
	if r.forbidden == r.inVain {
		return fmt.Errorf("none of the details of the first %d rows is for the agent's account; ask the system's owner for the right to read them: %s: %w", r.inVain, last, collectors.ErrAuth)
	}
	return fmt.Errorf("none of the first %d rows has a detail; correct detail.url and detail.row: %s", r.inVain, last)
}

// withDetail asks for the detail of one row and merges it.
func (r *reading) withDetail(ctx context.Context, row map[string]any) (*kpi.Fault, error) {
	d := r.source.detail
	address, err := d.address(row)
	if err != nil {
		return noDetail(err), nil
	}
	var got map[string]any
	request := httpclient.Request{Address: address, Accept: "application/json"}
	err = r.session.Ask(ctx, request, func(came *httpclient.Answer) (err error) {
		got, err = d.read(ctx, came)
		return err
	})
	switch {
	case err == nil:
	case ctx.Err() == nil && r.onlyItsRow(err):
		if !r.detailed && httpclient.Forbidden(err) { // until then rows come one by one
			r.forbidden++
		}
		return noDetail(r.session.Explain(ctx, err)), nil
	default:
		return nil, err
	}
	if into := d.config.Into; into != "" {
		row[into] = got
	} else {
		maps.Copy(row, got)
	}
	return nil, nil
}

// contentError says that a detail came and is none.
type contentError struct{ error }

func (e *contentError) Unwrap() error { return e.error }

// read takes the object out of an answer.
func (d *detail) read(ctx context.Context, came *httpclient.Answer) (map[string]any, error) {
	if came.None {
		return nil, &contentError{errors.New("the answer is empty")}
	}
	body, err := decode(came)
	if err != nil {
		return nil, &contentError{err}
	}
	value, err := d.row.First(ctx, body)
	if err != nil {
		return nil, &contentError{fmt.Errorf("detail.row: %w", err)}
	}
	object, isObject := value.(map[string]any)
	if !isObject {
		return nil, &contentError{fmt.Errorf("detail.row %s gives %s where an object is expected", d.config.Row, jq.KindOf(value))}
	}
	return object, nil
}

func noDetail(err error) *kpi.Fault {
	return &kpi.Fault{Reason: kpi.NoDetail, Detail: err.Error()}
}
