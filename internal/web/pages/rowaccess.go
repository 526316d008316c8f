package pages

import (
	"slices"

	"go.yaml.in/yaml/v3"
	"golang.org/x/crypto/bcrypt"
)

// anyone in web.raw_rows_for means whoever can reach the pages.
const anyone = "*"

// mayReadRows reports whether the visitor may see what the unit systems' rows hold: personal data. web.raw_rows_for names the
// users. A name alone proves nothing, so the password is checked here too, against the web configuration file: whoever
// changes what that file protects does not open this by mistake.
func (r *request) mayReadRows() bool {
	allowed := r.model.Config.Web.RawRowsFor
	if slices.Contains(allowed, anyone) {
		return true
	}
	name, password, given := r.http.BasicAuth()
	path := r.model.Config.Web.ConfigFile
	if !given || path == "" || !slices.Contains(allowed, name) {
		return false
	}
	content, err := r.pages.ReadFile(path)
	if err != nil {
		r.pages.Log.Error("the web configuration file cannot be read, so no rows are shown", "err", err)
		return false
	}
	var file struct {
		Users map[string]string `yaml:"basic_auth_users"`
	}
	if err := yaml.Unmarshal(content, &file); err != nil {
		r.pages.Log.Error("the web configuration file cannot be read, so no rows are shown", "err", err)
		return false
	}
	hash, known := file.Users[name]
	return known && bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)) == nil
}
