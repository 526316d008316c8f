// Package outbound opens every connection that the agent makes to another machine: to the systems it reads, to Grafana, to
// stores of remote write, and to those who are told of alerts.
//
// Here live what such a connection takes from the process (Env), the list of allowed hosts, the proxy and the pace of each
// host (Rules). What is said over a connection, and what an answer means, belongs to its caller: systems that are read over
// HTTP are the business of collectors/httpclient.
package outbound
