// Package grafana puts what this agent shows into a Grafana, over its API: data source, folder, boards, and who may see them.
//
// Here live the connection to Grafana and its errors, the state of what was sent, the comparison of what is wanted with what
// is there, and the plan, apply and prune that follow from it. What the boards look like is the business of the mixin around
// this package.
//
// Three rules hold everywhere. What is as it should be is not written again. What a person changed is told of and kept, unless
// the configuration says overwrite. What this agent did not make is neither changed nor deleted.
package grafana
