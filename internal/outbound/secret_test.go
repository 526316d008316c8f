package outbound

import (
	"errors"
	"fmt"
	"net/url"
	"testing"
)

func TestHide(t *testing.T) {
	for _, test := range []struct{ text, secret, want string }{
		{"user kpi with hunter2 is refused", "hunter2", "user kpi with [hidden] is refused"},
		{"?p=h%2Fnt+r2 and /h%2Fnt%20r2", "h/nt r2", "?p=[hidden] and /[hidden]"},
		{"abcabc", "abc", "abcabc"}, // a short one would punch holes into every text
		{"nothing", "", "nothing"},
	} {
		if got := Hide(test.text, test.secret); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
	if got := Hide("first then second", "first", "second"); got != "[hidden] then [hidden]" {
		t.Error(got)
	}
}

func TestWithoutAddress(t *testing.T) {
	refused := errors.New("connection refused")
	err := fmt.Errorf("asking: %w", &url.Error{Op: "Get", URL: "https://dvc.example.vn/?token=hunter2", Err: refused})
	if got := WithoutAddress(err); got != refused {
		t.Errorf("got %v", got)
	}
	if got := WithoutAddress(refused); got != refused {
		t.Errorf("got %v", got)
	}
}
