package grafana

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
)

// surplus deals with what the state knows and is not wanted any more: dry only reports it.
func (r *round) surplus(ctx context.Context, dry bool) error {
	wanted := map[string]bool{}
	for _, o := range r.site.objects {
		wanted[key(o)] = true
	}
	for _, name := range slices.SortedFunc(maps.Keys(r.state.here), laterFirst) {
		if wanted[name] {
			continue
		}
		o := r.site.former(name, r.state.here[name].Title)
		if o == nil {
			continue
		}
		step, err := r.removeOne(ctx, o, dry)
		if step.Action == InStep && err == nil {
			continue
		}
		if err := r.note(step, err); err != nil {
			return err
		}
	}
	return nil
}

// order is that in which kinds are put into Grafana.
var order = []Kind{KindDataSource, KindFolder, KindContactPoint, KindPolicy, KindRule, KindBoard, KindViewers}

// laterFirst orders names of the state so that nothing is deleted while something else still needs it.
func laterFirst(a, b string) int {
	rank := func(name string) int {
		kind, _, _ := strings.Cut(name, "/")
		return slices.Index(order, Kind(kind))
	}
	return cmp.Or(cmp.Compare(rank(b), rank(a)), cmp.Compare(a, b))
}

// former returns an object that was made once, enough of it to find and delete it; nil for what is never deleted.
func (s *Site) former(name, title string) object {
	kind, id, _ := strings.Cut(name, "/")
	switch Kind(kind) {
	case KindBoard:
		return &board{uid: id, name: title, folder: s.folder, tag: s.prefix}
	case KindDataSource:
		return &dataSource{uid: id, name: title, options: map[string]any{madeBy: s.prefix}}
	case KindContactPoint:
		return &contactPoint{uid: id, name: title}
	case KindRule:
		return &alertRule{uid: id, name: title, folder: s.folder, owner: s.prefix}
	case KindPolicy:
		return &policy{prefix: id}
	case KindViewers:
		folder, team, _ := strings.Cut(id, "/")
		return &viewers{folder: folder, team: team}
	}
	return nil
}

// removeOne deletes an object if it is in the state, bears the prefix, is in the folder, and was not changed by others.
func (r *round) removeOne(ctx context.Context, o object, dry bool) (Step, error) {
	step := Step{Kind: o.kind(), ID: o.id(), Title: o.title(), Action: Surplus}
	f, err := o.look(ctx, r.on)
	if err != nil {
		return step, err
	}
	if f == nil {
		step.Action = InStep // it is gone already
		if dry {
			return step, nil
		}
		return step, r.state.forget(key(o))
	}
	mark, err := f.mark()
	if err != nil {
		return step, err
	}
	switch {
	case !strings.HasPrefix(o.id(), r.site.prefix):
		step.Action, step.Why = Keep, "it is not wanted any more, but does not bear the prefix "+r.site.prefix+": "+
			"delete it by hand"
	case f.foreign != "":
		step.Action, step.Why = Keep, "it is not wanted any more, but: "+f.foreign
	case o.kind() == KindBoard && f.folder() != r.site.folder:
		step.Action, step.Why = Keep, "it is not wanted any more, but somebody moved it into another folder: delete it by hand"
	case mark != r.state.here[key(o)].Left && !r.site.settings.Overwrite:
		step.Action, step.Why = Keep, "it is not wanted any more, but somebody changed it: delete it by hand, "+
			"or set grafana.overwrite"
	}
	if step.Action == Keep || dry {
		return step, nil
	}
	step.Action = Delete
	if err := o.(remover).remove(ctx, r.on, f); err != nil {
		return step, err
	}
	return step, r.state.forget(key(o))
}

// folder is the one that a board lies in.
func (f *found) folder() string {
	content, _ := f.content.(map[string]any)
	uid, _ := content["folder"].(string)
	return uid
}
