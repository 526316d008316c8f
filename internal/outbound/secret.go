package outbound

import (
	"errors"
	"net/url"
	"strings"
)

// shortestHidden keeps a secret of one letter from punching holes into every message.
const shortestHidden = 4

// Hide puts [hidden] in the place of each secret in a text for people, as it is and as addresses have it. Secrets of less
// than four bytes are left.
func Hide(text string, secrets ...string) string {
	for _, secret := range secrets {
		if len(secret) < shortestHidden {
			continue
		}
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
			text = strings.ReplaceAll(text, form, "[hidden]")
		}
	}
	return text
}

// WithoutAddress returns the cause of an error of an HTTP client, which repeats the address with whatever secrets are in it.
func WithoutAddress(err error) error {
	var whole *url.Error
	if errors.As(err, &whole) {
		return whole.Err
	}
	return err
}
