// Package outbound opens every connection that the agent makes to another machine: to the systems it reads, to Grafana, to
// stores of remote write, and to the receivers of alerts.
//
// Here live what such a connection takes from the process (Env), the list of allowed hosts and the pace of each host (Rules),
// the HTTP client with its certificates, proxy and credentials (Rules.Client), the guard of a login (LoginGuard), waits between
// tries (RetryAfter, Backoff), and the hiding of secrets (Hide). What is said over a connection, and what an answer means,
// belongs to its caller: how a source is read over HTTP, for example, to collectors/httpclient.
package outbound
