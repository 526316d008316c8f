package grafana

import "context"

// Kind says what a thing in Grafana is.
type Kind string

// The kinds, in the order in which they are put into Grafana.
const (
	KindDataSource   Kind = "data source"
	KindFolder       Kind = "folder"
	KindContactPoint Kind = "contact point"
	KindPolicy       Kind = "notification policy"
	KindRule         Kind = "alert rule"
	KindBoard        Kind = "board"
	KindViewers      Kind = "viewers"
)

// object is one thing that Grafana should have.
type object interface {
	kind() Kind
	// id is unique among the objects of its kind, and stays the same.
	id() string
	title() string
	// wanted is what counts of it, as JSON has it; secrets only as a hash.
	wanted() any
	// look returns what Grafana has in its place; nil where there is nothing.
	look(ctx context.Context, n *connection) (*found, error)
	// put makes it, or, with what look gave, changes it.
	put(ctx context.Context, n *connection, old *found) error
}

// secretive is an object with secrets, which Grafana does not show again: only what was sent is known of them.
type secretive interface {
	secrets() map[string]string
}

// wish is what the state remembers of what was wanted, secrets included.
func wish(o object) (string, error) {
	s, has := o.(secretive)
	if !has || len(s.secrets()) == 0 {
		return hash(o.wanted())
	}
	return hash([]any{o.wanted(), s.secrets()})
}

// remover can take a thing out of Grafana again. What look gave proves that it is this agent's.
type remover interface {
	remove(ctx context.Context, n *connection, old *found) error
}

// found is a thing as Grafana has it.
type found struct {
	content any // compared with wanted
	// left changes whenever the thing is changed; "" where only the content says so.
	left string
	// foreign says why it is not the agent's own, and cannot be changed whatever the configuration says; "" where it may be ours.
	foreign string
	version int64
	id      int64
	// provenance is how Grafana says that a thing was made: "" by hand, api, file.
	provenance string
}

// mark says how a thing was left.
func (f *found) mark() (string, error) {
	if f.left != "" {
		return f.left, nil
	}
	return hash(f.content)
}

// key is how the state names an object.
func key(o object) string { return string(o.kind()) + "/" + o.id() }
