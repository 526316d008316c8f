// Package web is the agent's HTTP side: which paths there are, how they are protected, and the server with its timeouts,
// TLS and passwords.
//
// What the paths show is made elsewhere and passed in; nothing here knows of figures, sources or the ledger.
package web
