package config

import (
	"slices"
	"strings"
)

// The words of server.components.
const (
	ComponentAuth        = "auth"
	ComponentStateful    = "stateful"
	ComponentStateless   = "stateless"
	ComponentCollections = "oz_collections"
)

// Has reports whether a part of the API is served.
func (s Server) Has(component string) bool { return slices.Contains(words(s.Components), component) }

// Storeless reports whether there is neither a database nor anybody who could log in.
func (s Server) Storeless() bool { return !s.Has(ComponentAuth) }

func words(list string) []string {
	out := strings.Split(list, ",")
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}

// areComponents: known words, each once, that make sense together.
func areComponents(list string) bool {
	s, all := Server{Components: list}, words(list)
	for i, word := range all {
		known := word == ComponentAuth || word == ComponentStateful || word == ComponentStateless || word == ComponentCollections
		if !known || slices.Contains(all[:i], word) {
			return false
		}
	}
	stateful := s.Has(ComponentStateful)
	return stateful != s.Has(ComponentStateless) && // one of the two
		(!stateful || s.Has(ComponentAuth)) && (!s.Has(ComponentCollections) || stateful)
}
