// Package jq takes JSON apart: it decodes an answer and picks values from it with jq expressions.
//
// Here live the decoding, the expressions with their limits, and what a value is for a message. Where the JSON comes from,
// and what the values become, is the business of those who call.
package jq

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"time"

	"github.com/itchyny/gojq"
)

// Expression is a compiled jq expression.
type Expression struct{ code *gojq.Code }

// Compile compiles an expression. The error says what is wrong with it.
func Compile(text string) (*Expression, error) {
	query, err := gojq.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%q is not jq: %w", text, err)
	}
	code, err := gojq.Compile(query)
	if err != nil {
		return nil, fmt.Errorf("%q is not jq: %w", text, err)
	}
	return &Expression{code}, nil
}

const (
	// longest is how long one expression may work on one answer.
	longest = 30 * time.Second
	// mostValues bounds what one answer becomes.
	mostValues = 1_000_000
)

// shown is where jq's errors quote what was in the answer: it may be about a person, and errors are seen by many.
var shown = regexp.MustCompile(`(?s)\(.*\)`)

// Each returns every value of the expression to take, whose error ends it and is given back as it is.
func (e *Expression) Each(ctx context.Context, body any, take func(any) error) error {
	inner, cancel := context.WithTimeoutCause(ctx, longest, fmt.Errorf("jq works on one answer for more than %s; simplify the expression or ask for smaller pages", longest))
	defer cancel()
	iterator := e.code.RunWithContext(inner, body)
	for count := 1; ; count++ {
		value, more := iterator.Next()
		if !more {
			return nil
		}
		if err, failed := value.(error); failed {
			if halt, stopped := err.(*gojq.HaltError); stopped && halt.Value() == nil {
				return nil
			}
			if inner.Err() != nil {
				return context.Cause(inner)
			}
			return fmt.Errorf("jq: %.200s; look at an answer of the system and correct the expression", shown.ReplaceAllString(err.Error(), "(…)"))
		}
		if count > mostValues {
			return fmt.Errorf("jq makes more than %d rows of one answer; ask for smaller pages", mostValues)
		}
		if err := take(value); err != nil {
			return err
		}
	}
}

var errFound = errors.New("found")

// First returns the first value of the expression; nil where there is none.
func (e *Expression) First(ctx context.Context, body any) (any, error) {
	var found any
	err := e.Each(ctx, body, func(value any) error {
		found = value
		return errFound
	})
	if err == errFound {
		err = nil
	}
	return found, err
}

// Whole reads a whole number.
func Whole(value any) (int64, bool) {
	switch v := value.(type) {
	case int:
		return int64(v), true
	case float64:
		return int64(v), v == float64(int64(v))
	case *big.Int:
		return v.Int64(), v.IsInt64()
	case json.Number:
		n, err := strconv.ParseInt(v.String(), 10, 64)
		return n, err == nil
	case string:
		n, err := strconv.ParseInt(v, 10, 64)
		return n, err == nil
	}
	return 0, false
}

// KindOf names a value for a message.
func KindOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "true or false"
	case string:
		return "a text"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "a number"
}
