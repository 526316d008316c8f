package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"time"

	"github.com/itchyny/gojq"
)

const (
	// jqTime is how long one expression may work on one answer.
	jqTime = 30 * time.Second
	// mostRows bounds what one answer becomes.
	mostRows = 1_000_000
)

// each gives every value of an expression to take.
func each(ctx context.Context, code *gojq.Code, body any, take func(any) error) error {
	inner, cancel := context.WithTimeoutCause(ctx, jqTime, &contentError{fmt.Sprintf("jq works on one answer for more than %s; simplify the expression or ask for smaller pages", jqTime)})
	defer cancel()
	iterator := code.RunWithContext(inner, body)
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
			return &contentError{fmt.Sprintf("jq: %.200s; look at an answer of the system and correct the expression", err.Error())}
		}
		if count > mostRows {
			return &contentError{fmt.Sprintf("jq makes more than %d rows of one answer; ask for smaller pages", mostRows)}
		}
		if err := take(value); err != nil {
			return err
		}
	}
}

// first gives the first value of an expression; nil where there is none.
func first(ctx context.Context, code *gojq.Code, body any) (any, error) {
	var found any
	err := each(ctx, code, body, func(value any) error {
		found = value
		return errEnough
	})
	if err == errEnough {
		err = nil
	}
	return found, err
}

// whole reads a whole number.
func whole(value any) (int64, bool) {
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

// kindOf names a value for a message.
func kindOf(value any) string {
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
