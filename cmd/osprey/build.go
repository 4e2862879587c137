package main

import (
	"cmp"
	"runtime/debug"

	"example.org/osprey/internal/httpapi"
)

// The release and the commit it was built from, set by the build.
var (
	version = "0.1.0"
	commit  = ""
)

// build tells what this binary is. engine is the version of the inference
// runtime, empty when no model pack was read.
func build(engine string) httpapi.Build {
	b := httpapi.Build{Version: version, Commit: commit, Engine: engine}
	if info, ok := debug.ReadBuildInfo(); ok {
		b.Go = info.GoVersion
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && b.Commit == "" {
				b.Commit = s.Value
			}
		}
	}
	b.Commit = cmp.Or(b.Commit, "unknown")
	return b
}
