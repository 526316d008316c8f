package grafana_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kpiagent/dashboards/grafana"
)

// all is how many things the configuration of the tests wants: a data source, a folder, nine boards.
const all = 1 + 1 + 9

// onlyReads wants requests that change nothing.
func onlyReads(t testing.TB, asked []string) {
	t.Helper()
	for _, request := range asked {
		if !strings.HasPrefix(request, "GET ") {
			t.Errorf("asked to %s, want reads only", request)
		}
	}
}

func TestApply(t *testing.T) {
	onEvery(t, func(o *office) {
		a := newAgent(o)
		a.only(a.plan(), grafana.Create, all)
		onlyReads(t, o.asked())
		o.is(404, "/api/folders/"+a.prefix)
		if _, err := os.Stat(filepath.Join(a.dir, "state")); !os.IsNotExist(err) {
			t.Errorf("a plan has written to disk: %v", err)
		}

		a.only(a.apply(), grafana.Create, all)
		o.is(200, "/api/datasources/uid/"+a.prefix+"-prometheus")
		o.is(200, "/api/folders/"+a.prefix)
		o.asked()

		// A second time nothing is written, whether or not the state is still there.
		a.only(a.apply(), grafana.InStep, all)
		asked := o.asked()
		onlyReads(t, asked)
		if o.standIn != nil && len(asked) != all {
			t.Errorf("%d requests for %d things: %v", len(asked), all, asked)
		}
		if err := os.RemoveAll(filepath.Join(a.dir, "state")); err != nil {
			t.Fatal(err)
		}
		a.only(a.apply(), grafana.InStep, all)
		a.only(a.plan(), grafana.InStep, all)
		onlyReads(t, o.asked())
	})
}

func TestConfigurationChanges(t *testing.T) {
	onEvery(t, func(o *office) {
		a := newAgent(o)
		a.apply()
		a.folder += " (mới)"
		a.only(a.apply(), grafana.Change, 1)
		a.boards = "  prometheus_url: http://prometheus.example.vn:9090"
		a.only(a.plan(), grafana.Change, 1)
		a.only(a.apply(), grafana.Change, 1)
		a.only(a.apply(), grafana.InStep, all)
	})
}

// A board that a person changed is told of and kept; overwrite undoes the change.
func TestPersonsEdit(t *testing.T) {
	onEvery(t, func(o *office) {
		a := newAgent(o)
		a.apply()
		uid := a.board("overview-vi")
		before := a.titleOf(uid)
		a.edit(uid, "Của tôi")
		for range 2 {
			r := a.apply()
			a.only(r, grafana.Keep, 1)
			kept := r.Steps[slices.IndexFunc(r.Steps, func(s grafana.Step) bool { return s.Action == grafana.Keep })]
			if kept.ID != uid || !strings.Contains(kept.Why, "somebody changed it") || len(kept.Differences) != 1 || !strings.Contains(kept.Differences[0], "Của tôi") {
				t.Errorf("told %+v", kept)
			}
			if title := a.titleOf(uid); title != "Của tôi" {
				t.Errorf("the title is %q: the person's change is gone", title)
			}
		}
		a.grafana = "  overwrite: true"
		a.only(a.apply(), grafana.Change, 1)
		if title := a.titleOf(uid); title != before {
			t.Errorf("the title is %q, want %q", title, before)
		}
		a.only(a.apply(), grafana.InStep, all)
	})
}

// Prune deletes what is not wanted any more, and nothing of anybody else, not even what looks like it.
func TestPrune(t *testing.T) {
	onEvery(t, func(o *office) {
		a := newAgent(o)
		a.languages = "vi, en"
		a.apply()
		own := a.board("mine-en") // looks like one of the agent's in everything but the state
		o.must("POST", "/api/dashboards/db", map[string]any{"folderUid": a.prefix, "dashboard": map[string]any{
			"uid": own, "title": "Mine", "tags": []string{a.prefix, "en"}, "panels": []any{}, "schemaVersion": 37}})
		a.edit(a.board("unit-en"), "Changed")
		a.languages = "vi"
		changed := a.apply()                    // the boards that are left no longer have a link to the other language
		if changed.Count(grafana.Change) != 8 { // the one for the wall has no links
			t.Errorf("%d boards changed, want 8", changed.Count(grafana.Change))
		}
		planned := a.plan()
		if planned.Count(grafana.Surplus) != 8 || planned.Count(grafana.Keep) != 1 {
			t.Errorf("planned %d deletions and to keep %d, want 8 and 1", planned.Count(grafana.Surplus), planned.Count(grafana.Keep))
		}
		pruned := a.prune()
		if pruned.Count(grafana.Delete) != 8 || pruned.Count(grafana.Keep) != 1 {
			t.Errorf("deleted %d and kept %d, want 8 and 1", pruned.Count(grafana.Delete), pruned.Count(grafana.Keep))
		}
		o.is(404, "/api/dashboards/uid/"+a.board("overview-en"))
		o.is(200, "/api/dashboards/uid/"+a.board("overview-vi"))
		o.is(200, "/api/dashboards/uid/"+a.board("unit-en"))
		o.is(200, "/api/dashboards/uid/"+own)
		if again := a.prune(); again.Count(grafana.Delete) != 0 {
			t.Errorf("pruned twice")
		}
	})
}

