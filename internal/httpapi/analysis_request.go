package httpapi

import (
	"slices"
	"strconv"

	"example.org/osprey"
	"example.org/osprey/internal/analysis"
	"example.org/osprey/internal/wire"
)

// readRequests reads the body that starts analyses (api.md 9.1). Params of the
// root are defaults for every entry's. readMedia reads the source_media of an entry.
func readRequests(o *wire.Object, readMedia func(*wire.Object, *analysis.Request)) ([]analysis.Request, error) {
	o.Require("analyses")
	n := o.Length("analyses")
	switch {
	case o.Err() != nil:
		return nil, o.Err()
	case n < 1:
		return nil, osprey.OutOfRange("analyses", 1, n, "analyses is empty")
	case n > osprey.MaxAnalysesPerRequest:
		return nil, osprey.TooLarge("analyses", osprey.MaxAnalysesPerRequest, n, "", "There are more than %d analyses", osprey.MaxAnalysesPerRequest)
	}
	defaults := o.Object("params")
	endpoint := o.String(endpointKey)
	usual := readSearched(defaults)
	requests := make([]analysis.Request, 0, n)
	for _, entry := range o.Objects("analyses") {
		r := readRequest(entry, defaults, usual, readMedia)
		if r.ResolutionEndpoint == nil {
			r.ResolutionEndpoint = endpoint
		}
		requests = append(requests, r)
	}
	return requests, o.Err()
}

// readRequest reads one entry; where it names no collection, it searches the usual
// ones.
func readRequest(o, defaults *wire.Object, usual searched, readMedia func(*wire.Object, *analysis.Request)) analysis.Request {
	var r analysis.Request
	o.Require("type")
	if t := wire.Enum(o, "type", osprey.ParseAnalysisType, osprey.AnalysisQuality, osprey.AnalysisBiometry, osprey.AnalysisCollection, osprey.AnalysisDocuments); t != nil {
		r.Type = *t
	}
	readMedia(o, &r)
	params := o.Object("params")
	in := readSearched(o, params)
	if len(in.ids) == 0 {
		in = usual
	}
	if r.Type == osprey.AnalysisCollection { // the keys of a search mean nothing elsewhere
		r.Collections, r.CollectionFields = slices.Clone(in.ids), slices.Clone(in.fields)
	}
	readParams(o, params, defaults, &r)
	r.Metadata = o.Metadata("meta_data")
	r.ResolutionEndpoint = o.String(endpointKey)
	return r
}

// readSource reads source_media; repeated ids count once, an empty array is an
// absent one.
func readSource(o *wire.Object, r *analysis.Request) {
	seen := make(map[osprey.ID]bool)
	for i, id := range o.IDs("source_media") {
		if !seen[id] {
			seen[id] = true
			r.Source, r.SourceIndex = append(r.Source, id), append(r.SourceIndex, i)
		}
	}
}

// searched is the collections that a part of the body names, each once, with where
// it names them.
type searched struct {
	ids    []osprey.ID
	fields []string
}

// readSearched gathers collection_id and collection_ids of the objects, nil ones
// left out. A list that is too long is refused before anything is done with it.
func readSearched(objects ...*wire.Object) searched {
	var s searched
	seen := make(map[osprey.ID]bool)
	add := func(id osprey.ID, field string) {
		if !seen[id] {
			seen[id] = true
			s.ids, s.fields = append(s.ids, id), append(s.fields, field)
		}
	}
	for _, o := range objects {
		if o == nil {
			continue
		}
		if id := o.ID("collection_id"); id != nil {
			add(*id, o.Name("collection_id"))
		}
		if n := o.Length("collection_ids"); n > osprey.MaxCollectionIDs {
			failTooMany(o, n)
			continue
		}
		for i, id := range o.IDs("collection_ids") {
			add(id, o.Name("collection_ids."+strconv.Itoa(i)))
		}
		if n := len(s.ids); n > osprey.MaxCollectionIDs {
			failTooMany(o, n)
		}
	}
	return s
}

func failTooMany(o *wire.Object, n int) {
	name := o.Name("collection_ids")
	o.Fail(osprey.OutOfRange(name, osprey.MaxCollectionIDs, n, "%s has more than %d ids", name, osprey.MaxCollectionIDs))
}
