package grafana

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
)

// policy is this agent's branch of the tree of notification policies: what bears its label goes this way, and nothing else does.
// The rest of the tree goes back as it came, with keys that are not known here; the client's own type would lose those.
type policy struct {
	prefix string
	route  map[string]any
}

// ownLabel is the label of alert rules that says which agent they belong to.
const ownLabel = "kpiagent"

const policyPath = "/v1/provisioning/policies"

func (p *policy) kind() Kind    { return KindPolicy }
func (p *policy) id() string    { return p.prefix }
func (p *policy) title() string { return "notification policy of " + p.prefix }
func (p *policy) wanted() any   { return p.route }

// matchers is what makes a branch ours.
func (p *policy) matchers() any { return []any{[]any{ownLabel, "=", p.prefix}} }

func (p *policy) tree(ctx context.Context, n *connection) (map[string]any, error) {
	tree := map[string]any{}
	if err := n.raw(ctx, http.MethodGet, policyPath, nil, nil, &tree); err != nil {
		return nil, explain("read the notification policies", err)
	}
	return tree, nil
}

// at finds our branch among those right below the root; -1 where there is none.
func (p *policy) at(tree map[string]any) int {
	routes, _ := tree["routes"].([]any)
	return slices.IndexFunc(routes, func(r any) bool {
		route, _ := r.(map[string]any)
		return route != nil && reflect.DeepEqual(route["object_matchers"], p.matchers())
	})
}

func (p *policy) look(ctx context.Context, n *connection) (*found, error) {
	tree, err := p.tree(ctx, n)
	if err != nil {
		return nil, err
	}
	at := p.at(tree)
	provenance, _ := tree["provenance"].(string)
	if at < 0 {
		if provenance == fromFile {
			return nil, fmt.Errorf("grafana: the notification policies come from a provisioning file: "+
				"add a branch there for %s = %s, or remove the file", ownLabel, p.prefix)
		}
		return nil, nil
	}
	f := &found{provenance: provenance, content: tree["routes"].([]any)[at]}
	if provenance == fromFile {
		f.foreign = "the notification policies come from a provisioning file: change the branch there, or remove the file"
	}
	return f, nil
}

// put reads the tree again, so that what was changed elsewhere in it since is not lost.
func (p *policy) put(ctx context.Context, n *connection, _ *found) error {
	return p.change(ctx, n, func(routes []any, at int) []any {
		if at < 0 {
			return append([]any{p.route}, routes...) // first, so that no wider branch takes our alerts before
		}
		branch, _ := routes[at].(map[string]any)
		for key, value := range p.route {
			branch[key] = value
		}
		return routes
	})
}

func (p *policy) remove(ctx context.Context, n *connection, _ *found) error {
	return p.change(ctx, n, func(routes []any, at int) []any {
		if at < 0 {
			return routes
		}
		return slices.Delete(routes, at, at+1)
	})
}

func (p *policy) change(ctx context.Context, n *connection, do func(routes []any, at int) []any) error {
	tree, err := p.tree(ctx, n)
	if err != nil {
		return err
	}
	routes, _ := tree["routes"].([]any)
	tree["routes"] = do(routes, p.at(tree))
	provenance, _ := tree["provenance"].(string)
	delete(tree, "provenance") // Grafana's own note
	header := http.Header{}
	if provenance == "" {
		header.Set("X-Disable-Provenance", "true")
	}
	return explain("write the notification policies", n.raw(ctx, http.MethodPut, policyPath, header, tree, nil))
}

// raw asks for JSON past the client, where its types would lose keys.
func (n *connection) raw(ctx context.Context, method, path string, header http.Header, body, into any) error {
	var content bytes.Buffer
	if body != nil {
		encoder := json.NewEncoder(&content)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(body); err != nil {
			return err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, n.base+path, &content)
	if err != nil {
		return err
	}
	for name, values := range header {
		request.Header[name] = values
	}
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := n.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if into == nil {
		return nil
	}
	decoder := json.NewDecoder(response.Body)
	decoder.UseNumber()
	return decoder.Decode(into)
}
