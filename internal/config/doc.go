// Package config is the one registry of settings.
//
// A setting is declared once, in registry.go: its key, kind, default, bounds,
// sentence of documentation and, where it has one, the name that Oz gives it.
// From that table come the parser, the command-line flags, the names of the
// environment variables, the layout of the file, the run-time settings of the
// API and the reference page docs/configuration.md.
//
// Sources, from weakest to strongest:
//
//	default < file < database (run-time keys only) < environment < flag
//
// The usual road is
//
//	file, err := config.ReadFile(path)
//	resolved, err := config.Resolve(config.Sources{
//		File: file, Environ: os.Environ(), Flags: flags,
//	})
//	resolved.Config.HTTP.Listen // ":8080", typed and already valid
//	resolved.Origin("http.listen") // config.SourceDefault
//
// and, once the database is open, [Resolved.WithDatabase] adds the values that
// administrators changed at run time. [Resolved.Change] checks such a change
// before it is stored.
//
// Nothing is accepted that is not enforced: a key that this build does not
// implement is an unknown key, and every malformed value is an error that
// names the key, the value and what is allowed. All faults are reported
// together ([Errors]), one a line.
package config
