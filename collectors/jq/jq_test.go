package jq

import (
	"strings"
	"testing"
)

// Errors are shown on pages and in logs; what an answer says of people is not.
func TestErrorsQuoteNothingOfTheAnswer(t *testing.T) {
	for expression, says := range map[string]string{
		".ten[]":   "cannot iterate over: string",
		".ten.ho":  "expected an object but got: string",
		".ten + 1": "cannot add",
	} {
		e, err := Compile(expression)
		if err != nil {
			t.Fatal(err)
		}
		_, err = e.First(t.Context(), map[string]any{"ten": "Nguyễn Văn (A) 0123"})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: the error is %v, and should speak of %q", expression, err, says)
		}
		if err != nil && (strings.Contains(err.Error(), "Nguyễn") || strings.Contains(err.Error(), "0123")) {
			t.Errorf("%s: the error quotes the answer: %v", expression, err)
		}
	}
}
