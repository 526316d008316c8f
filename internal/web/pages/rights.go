package pages

import (
	"slices"

	"go.yaml.in/yaml/v3"
	"golang.org/x/crypto/bcrypt"
)

// everybody in web.raw_rows_for stands for whoever can reach the pages.
const everybody = "*"

// mayReadRows says whether the visitor may see what the unit systems' rows hold: personal data. web.raw_rows_for names the
// users. A name alone proves nothing, so the password is checked here too, against the web configuration file: whoever
// changes what that file protects does not open this by mistake.
func (v *visit) mayReadRows() bool {
	allowed := v.model.Config.Web.RawRowsFor
	if slices.Contains(allowed, everybody) {
		return true
	}
	name, password, given := v.request.BasicAuth()
	path := v.model.Config.Web.ConfigFile
	if !given || path == "" || !slices.Contains(allowed, name) {
		return false
	}
	content, err := v.pages.ReadFile(path)
	if err != nil {
		v.pages.Log.Error("the web configuration file cannot be read, so nobody is shown rows", "err", err)
		return false
	}
	var file struct {
		Users map[string]string `yaml:"basic_auth_users"`
	}
	if err := yaml.Unmarshal(content, &file); err != nil {
		v.pages.Log.Error("the web configuration file cannot be read, so nobody is shown rows", "err", err)
		return false
	}
	hash, known := file.Users[name]
	return known && bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)) == nil
}
