package grafana

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/grafana/grafana-openapi-client-go/models"
)

// folder holds the boards. It is never deleted: people may have put something of their own into it.
type folder struct{ uid, name string }

func (f *folder) kind() Kind    { return KindFolder }
func (f *folder) id() string    { return f.uid }
func (f *folder) title() string { return f.name }
func (f *folder) wanted() any   { return map[string]any{"title": f.name} }

func (f *folder) look(ctx context.Context, n *connection) (*found, error) {
	answer, err := n.api.Folders.GetFolderByUID(f.uid, in(ctx))
	// Grafana refuses an Editor a folder that is not there, as it does one that he may not see; making it tells the two apart.
	if hasStatus(err, http.StatusNotFound, http.StatusForbidden) {
		return nil, nil
	}
	if err != nil {
		return nil, explain("read the folder "+f.uid, err)
	}
	p := answer.Payload
	// Its version also counts what is no change of the folder itself, so only the title shows whether it was changed.
	return &found{version: p.Version, content: map[string]any{"title": p.Title}}, nil
}

func (f *folder) put(ctx context.Context, n *connection, old *found) error {
	var err error
	if old == nil {
		_, err = n.api.Folders.CreateFolder(&models.CreateFolderCommand{UID: f.uid, Title: f.name}, in(ctx))
	} else {
		_, err = n.api.Folders.UpdateFolder(f.uid, &models.UpdateFolderCommand{Title: f.name, Version: old.version}, in(ctx))
	}
	if hasStatus(err, http.StatusConflict, http.StatusPreconditionFailed) {
		return fmt.Errorf("grafana: cannot write the folder %s: %w; if it is there and the account may not see it, give the account "+
			"the permission Admin on it; if a folder of somebody else has that title, choose another boards.folder",
			strconv.Quote(f.name), bare(err))
	}
	return explain("write the folder "+f.name, err)
}
