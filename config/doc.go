// Package config holds the agent's configuration: its types, how it is loaded from file, environment and flags, and the
// check that reports every mistake with its place. Nothing here opens a connection.
//
// Each key, its default, what is allowed and what it means is written once, in the tags of these types; the loader, the
// checker and the reference documentation all read them there. A type and the rules about its keys share a file named after
// the subject: source.go, sql.go, mapping.go, alerts.go. Rules about one value are in checks.go.
//
//	load.go, environment.go, flags.go    where settings come from, and which of them wins
//	walk.go, scalar.go, fields.go        YAML beside the types: places, mistakes, plain values for viper
//	kind.go                              what a kind of source tells of itself
//	reference.go, excerpt.go, schema.go  docs/configuration.md and the JSON schema
//	document                             the YAML document, and the mistakes in it
//	layout                               the language of date layouts
//	watch                                notices when the file has changed
package config

// Tags:
//
//	yaml          the key; ",inline" for a block whose keys stand in the block around it
//	default       the value where the key is absent
//	allowed       the values, separated by |; for a mapped field what its values may mean
//	doc           one sentence for the reference
//	required      "true" where the key must be given
//	empty         "true" where an empty text is a value of its own, although there is a default
//	path          "true" where a relative path starts at the configuration file's folder
//	secret        "true" where the value must never be shown
//	check         the name of a further check (see checks); for a list it holds for each entry
//	record        for a mapped field: the kind of record that has it; without it every kind
//	needed        for a mapped field: "true" where such a record cannot be without it
//	holds         for a mapped field: date or number; text without it
