package httpclient

import (
	"encoding/json"
	"net/http"
)

// Validity is the mark by which a system knows whether its answer is still the same. String returns it as a source's state
// keeps it.
type Validity struct {
	ETag     string `json:"etag,omitempty"`
	Modified string `json:"modified,omitempty"`
}

// ParseValidity reads a mark that String gave; of anything else it makes the zero Validity, with which everything is asked for.
func ParseValidity(state string) Validity {
	var v Validity
	if json.Unmarshal([]byte(state), &v) != nil {
		return Validity{}
	}
	return v
}

func validityOf(header http.Header) Validity {
	return Validity{ETag: header.Get("ETag"), Modified: header.Get("Last-Modified")}
}

// Set reports whether there is a mark.
func (v Validity) Set() bool { return v != Validity{} }

// ask puts the mark onto a request.
func (v Validity) ask(header http.Header) {
	if v.ETag != "" {
		header.Set("If-None-Match", v.ETag)
	} else if v.Modified != "" {
		header.Set("If-Modified-Since", v.Modified)
	}
}

// String returns the mark as a JSON object, "" where there is none.
func (v Validity) String() string {
	if !v.Set() {
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil { // texts always encode
		return ""
	}
	return string(text)
}
