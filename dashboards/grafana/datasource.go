package grafana

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/grafana/grafana-openapi-client-go/models"
)

// dataSource is the Prometheus that the boards ask.
type dataSource struct {
	uid, name, url string
	options        map[string]any // jsonData
}

// madeBy is the key of jsonData that says whose a data source is. Grafana keeps keys that it does not know.
const madeBy = "kpiagent"

func (d *dataSource) kind() Kind    { return KindDataSource }
func (d *dataSource) id() string    { return d.uid }
func (d *dataSource) title() string { return d.name }

func (d *dataSource) wanted() any {
	return map[string]any{"name": d.name, "type": "prometheus", "access": "proxy", "url": d.url, "jsonData": d.options}
}

func (d *dataSource) look(ctx context.Context, n *connection) (*found, error) {
	answer, err := n.api.Datasources.GetDataSourceByUID(d.uid, in(ctx))
	if hasStatus(err, http.StatusNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, explain("read the data source "+d.uid, err)
	}
	s := answer.Payload
	f := &found{version: s.Version, left: strconv.FormatInt(s.Version, 10),
		content: map[string]any{"name": s.Name, "type": s.Type, "access": string(s.Access), "url": s.URL, "jsonData": s.JSONData}}
	options, _ := s.JSONData.(map[string]any)
	switch {
	case s.ReadOnly:
		f.foreign = "it comes from a provisioning file: remove that file, or name this data source under boards.data_source"
	case options[madeBy] != d.options[madeBy]:
		f.foreign = "this agent did not make it: give the agent another boards.prefix, " +
			"or name this data source under boards.data_source"
	}
	return f, nil
}

func (d *dataSource) put(ctx context.Context, n *connection, old *found) error {
	var err error
	if old == nil {
		_, err = n.api.Datasources.AddDataSource(&models.AddDataSourceCommand{
			UID: d.uid, Name: d.name, Type: "prometheus", Access: "proxy", URL: d.url, JSONData: d.options}, in(ctx))
		if hasStatus(err, http.StatusConflict) {
			return fmt.Errorf("grafana: there is a data source %q already, of another uid; rename it, "+
				"or name its uid under boards.data_source", d.name)
		}
	} else {
		_, err = n.api.Datasources.UpdateDataSourceByUID(d.uid, &models.UpdateDataSourceCommand{
			UID: d.uid, Name: d.name, Type: "prometheus", Access: "proxy", URL: d.url, JSONData: d.options,
			Version: old.version}, in(ctx))
	}
	return explain("write the data source "+d.name, err)
}

func (d *dataSource) remove(ctx context.Context, n *connection, _ *found) error {
	_, err := n.api.Datasources.DeleteDataSourceByUID(d.uid, in(ctx))
	return explain("delete the data source "+d.uid, err)
}
