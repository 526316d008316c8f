package pages

import (
	"cmp"

	"kpiagent/internal/kpi"
)

// wallView is the first page for a screen on a wall: it fills the screen, has nothing to press, and shows units in turn.
type wallView struct {
	Name    string
	Verdict verdictView
	Tiles   []targetView
	Units   []wallUnit
	Turn    string // which units, where they do not fit on one screen
	Clock   string
	AsOf    string
	Alarm   string
	Banner  *banner
}

// wallUnit is a unit with how many of its targets are missed.
type wallUnit struct {
	Name   string
	Missed string
	None   bool
	Pips   []string
	Stale  bool
}

// How many units a wall shows at a time, and how many tiles.
const (
	wallUnits = 8
	wallTiles = 8
)

// wallRefresh is after how many seconds a wall asks for its page again, which then shows the next units.
const wallRefresh = 30

func (p *Pages) wall(r *request) (*content, error) {
	c := &content{template: "wall", class: "wall", bare: true, refresh: wallRefresh}
	r.read(func(b *builder) {
		root, _ := b.model.Unit(b.model.Tree.Root())
		view := b.wallPage(root)
		c.data, c.title = view, view.Name
	})
	return c, nil
}

func (b *builder) wallPage(root kpi.Unit) *wallView {
	p := b.year()
	judged, _ := b.targets(root.ID, p, b.reporting(root.ID))
	v := &wallView{Name: b.unitName(root), Verdict: b.sentence(p, judged), Clock: b.moment(b.now), AsOf: b.asOf(p), Banner: b.banner(root.ID, p)}
	for _, t := range judged {
		if t.def.IsHeadline() && len(v.Tiles) < wallTiles {
			v.Tiles = append(v.Tiles, t)
		}
	}
	results := b.results(p)
	if slips, _ := b.slips(results); len(slips) > 0 {
		s := slips[0]
		v.Alarm = b.Say("wall.alarm", s.Unit, lower(s.Figure.Name), s.Figure.Value, s.Figure.Target, cmp.Or(s.Figure.Lacking, s.Figure.Word))
	}
	var all []wallUnit
	for _, group := range b.peersOf(results) {
		order(group, "")
		for _, r := range group {
			all = append(all, b.wallUnit(r.unitResult))
		}
	}
	screens := (len(all) + wallUnits - 1) / wallUnits
	if screens == 0 {
		return v
	}
	now := int(b.now.Unix()/wallRefresh) % screens
	v.Units = all[now*wallUnits : min(len(all), (now+1)*wallUnits)]
	if screens > 1 {
		v.Turn = b.Say("wall.turn", b.Whole(int64(now*wallUnits+1)), b.Whole(int64(now*wallUnits+len(v.Units))), b.Whole(int64(len(all))))
	}
	return v
}

func (b *builder) wallUnit(r unitResult) wallUnit {
	u := wallUnit{Name: b.unitShort(r.unit), Stale: r.head.Stale}
	missed := 0
	counts := map[string]int{}
	for _, a := range r.figures {
		if !a.Judged || !a.OK || !b.means(a.Definition, r.unit.ID) {
			continue
		}
		class, _, _ := b.standing(a)
		if counts[class]++; class == "missed" || class == "out" {
			missed++
		}
	}
	for _, v := range kpi.Verdicts() {
		for range counts[looks[v].class] {
			u.Pips = append(u.Pips, looks[v].class)
		}
	}
	u.Missed, u.None = b.Whole(int64(missed)), missed == 0
	return u
}
