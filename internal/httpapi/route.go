package httpapi

import (
	"net/http"
	"path"
	"slices"
	"strings"

	"example.org/osprey"
	"example.org/osprey/internal/access"
)

// route is one line of the table.
type route struct {
	method string
	path   string
	// may is the row of the role table; open calls have none: they check what they
	// need themselves and are not limited.
	may    access.Endpoint
	handle handler
}

const open access.Endpoint = ""

// crossing holds the routes of one path.
type crossing struct {
	pattern string
	ids     []string // wildcards that are identifiers
	methods map[string]route
	allow   string // of the Allow header
}

// crossings groups the table by path.
func crossings(table []route) map[string]*crossing {
	all := make(map[string]*crossing)
	for _, rt := range table {
		x := all[rt.path]
		if x == nil {
			x = &crossing{pattern: rt.path, ids: identifiers(rt.path), methods: make(map[string]route)}
			all[rt.path] = x
		}
		x.methods[rt.method] = rt
	}
	for _, x := range all {
		x.allow = strings.Join(x.allowed(), ", ")
	}
	return all
}

// identifiers lists the wildcards of a pattern that end in _id.
func identifiers(pattern string) []string {
	var names []string
	for segment := range strings.SplitSeq(pattern, "/") {
		if name := strings.Trim(segment, "{}"); name != segment && strings.HasSuffix(name, "_id") {
			names = append(names, name)
		}
	}
	return names
}

func (x *crossing) allowed() []string {
	methods := []string{http.MethodOptions}
	for m := range x.methods {
		methods = append(methods, m)
		if m == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
	}
	slices.Sort(methods)
	return methods
}

// find returns the route of a method; HEAD is GET without the body.
func (x *crossing) find(method string) (route, bool) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	rt, ok := x.methods[method]
	return rt, ok
}

// readIDs reads the identifiers of the path; what is no UUID is unknown.
func (x *crossing) readIDs(r *http.Request) (map[string]osprey.ID, error) {
	ids := make(map[string]osprey.ID, len(x.ids))
	for _, name := range x.ids {
		id, ok := osprey.ParseID(r.PathValue(name))
		if !ok {
			return nil, osprey.NotExist()
		}
		ids[name] = id
	}
	return ids, nil
}

// cleanPath drops one trailing slash. It reports false for what is not a plain
// path: repeated slashes, dot segments, escapes that no path of ours needs. The
// mux would answer those by redirections, which the contract forbids.
func cleanPath(r *http.Request) (string, bool) {
	p := r.URL.Path
	if len(p) > 1 {
		p = strings.TrimSuffix(p, "/")
	}
	return p, r.URL.RawPath == "" && strings.HasPrefix(p, "/") && path.Clean(p) == p
}
