package rest

import (
	"encoding/json"
	"net/http"
)

// validity is the mark by which a system knows whether its answer is still the same.
type validity struct {
	ETag     string `json:"etag,omitempty"`
	Modified string `json:"modified,omitempty"`
}

func validityOf(header http.Header) validity {
	return validity{ETag: header.Get("ETag"), Modified: header.Get("Last-Modified")}
}

// knownFrom reads a stored mark; what is none asks for everything.
func knownFrom(state string) validity {
	var v validity
	if json.Unmarshal([]byte(state), &v) != nil {
		return validity{}
	}
	return v
}

func (v validity) set() bool { return v != validity{} }

// ask puts the mark onto a request.
func (v validity) ask(header http.Header) {
	if v.ETag != "" {
		header.Set("If-None-Match", v.ETag)
	} else if v.Modified != "" {
		header.Set("If-Modified-Since", v.Modified)
	}
}

func (v validity) String() string {
	if !v.set() {
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil { // texts always encode
		return ""
	}
	return string(text)
}
