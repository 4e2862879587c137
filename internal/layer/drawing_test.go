package layer

import (
	"fmt"
	"strings"
)

const module = "example.org/osprey"

// floor is a height in the house. A room may use every room below it; what it
// may use on its own floor stands in its row.
type floor int

const (
	floor0  floor = iota // the nouns, the registry of settings
	floor1               // public libraries
	floor1b              // public libraries that build on them
	floor2a              // rows, keys, model packs
	floor2b              // templates, jobs, rights, log, bytes
	floor3               // what Osprey does
	floor4a              // transport of requests
	floor4               // the routes
	floor5               // the running house
	floor6               // the command line
	beside               // outside the house: tests and tools
)

func (f floor) String() string {
	return []string{"0", "1", "1b", "2a", "2b", "3", "4a", "4", "5", "6", "beside"}[f]
}

// room is one package of the drawing.
type room struct {
	path  string // below the module; "." is the root
	floor floor
	also  []string // rooms that the drawing shows as used although they are not below
	only  []string // not nil: the only rooms it may use, for libraries and the client
	http  bool     // may know net/http
	sql   bool     // may know database/sql
}

// drawing is the plan of the house, floor by floor.
var drawing = []room{
	{path: ".", floor: floor0},
	{path: "internal/config", floor: floor0, also: []string{"."}},
	{path: "internal/killpoint", floor: floor0},
	{path: "models", floor: floor0},

	// Public libraries know the nouns and nothing else of the house.
	{path: "face", floor: floor1, only: []string{"."}},
	{path: "gallery", floor: floor1, only: []string{"."}},
	{path: "media", floor: floor1, only: []string{"."}},

	{path: "document", floor: floor1b, only: []string{".", "face"}},

	// Lines and letters for charts and pictures.
	{path: "internal/sketch", floor: floor1, only: []string{}},

	// Pages to be filed.
	{path: "internal/paper", floor: floor1, only: []string{}},

	// Whose work is in the binary and in the models.
	{path: "internal/licence", floor: floor1, only: []string{"models"}},

	// Counts for Prometheus, which every room above hands out.
	{path: "internal/metric", floor: floor1, only: []string{"."}},

	{path: "internal/store", floor: floor2a, also: []string{"internal/store/migration", "internal/store/query"}, sql: true},
	{path: "internal/store/migration", floor: floor2a},
	{path: "internal/store/query", floor: floor2a, sql: true},
	{path: "internal/vault", floor: floor2a},
	{path: "internal/pack", floor: floor2a},
	// It may know net/http: what it guards is a request from its URL to its last byte.
	{path: "internal/egress", floor: floor2a, http: true},

	{path: "internal/look", floor: floor2b},
	{path: "internal/index", floor: floor2b},
	{path: "internal/queue", floor: floor2b, sql: true},
	{path: "internal/access", floor: floor2b},
	{path: "internal/audit", floor: floor2b},
	{path: "internal/blob", floor: floor2b},
	{path: "internal/capsule", floor: floor2b},
	{path: "internal/replay", floor: floor2b},

	{path: "internal/account", floor: floor3},
	{path: "internal/analysis", floor: floor3},
	{path: "internal/collection", floor: floor3},
	{path: "internal/erasure", floor: floor3},
	{path: "internal/eval", floor: floor3},
	{path: "internal/folder", floor: floor3},
	{path: "internal/glance", floor: floor3},
	{path: "internal/metadata", floor: floor3},
	{path: "internal/report", floor: floor3},
	{path: "internal/setting", floor: floor3},
	// It may know net/http for the headers of what it sends through egress.
	{path: "internal/webhook", floor: floor3, http: true},
	{path: "internal/usage", floor: floor3},

	{path: "internal/wire", floor: floor4a, http: true},
	{path: "internal/httpapi", floor: floor4, also: []string{"internal/httpapi/openapi"}, http: true},
	{path: "internal/httpapi/openapi", floor: floor4, http: true},
	{path: "internal/lite", floor: floor4, http: true},
	{path: "internal/server", floor: floor5, http: true},
	{path: "cmd/osprey", floor: floor6, also: []string{"client"}, http: true},

	{path: "client", floor: beside, only: []string{"."}, http: true},
	{path: "gallery/gallerytest", floor: beside, only: []string{".", "gallery"}},
	{path: "internal/blob/blobtest", floor: beside},
	{path: "internal/httpapi/contracttest", floor: beside, http: true},
	{path: "e2e", floor: beside, also: []string{"client"}, http: true, sql: true}, // tests make rows old
	{path: "internal/layer", floor: beside},
	{path: "internal/testhouse", floor: beside, also: []string{"internal/testphoto"}},
	{path: "internal/testphoto", floor: beside},
	{path: "scripts/licences", floor: beside, only: []string{"internal/licence"}},
	{path: "scripts/postman", floor: beside, only: []string{"internal/httpapi"}},
	{path: "scripts/testrun", floor: beside, only: []string{}},
}

// testOnly rooms are used by test files and by nobody else.
var testOnly = []string{
	"internal/testhouse", "internal/testphoto", "internal/blob/blobtest", "internal/httpapi/contracttest", "gallery/gallerytest",
}

// importPath is the room's path for the compiler.
func (r room) importPath() string {
	if r.path == "." {
		return module
	}
	return module + "/" + r.path
}

// mayUse lists the import paths of the house that the room's code may use.
func (r room) mayUse() []string {
	var paths []string
	for _, other := range drawing {
		if r.allows(other) {
			paths = append(paths, other.importPath())
		}
	}
	return paths
}

func (r room) allows(other room) bool {
	for _, list := range [][]string{r.also, r.only} {
		for _, path := range list {
			if path == other.path {
				return true
			}
		}
	}
	// A folder inside a room belongs to that room alone.
	private := strings.Contains(strings.TrimPrefix(other.path, "internal/"), "/") && strings.HasPrefix(other.path, "internal/")
	return r.only == nil && !private && other.floor < r.floor && other.floor != beside
}

// guard is the room's rule for the linter, as .golangci.yml has it.
func (r room) guard() string {
	name := strings.NewReplacer("internal/", "", "/", "-").Replace(r.path)
	files := "**/" + r.path + "/*.go"
	if r.path == "." {
		name, files = "osprey", "${base-path}/*.go"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "        %s:\n          list-mode: lax\n          files: [%q, \"!$test\"]\n", name, files)
	if may := r.mayUse(); len(may) > 0 {
		b.WriteString("          allow:\n")
		for _, path := range may {
			fmt.Fprintf(&b, "            - %s$\n", path)
		}
	}
	fmt.Fprintf(&b, "          deny:\n            - {pkg: %s, desc: \"floor %s may not use it, see docs/architecture.md\"}\n", module, r.floor)
	if r.floor != beside {
		if !r.http {
			b.WriteString("            - {pkg: net/http, desc: \"HTTP begins on floor 4\"}\n")
		}
		if !r.sql {
			b.WriteString("            - {pkg: database/sql, desc: \"SQL belongs to the store and the queue\"}\n")
		}
	}
	return b.String()
}
