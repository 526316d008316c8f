package grafana

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/grafana/grafana-openapi-client-go/client/provisioning"
	"github.com/grafana/grafana-openapi-client-go/models"

	"kpiagent/internal/outbound"
)

// contactPoint is one way to tell one receiver.
type contactPoint struct {
	uid, name, form string            // form is Grafana's type: email, webhook, telegram
	settings        map[string]any    // without secrets
	hidden          map[string]string // secrets, which Grafana never shows again
	// reveal reads the secrets of the moment; nil where there are none.
	reveal func(outbound.Env) (map[string]string, error)
}

func (c *contactPoint) kind() Kind    { return KindContactPoint }
func (c *contactPoint) id() string    { return c.uid }
func (c *contactPoint) title() string { return c.name + " (" + c.form + ")" }

func (c *contactPoint) wanted() any {
	return map[string]any{"name": c.name, "type": c.form, "settings": c.settings}
}

func (c *contactPoint) secrets() map[string]string { return c.hidden }

func (c *contactPoint) look(ctx context.Context, n *connection) (*found, error) {
	answer, err := n.api.Provisioning.GetContactpoints(provisioning.NewGetContactpointsParamsWithContext(ctx), in(ctx))
	if err != nil {
		return nil, explain("read the contact points", err)
	}
	at := slices.IndexFunc(answer.Payload, func(p *models.EmbeddedContactPoint) bool { return p != nil && p.UID == c.uid })
	if at < 0 {
		return nil, nil
	}
	p := answer.Payload[at]
	form := ""
	if p.Type != nil {
		form = *p.Type
	}
	f := &found{provenance: p.Provenance, content: map[string]any{"name": p.Name, "type": form, "settings": p.Settings}}
	if p.Provenance == fromFile {
		f.foreign = "it comes from a provisioning file: remove it there, or choose another boards.prefix"
	}
	return f, nil
}

// fromFile is the provenance of what comes from provisioning files.
const fromFile = "file"

// free is the header that lets people go on changing a thing in Grafana. What already counts as made over the API (before 9.4
// Grafana does not heed the header where something is changed) has to stay so, or Grafana refuses.
func (f *found) free() *string {
	if f != nil && f.provenance != "" {
		return nil
	}
	yes := "true"
	return &yes
}

func (c *contactPoint) put(ctx context.Context, n *connection, old *found) error {
	settings := map[string]any{}
	for key, value := range c.settings {
		settings[key] = value
	}
	for key, value := range c.hidden {
		settings[key] = value
	}
	body := &models.EmbeddedContactPoint{UID: c.uid, Name: c.name, Type: &c.form, Settings: settings}
	var err error
	if old == nil {
		_, err = n.api.Provisioning.PostContactpoints(provisioning.NewPostContactpointsParamsWithContext(ctx).
			WithXDisableProvenance(old.free()).WithBody(body), in(ctx))
	} else {
		_, err = n.api.Provisioning.PutContactpoint(provisioning.NewPutContactpointParamsWithContext(ctx).WithUID(c.uid).
			WithXDisableProvenance(old.free()).WithBody(body), in(ctx))
	}
	return explain(fmt.Sprintf("write the contact point %q", c.name), err)
}

func (c *contactPoint) remove(ctx context.Context, n *connection, _ *found) error {
	_, err := n.api.Provisioning.DeleteContactpoints(c.uid, in(ctx))
	if hasStatus(err, http.StatusConflict, http.StatusBadRequest, http.StatusInternalServerError) {
		return fmt.Errorf("grafana: cannot delete the contact point %s: %w; if a notification policy of somebody else uses it, "+
			"let that one use another", c.uid, bare(err))
	}
	return explain("delete the contact point "+c.uid, err)
}