func TestFolderDeletedByHand(t *testing.T) {
	onEvery(t, func(o *office) {
		a := newAgent(o)
		a.apply()
		o.must("DELETE", "/api/folders/"+a.prefix+"?forceDeleteRules=true", nil)
		r := a.apply()
		a.only(r, grafana.Create, all-1)
		if why := r.Steps[1].Why; why != "somebody deleted it" {
			t.Errorf("says %q", why)
		}
		a.only(a.apply(), grafana.InStep, all)
	})
}

// Agents with different prefixes do not see each other, and agents that share one by mistake do not fight.
func TestTwoAgents(t *testing.T) {
	onEvery(t, func(o *office) {
		a, b := newAgent(o), newAgent(o)
		b.prefix, b.folder, b.unit = a.prefix+"-b", a.folder+" b", "Sở"
		for range 2 {
			a.apply()
			b.apply()
		}
		o.asked()
		a.only(a.apply(), grafana.InStep, all)
		b.only(b.apply(), grafana.InStep, all)
		a.prune()
		b.prune()
		onlyReads(t, o.asked())

		c := newAgent(o)
		c.prefix, c.folder, c.unit = a.prefix, a.folder, "Tổng cục"
		for range 2 {
			if kept := c.apply().Count(grafana.Keep); kept == 0 {
				t.Errorf("nothing is kept, although another agent made it")
			}
			c.prune()
			a.only(a.apply(), grafana.InStep, all)
		}
		onlyReads(t, o.asked())
	})
}

func TestViewers(t *testing.T) {
	onEvery(t, func(o *office) {
		a := newAgent(o)
		team := "Lãnh đạo " + a.prefix
		a.grafana = "  viewers: [" + team + "]"
		r, err := a.site().Apply(t.Context(), a.around())
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Err(); err == nil || !strings.Contains(err.Error(), "there is no team") || r.Count(grafana.Create) != all {
			t.Errorf("without the team: %v, %d made", err, r.Count(grafana.Create))
		}
		id := o.newTeam(team)
		a.only(a.apply(), grafana.Create, 1)
		a.only(a.apply(), grafana.InStep, all+1)

		// Somebody takes it away: that is a person's change as any other.
		o.must("POST", "/api/access-control/folders/"+a.prefix+"/teams/"+id, map[string]any{"permission": ""})
		a.only(a.apply(), grafana.Keep, 1)
		a.grafana += "\n  overwrite: true"
		a.only(a.apply(), grafana.Create, 1)

		// Who was given more by somebody may view as well, and keeps what he has when the agent's list no longer names him.
		viewers := a.grafana
		o.must("POST", "/api/access-control/folders/"+a.prefix+"/teams/"+id, map[string]any{"permission": "Edit"})
		a.only(a.apply(), grafana.InStep, all+1)
		a.grafana = ""
		a.only(a.prune(), grafana.Keep, 1)
		o.must("POST", "/api/access-control/folders/"+a.prefix+"/teams/"+id, map[string]any{"permission": "View"})

		a.grafana = viewers
		a.only(a.apply(), grafana.InStep, all+1)
		a.grafana = ""
		a.only(a.apply(), grafana.InStep, all)
		a.only(a.prune(), grafana.Delete, 1)
	})
}

// Names are data: they come back as they went, and nothing in them is taken for a variable or markup.
func TestStrangeNames(t *testing.T) {
	onEvery(t, func(o *office) {
		a := newAgent(o)
		a.unit = `Cục "Xuất ${DS} nhập khẩu" $unit 📊 \ <b>{{ $labels }}</b> ` + strings.Repeat("nghiệp vụ hành chính ", 12)
		a.folder = `Chỉ số "${__all}" 📊 ` + strings.Repeat("dịch vụ công trực tuyến ", 6) + a.prefix
		a.only(a.apply(), grafana.Create, all)
		a.only(a.apply(), grafana.InStep, all)
		if title := o.must("GET", "/api/folders/"+a.prefix, nil)["title"]; title != a.folder {
			t.Errorf("the folder is %q, want %q", title, a.folder)
		}
	})
}

// A board of somebody else under one of our uids, a data source of somebody else, and what comes from files, are left alone even
// with overwrite.
func TestForeignThings(t *testing.T) {
	onEvery(t, func(o *office) {
		a := newAgent(o)
		a.grafana = "  overwrite: true"
		o.must("POST", "/api/folders", map[string]any{"uid": a.prefix, "title": a.folder})
		o.must("POST", "/api/dashboards/db", map[string]any{"folderUid": a.prefix, "dashboard": map[string]any{
			"uid": a.board("overview-vi"), "title": "Của người khác", "tags": []string{}, "panels": []any{}, "schemaVersion": 37}})
		o.must("POST", "/api/datasources", map[string]any{"uid": a.prefix + "-prometheus", "name": "x" + a.prefix, "type": "prometheus", "access": "proxy", "url": "http://localhost:1"})
		r := a.apply()
		if r.Count(grafana.Keep) != 2 || r.Count(grafana.Create) != all-3 {
			var told bytes.Buffer
			r.Print(&told)
			t.Errorf("want two things kept:\n%s", &told)
		}
		if title := a.titleOf(a.board("overview-vi")); title != "Của người khác" {
			t.Errorf("the title is %q now", title)
		}
	})
}
