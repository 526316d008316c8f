package rest

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"kpiagent/collectors/jq"
)

// good is an error where an answer says of itself that it is none, whatever its status: by rest.ok, and without that where it has no
// rows and bears the marks of an error.
func (r *reading) good(ctx context.Context, got *answer, rows int) error {
	if r.source.ok == nil {
		if mark := errorMark(got.body); rows == 0 && mark != "" {
			return fmt.Errorf("the answer has no rows and %s%s; if that is an error, write rest.ok, for example .code == 0; if it is none, write ok: \"true\"",
				mark, messageOf(got.body))
		}
		return nil
	}
	verdict, err := r.source.ok.First(ctx, got.body)
	if err != nil {
		return fmt.Errorf("rest.ok: %w", err)
	}
	if verdict != true {
		return fmt.Errorf("the answer is not as rest.ok wants it (%s)%s", r.source.config.OK, messageOf(got.body))
	}
	return nil
}

// errorMark describes what makes an answer look like an error; "" where nothing does.
func errorMark(body any) string {
	object, _ := body.(map[string]any)
	for _, name := range []string{"success", "ok"} {
		if object[name] == false {
			return "says " + name + ": false"
		}
	}
	for _, name := range []string{"code", "status", "statusCode", "error_code", "errorCode"} {
		if code, whole := jq.Whole(object[name]); whole && code >= http.StatusBadRequest {
			return fmt.Sprintf("says %s: %d", name, code)
		}
	}
	if text, is := object["error"].(string); is && text != "" {
		return "says error"
	}
	return ""
}

// longestMessage bounds what is repeated of a system's message.
const longestMessage = 200

// messageOf returns what a system says about an error, to be put behind a sentence.
func messageOf(body any) string {
	object, _ := body.(map[string]any)
	for _, name := range []string{"message", "msg", "error", "error_message", "errorMessage", "thongBao", "moTaLoi", "description"} {
		text, is := object[name].(string)
		if text = strings.TrimSpace(text); is && text != "" {
			return fmt.Sprintf(": %.*q", longestMessage, text)
		}
	}
	return ""
}

// membersOf says what there is in an answer, to be put behind what is wrong with rows; "" where it is no object.
func membersOf(body any) string {
	object, is := body.(map[string]any)
	if !is {
		return ""
	}
	names := slices.Sorted(maps.Keys(object))
	const most = 20
	if len(names) > most {
		names = append(names[:most], "…")
	}
	return "; the answer has the members " + strings.Join(names, ", ")
}
