package pages

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
)

//go:embed static
var staticFiles embed.FS

// static serves the pages' style and icon. Their addresses carry a digest of the content, so browsers may keep them.
type static map[string]staticFile

type staticFile struct {
	body         []byte
	kind, digest string
}

func newStatic() (static, error) {
	all := static{}
	entries, err := fs.ReadDir(staticFiles, "static")
	if err != nil {
		return nil, fmt.Errorf("the pages' static files: %w", err)
	}
	for _, entry := range entries {
		body, err := staticFiles.ReadFile("static/" + entry.Name())
		if err != nil {
			return nil, fmt.Errorf("the pages' static files: %w", err)
		}
		sum := sha256.Sum256(body)
		all[entry.Name()] = staticFile{body, mime.TypeByExtension(path.Ext(entry.Name())), hex.EncodeToString(sum[:6])}
	}
	return all, nil
}

func (s static) url(name string) string { return "/static/" + name + "?v=" + s[name].digest }

func (s static) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, known := s[path.Base(r.URL.Path)]
	if !known || r.URL.Path != "/static/"+path.Base(r.URL.Path) {
		http.NotFound(w, r)
		return
	}
	if r.URL.Query().Get("v") == file.digest {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	send(w, http.StatusOK, file.kind, file.body)
}
