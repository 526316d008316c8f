package grafana_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// standIn is a server that behaves as Grafana's API does, in what this package asks of it, and is stricter than that: a key of
// a request that it does not know is an error of the test.
type standIn struct {
	t            testing.TB
	major, minor int

	mu          sync.Mutex
	requests    []string // "GET /api/health"
	sources     map[string]map[string]any
	folders     map[string]map[string]any
	boards      map[string]*storedBoard
	teams       []string // the id is the place, from 1
	permissions map[string]map[int]string
	contacts    []map[string]any
	rules       map[string]map[string]any // by uid
	paces       map[string]float64        // seconds, by folder/group
	usualPace   float64                   // the interval of a new group
	tree        map[string]any            // of notification policies
	withheld    string                    // a right that the account lacks
	editor      bool                      // the account has the role Editor, and no more
	password    string
	disturb     func(method, path string) int // a status to answer with instead; 0 for none
}

type storedBoard struct {
	content     map[string]any
	folder      string
	version     int64
	provisioned bool
	v2          bool
}

const (
	standInPassword     = "s3cret-of-the-stand-in"
	standInOrganisation = 4
)

// newStandIn starts one, and gives its address with user and password.
func newStandIn(t testing.TB, version string) (*standIn, string) {
	t.Helper()
	g := &standIn{t: t, sources: map[string]map[string]any{}, folders: map[string]map[string]any{}, boards: map[string]*storedBoard{},
		permissions: map[string]map[int]string{}, rules: map[string]map[string]any{}, paces: map[string]float64{}, usualPace: 60, password: standInPassword,
		tree: map[string]any{"receiver": "grafana-default-email", "group_by": []any{"grafana_folder", "alertname"}, "a_key_of_the_future": "kept"}}
	if _, err := fmt.Sscanf(version, "%d.%d", &g.major, &g.minor); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	return g, strings.Replace(server.URL, "http://", "http://admin:"+standInPassword+"@", 1)
}

// asked returns the requests since the last call, health aside.
func (g *standIn) asked() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := slices.DeleteFunc(g.requests, func(r string) bool { return r == "GET /api/health" })
	g.requests = nil
	return list
}

func (g *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.requests = append(g.requests, r.Method+" "+r.URL.Path)
	if g.disturb != nil {
		if status := g.disturb(r.Method, r.URL.Path); status != 0 {
			answer(w, status, map[string]any{"message": "disturbed"})
			return
		}
	}
	path := strings.TrimPrefix(r.URL.Path, "/api")
	if path == "/health" {
		answer(w, 200, map[string]any{"commit": "0", "database": "ok", "version": fmt.Sprintf("%d.%d.0", g.major, g.minor)})
		return
	}
	if user, password, _ := r.BasicAuth(); (user != "admin" || password != g.password) && r.Header.Get("Authorization") != "Bearer "+g.password {
		answer(w, 401, map[string]any{"message": "invalid API key"})
		return
	}
	parts := strings.Split(strings.Trim(path, "/"), "/")
	body := map[string]any{}
	if r.Method == "POST" || r.Method == "PUT" {
		text, err := io.ReadAll(r.Body)
		if err == nil {
			err = json.Unmarshal(text, &body)
		}
		if err != nil {
			g.t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
		}
	}
	status, reply := g.route(r, parts, body)
	answer(w, status, reply)
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	if status == http.StatusNoContent {
		return
	}
	_ = json.NewEncoder(w).Encode(value)
}

func said(status int, message string) (int, any) { return status, map[string]any{"message": message} }

// lacks reports whether the account may not do something.
func (g *standIn) lacks(right string) bool { return g.withheld != "" && g.withheld == right }

func forbidden(right string) (int, any) {
	return said(403, "You'll need additional permissions to perform this action. Permissions needed: "+right)
}

// only complains about keys that Grafana would not know.
func (g *standIn) only(body map[string]any, keys ...string) {
	for key := range body {
		if !slices.Contains(keys, key) {
			g.t.Errorf("a request has the key %q, which Grafana does not know", key)
		}
	}
}

