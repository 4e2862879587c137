package analysis_test

import (
	"example.org/osprey"
	"example.org/osprey/internal/analysis"
	"example.org/osprey/internal/collection"
)

func newCollection(alias string) collection.New { return collection.New{Alias: alias} }

func patch(alias string, on osprey.OnMatch) collection.Patch {
	return collection.Patch{Alias: &alias, OnMatch: &on}
}

// one is a request for one plain analysis.
func one() []analysis.Request { return []analysis.Request{{Type: osprey.AnalysisCollection}} }
