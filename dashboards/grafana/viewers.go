package grafana

import (
	"context"
	"fmt"
	"net/http"

	"github.com/grafana/grafana-openapi-client-go/client/access_control"
	"github.com/grafana/grafana-openapi-client-go/client/teams"
	"github.com/grafana/grafana-openapi-client-go/models"
)

// viewers lets one team view the folder. What else people may do there is left as it is.
type viewers struct{ folder, team string }

// mayView is all that this agent ever grants.
const mayView = "View"

func (v *viewers) kind() Kind    { return KindViewers }
func (v *viewers) id() string    { return v.folder + "/" + v.team }
func (v *viewers) title() string { return v.team }
func (v *viewers) wanted() any   { return map[string]any{"may": "view"} }

// look finds the team's own permission. Edit and Admin are as good as View.
func (v *viewers) look(ctx context.Context, n *connection) (*found, error) {
	answer, err := n.api.AccessControl.GetResourcePermissions(v.folder, "folders", in(ctx))
	if hasStatus(err, http.StatusNotFound) {
		return nil, nil // the folder is not there yet
	}
	if err != nil {
		return nil, explain("read who may see the folder "+v.folder, err)
	}
	for _, p := range answer.Payload {
		if p != nil && p.Team == v.team && !p.IsInherited {
			f := &found{id: p.TeamID, content: map[string]any{"may": "view"}, left: p.Permission}
			if p.Permission != mayView {
				f.foreign = "somebody gave the team more: " + p.Permission
			}
			return f, nil
		}
	}
	return nil, nil
}

func (v *viewers) put(ctx context.Context, n *connection, _ *found) error {
	team, err := v.find(ctx, n)
	if err != nil {
		return err
	}
	return v.set(ctx, n, team, mayView)
}

func (v *viewers) set(ctx context.Context, n *connection, team int64, permission string) error {
	params := access_control.NewSetResourcePermissionsForTeamParamsWithContext(ctx).
		WithResource("folders").WithResourceID(v.folder).WithTeamID(team).
		WithBody(&models.SetPermissionCommand{Permission: permission})
	_, err := n.api.AccessControl.SetResourcePermissionsForTeam(params, in(ctx))
	return explain(fmt.Sprintf("say what the team %q may do in the folder %s", v.team, v.folder), err)
}

// find returns the id of the team.
func (v *viewers) find(ctx context.Context, n *connection) (int64, error) {
	answer, err := n.api.Teams.SearchTeams(teams.NewSearchTeamsParamsWithContext(ctx).WithName(&v.team), in(ctx))
	if err != nil {
		return 0, explain(fmt.Sprintf("look for the team %q", v.team), err)
	}
	for _, t := range answer.Payload.Teams {
		if t != nil && t.Name != nil && t.ID != nil && *t.Name == v.team {
			return *t.ID, nil
		}
	}
	return 0, fmt.Errorf("grafana: there is no team %q; make it in Grafana under Administration, Teams, "+
		"or correct grafana.viewers", v.team)
}

func (v *viewers) remove(ctx context.Context, n *connection, old *found) error {
	return v.set(ctx, n, old.id, "")
}