func (g *standIn) route(r *http.Request, parts []string, body map[string]any) (int, any) {
	last := parts[len(parts)-1]
	switch {
	case parts[0] == "datasources":
		return g.dataSource(r.Method, last, body)
	case parts[0] == "folders":
		return g.folder(r.Method, last, body)
	case parts[0] == "dashboards" && parts[1] == "db":
		return g.save(body)
	case parts[0] == "dashboards" && parts[1] == "uid":
		return g.board(r.Method, last)
	case parts[0] == "teams":
		return g.team(r, body)
	case parts[0] == "v1" && parts[2] == "contact-points":
		return g.contact(r, last, body)
	case parts[0] == "v1" && parts[2] == "alert-rules":
		return g.rule(r, strings.Join(parts[3:], ""), body)
	case parts[0] == "v1" && parts[2] == "folder":
		return g.ruleGroup(r.Method, parts[3], last, body)
	case parts[0] == "v1" && parts[2] == "policies":
		return g.policies(r, body)
	case parts[0] == "access-control":
		return g.permission(r.Method, parts[2:], body)
	}
	g.t.Errorf("%s %s: nobody should ask for that", r.Method, r.URL.Path)
	return said(404, "Not found")
}

func (g *standIn) dataSource(method, uid string, body map[string]any) (int, any) {
	known := g.sources[uid]
	if method != "GET" {
		if g.lacks("datasources:create") {
			return forbidden("datasources:create")
		}
		g.only(body, "uid", "name", "type", "access", "url", "jsonData", "version")
	}
	switch method {
	case "GET":
		if known == nil {
			return said(404, "Data source not found")
		}
		return 200, known
	case "POST":
		for _, other := range g.sources {
			if other["name"] == body["name"] || other["uid"] == body["uid"] {
				return said(409, "data source with the same name already exists")
			}
		}
		body["id"], body["version"], body["readOnly"], body["orgId"] = len(g.sources)+1, 1.0, false, standInOrganisation
		g.sources[body["uid"].(string)] = body
	case "PUT":
		if known == nil {
			return said(404, "Data source not found")
		}
		if sent, _ := body["version"].(float64); sent != 0 && sent != known["version"] {
			return said(409, "Datasource has already been updated by someone else. Please reload and try again")
		}
		for key, value := range body {
			if key != "version" {
				known[key] = value
			}
		}
		known["version"] = known["version"].(float64) + 1
		body = known
	case "DELETE":
		delete(g.sources, uid)
	}
	return 200, map[string]any{"datasource": body, "id": 1, "message": "done", "name": body["name"]}
}

func (g *standIn) folder(method, uid string, body map[string]any) (int, any) {
	known := g.folders[uid]
	switch method {
	case "GET":
		switch {
		case known == nil && g.editor && g.major >= 12: // he has rights to single folders, and to none of that uid
			return forbidden("folders:read")
		case known == nil:
			return said(404, "folder not found")
		}
		return 200, known
	case "POST":
		if g.lacks("folders:create") {
			return forbidden("folders:create")
		}
		g.only(body, "uid", "title")
		for _, other := range g.folders {
			// Since 11 two folders may have one title.
			if other["uid"] == body["uid"] || g.major < 11 && other["title"] == body["title"] {
				return said(409, "a folder with the same name already exists in the current location")
			}
		}
		body["id"], body["version"] = len(g.folders)+1, 1.0
		g.folders[body["uid"].(string)] = body
		return 200, body
	case "PUT":
		g.only(body, "title", "version", "overwrite")
		if known == nil {
			return said(404, "folder not found")
		}
		if body["version"] != known["version"] {
			return said(412, "the folder has been changed by someone else")
		}
		known["title"], known["version"] = body["title"], known["version"].(float64)+1
		return 200, known
	case "DELETE":
		delete(g.folders, uid)
		maps.DeleteFunc(g.rules, func(_ string, r map[string]any) bool { return r["folderUID"] == uid })
		delete(g.permissions, uid)
		for at, b := range g.boards {
			if b.folder == uid {
				delete(g.boards, at)
			}
		}
		return 200, map[string]any{"message": "Folder deleted", "id": 1, "title": ""}
	}
	return said(405, "")
}

