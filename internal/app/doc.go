// Package app is the running agent: the components that one process is made of, the order in which they are made and closed,
// and how another configuration reaches them. What a component does lives in its own package.
//
// Here are also the steps on the past that commands share with the running agent: filling history and sending closed days.
// Flags, and what people see in a terminal, are cmd/kpiagent's.
package app
