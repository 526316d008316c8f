package config

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v3"
)

// longList is how many lines of a list the reference shows; of a longer one it shows the first entry.
const longList = 40

// excerpt returns the lines of full.yml that show a block, the first of its kind, without the indentation. The key is one of
// the reference: lists[] and * stand for the first entry that has what follows.
func excerpt(root *yaml.Node, key string) string {
	if len(root.Content) == 0 {
		return ""
	}
	path := strings.Split(strings.ReplaceAll(key, "[]", ".[]"), ".")
	if path[len(path)-1] == "[]" {
		path = path[:len(path)-1]
	}
	lines := bytes.SplitAfter(fullExample, []byte("\n"))
	first, last := find(root.Content[0], path, len(lines)+1)
	if first == 0 {
		return ""
	}
	return dedent(lines[first-1 : min(last-1, len(lines))])
}

// find returns the first line of the block that the path names and the line after its last; end is the line after the node.
func find(n *yaml.Node, path []string, end int) (first, last int) {
	if path[0] == "[]" {
		for i, one := range n.Content {
			if first, last = find(one, path[1:], beginning(n.Content, i+1, end)); first > 0 {
				return first, last
			}
		}
		return 0, 0
	}
	if n.Kind != yaml.MappingNode {
		return 0, 0
	}
	for i := 0; i < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		after := beginning(n.Content, i+2, end)
		switch {
		case k.Value != path[0] && path[0] != "*", path[0] == "*" && v.Kind != yaml.MappingNode:
		case len(path) == 1 && v.Kind == yaml.SequenceNode && after-k.Line > longList:
			return k.Line, beginning(v.Content, 1, after)
		case len(path) == 1 && (path[0] != "*" || len(v.Content) > 2):
			return k.Line, after
		case len(path) > 1:
			if first, last = find(v, path[1:], after); first > 0 {
				return first, last
			}
		}
	}
	return 0, 0
}

// beginning returns the line where the entry i begins, with the comment above it, or the end.
func beginning(content []*yaml.Node, i, end int) int {
	if i >= len(content) {
		return end
	}
	n := content[i]
	line := n.Line
	if n.HeadComment != "" {
		line -= 1 + strings.Count(n.HeadComment, "\n")
	}
	return line
}

// dedent takes the indentation of the first line away, and empty lines at the end.
func dedent(lines [][]byte) string {
	indent := len(lines[0]) - len(bytes.TrimLeft(lines[0], " "))
	var b strings.Builder
	for _, line := range lines {
		b.Write(line[min(indent, len(line)-len(bytes.TrimLeft(line, " "))):])
	}
	return strings.TrimSpace(b.String()) + "\n"
}