func (g *standIn) save(body map[string]any) (int, any) {
	if g.lacks("dashboards:create") {
		return forbidden("dashboards:create")
	}
	g.only(body, "dashboard", "folderUid", "message", "overwrite", "UpdatedAt")
	content, _ := body["dashboard"].(map[string]any)
	uid, _ := content["uid"].(string)
	title, _ := content["title"].(string)
	folder, _ := body["folderUid"].(string)
	sent, _ := content["version"].(float64)
	switch {
	case len(uid) > 40 || uid == "" || title == "":
		return said(400, "uid or title is not valid")
	case g.folders[folder] == nil:
		return said(400, "folder not found")
	}
	if v, has := content["id"]; has && v != nil {
		g.t.Errorf("board %s: an id of another Grafana was sent", uid)
	}
	for other, b := range g.boards {
		if g.major < 11 && other != uid && b.folder == folder && b.content["title"] == title {
			return 412, map[string]any{"message": "A dashboard with the same name in the folder already exists", "status": "name-exists"}
		}
	}
	known := g.boards[uid]
	switch {
	case known == nil:
		known = &storedBoard{}
		g.boards[uid] = known
	case known.provisioned:
		return said(400, "Cannot save provisioned dashboard")
	case int64(sent) != known.version && body["overwrite"] != true:
		return 412, map[string]any{"message": "The dashboard has been changed by someone else", "status": "version-mismatch"}
	}
	known.version++
	content["id"], content["version"] = 7, known.version
	known.content, known.folder = content, folder
	return 200, map[string]any{"id": 7, "uid": uid, "url": "/d/" + uid, "status": "success", "version": known.version, "slug": "x"}
}

func (g *standIn) board(method, uid string) (int, any) {
	known := g.boards[uid]
	switch {
	case known == nil:
		return said(404, "Dashboard not found")
	case method == "DELETE" && known.provisioned:
		return said(400, "provisioned dashboard cannot be deleted")
	case method == "DELETE":
		delete(g.boards, uid)
		return 200, map[string]any{"message": "Dashboard deleted", "title": "", "id": 7}
	case known.v2:
		return said(406, "dashboard api version not supported, use /apis/dashboard.grafana.app/v2beta1 instead")
	}
	return 200, map[string]any{"dashboard": known.content, "meta": map[string]any{"version": known.version, "folderUid": known.folder,
		"provisioned": known.provisioned, "slug": "x", "canSave": true, "updated": "2026-11-23T00:00:00Z", "created": "2026-11-23T00:00:00Z", "expires": "0001-01-01T00:00:00Z"}}
}

func (g *standIn) team(r *http.Request, body map[string]any) (int, any) {
	if r.Method == "POST" {
		g.teams = append(g.teams, body["name"].(string))
		return 200, map[string]any{"message": "Team created", "teamId": len(g.teams)}
	}
	if g.lacks("teams:read") {
		return forbidden("teams:read")
	}
	list := []any{}
	for i, name := range g.teams {
		if name == r.URL.Query().Get("name") {
			list = append(list, map[string]any{"id": i + 1, "name": name, "orgId": 1, "memberCount": 0, "uid": "x", "isProvisioned": false})
		}
	}
	return 200, map[string]any{"teams": list, "totalCount": len(list), "page": 1, "perPage": 1000}
}

func (g *standIn) permission(method string, parts []string, body map[string]any) (int, any) {
	folder := parts[0]
	if g.folders[folder] == nil {
		return said(404, "folder not found")
	}
	if method == "GET" {
		list := []any{map[string]any{"id": 1, "builtInRole": "Viewer", "permission": "View", "actions": []string{"folders:read"}}}
		for id, may := range g.permissions[folder] {
			list = append(list, map[string]any{"id": 1 + id, "team": g.teams[id-1], "teamId": id, "permission": may, "actions": []string{"folders:read"}})
		}
		return 200, list
	}
	g.only(body, "permission")
	id, err := strconv.Atoi(parts[2])
	if err != nil || parts[1] != "teams" {
		g.t.Errorf("only teams may be touched, not %v", parts)
	}
	if g.permissions[folder] == nil {
		g.permissions[folder] = map[int]string{}
	}
	may, _ := body["permission"].(string)
	g.permissions[folder][id] = may
	if may == "" {
		delete(g.permissions[folder], id)
	}
	return 200, map[string]any{"message": "Permission updated"}
}
