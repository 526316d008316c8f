package document

import (
	"regexp"
	"strings"
)

// secretForms are the places where a password stands in a connection string: URL, MySQL's user:pass@tcp(, and
// key=value. The middle group is the password.
var secretForms = []*regexp.Regexp{
	regexp.MustCompile(`(?i)([a-z][a-z0-9+.-]*://[^\s/:@]*:)(\S+)(@)`),
	regexp.MustCompile(`(?i)([^\s/:@]+:)(\S+)(@(?:tcp\(|unix\(|/))`),
	regexp.MustCompile(`(?i)(\b(?:password|passwd|pwd|sslpassword)\s*=\s*)('[^']*'|"[^"]*"|[^\s;&'"]+)(;|&|\s|'|"|$)`),
}

// keyValue tells a connection string with password= in it from a query that compares a column of that name.
var keyValue = regexp.MustCompile(`(?i)\b(host|server|user|uid|user id|dbname|database|data source)\s*=`)

// HasSecret reports whether the text looks like a connection string with a password in it.
func HasSecret(text string) bool {
	if !strings.ContainsAny(text, "@=") {
		return false
	}
	if secretForms[0].MatchString(text) || secretForms[1].MatchString(text) {
		return true
	}
	return secretForms[2].MatchString(text) && keyValue.MatchString(text)
}

// Mask puts <secret> where a password stands in a text.
func Mask(text string) string {
	for _, form := range secretForms {
		text = form.ReplaceAllString(text, "${1}<secret>${3}")
	}
	return text
}
