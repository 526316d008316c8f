package grafana

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/grafana/grafana-openapi-client-go/models"
)

// board is one dashboard.
type board struct {
	uid, name, folder string
	tag               string         // that all boards of this agent bear
	json              map[string]any // without id and version, which are Grafana's own
}

// newBoard takes a rendered board.
func newBoard(text []byte, folder, tag string) (*board, error) {
	var content map[string]any
	if err := json.Unmarshal(text, &content); err != nil {
		return nil, fmt.Errorf("grafana: a board that was rendered: %w", err)
	}
	delete(content, "id")
	delete(content, "version")
	b := &board{folder: folder, tag: tag, json: content}
	b.uid, _ = content["uid"].(string)
	b.name, _ = content["title"].(string)
	return b, nil
}

func (b *board) kind() Kind    { return KindBoard }
func (b *board) id() string    { return b.uid }
func (b *board) title() string { return b.name }
func (b *board) wanted() any   { return map[string]any{"folder": b.folder, "board": b.json} }

func (b *board) look(ctx context.Context, n *connection) (*found, error) {
	answer, err := n.api.Dashboards.GetDashboardByUID(b.uid, in(ctx))
	switch {
	case hasStatus(err, http.StatusNotFound):
		return nil, nil
	case hasStatus(err, http.StatusNotAcceptable):
		return &found{content: map[string]any{}, left: "v2",
			foreign: "somebody has saved it in the new format of Grafana, which cannot be read here: " +
				"delete it in Grafana if the agent's should come back"}, nil
	case err != nil:
		return nil, explain("read the board "+b.uid, err)
	}
	meta := answer.Payload.Meta
	if meta == nil {
		meta = &models.DashboardMeta{}
	}
	content, _ := answer.Payload.Dashboard.(map[string]any)
	f := &found{version: meta.Version, left: fmt.Sprintf("%d in %s", meta.Version, meta.FolderUID),
		content: map[string]any{"folder": meta.FolderUID, "board": content}}
	switch {
	case meta.Provisioned:
		f.foreign = "it comes from a file: take the files of kpiagent boards render away, or leave grafana.url empty"
	case !tagged(content, b.tag):
		f.foreign = fmt.Sprintf("it lacks the tag %s, so it may be somebody else's: give it the tag, or delete it, "+
			"if the agent's should take its place", b.tag)
	}
	return f, nil
}

func tagged(content map[string]any, tag string) bool {
	tags, _ := content["tags"].([]any)
	return slices.Contains(tags, any(tag))
}

func (b *board) put(ctx context.Context, n *connection, old *found) error {
	content := make(map[string]any, len(b.json)+1)
	for key, value := range b.json {
		content[key] = value
	}
	if old != nil {
		content["version"] = old.version // Grafana refuses where another user saved meanwhile
	}
	_, err := n.api.Dashboards.PostDashboard(&models.SaveDashboardCommand{Dashboard: content, FolderUID: b.folder,
		Message: "kpiagent"}, in(ctx))
	switch {
	case !hasStatus(err, http.StatusPreconditionFailed):
	case hasReason(err, "name-exists"):
		return fmt.Errorf("grafana: cannot write the board %q (%s): %w; somebody else's board in its folder has that title: "+
			"rename that one, or move it into another folder", b.name, b.uid, bare(err))
	default:
		return fmt.Errorf("grafana: cannot write the board %q (%s): %w; somebody is changing it right now, "+
			"or its folder has a board of that title already: rename that one", b.name, b.uid, bare(err))
	}
	return explain(fmt.Sprintf("write the board %q (%s)", b.name, b.uid), err)
}

func (b *board) remove(ctx context.Context, n *connection, _ *found) error {
	_, err := n.api.Dashboards.DeleteDashboardByUID(b.uid, in(ctx))
	return explain("delete the board "+b.uid, err)
}
