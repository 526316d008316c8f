package dashboards

import (
	"fmt"
	"path"

	"github.com/google/go-jsonnet"
)

// embedded lets Jsonnet import the embedded files, each relative to the one that asks, and nothing else.
type embedded struct{ files map[string]jsonnet.Contents }

// Import is for go-jsonnet.
func (e *embedded) Import(from, imported string) (jsonnet.Contents, string, error) {
	at := path.Join(path.Dir(from), imported)
	content, there := e.files[at]
	if !there {
		return jsonnet.Contents{}, "", fmt.Errorf("the mixin has no file %s", at)
	}
	return content, at, nil
}
