package capsule

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math"
	"regexp"
	"unicode/utf8"

	"example.org/osprey"
)

// The names of the entries that every capsule has.
const (
	manifestName  = "manifest.json"
	payloadName   = "payload.json"
	signatureName = "signature"
)

// Version is the format that this build writes and reads.
const Version = 1

// The bounds of a manifest.
const (
	maxManifest = 256 << 10 // bytes
	maxListed   = 101       // the payload and more media than any request may bring
	maxTexts    = 1024      // bytes of a text about the client, or of a file name
)

var (
	partName  = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)
	mediaName = regexp.MustCompile(`^media/[A-Za-z0-9_.-]{1,80}$`)
)

// manifest says what is in a capsule (api.md 12.2).
type manifest struct {
	token   string      // the JWT
	created osprey.Time // by the clock of the client
	entries []listed
}

// listed is an entry as the manifest describes it.
type listed struct {
	name     string
	key      string // the part name of a medium
	original string // its file name, as the client says
	size     int64
	sha256   [32]byte
}

type manifestJSON struct {
	Version *int            `json:"version"`
	Token   *string         `json:"session_token"`
	Created *float64        `json:"time_created"`
	Client  json.RawMessage `json:"client"`
	Entries []listedJSON    `json:"entries"`
}

type listedJSON struct {
	Name     *string `json:"name"`
	Key      *string `json:"key"`
	Original *string `json:"original_name"`
	Size     *int64  `json:"size"`
	SHA256   *string `json:"sha256"`
}

// readManifest reads manifest.json. Keys that it does not know are left alone.
func readManifest(b []byte) (manifest, bool) {
	var j manifestJSON
	if len(b) > maxManifest || !utf8.Valid(b) || !isObject(b) || json.Unmarshal(b, &j) != nil {
		return manifest{}, false
	}
	if j.Version == nil || *j.Version != Version || j.Token == nil || j.Created == nil || len(j.Entries) == 0 || len(j.Entries) > maxListed {
		return manifest{}, false
	}
	m := manifest{token: *j.Token, entries: make([]listed, 0, len(j.Entries))}
	created, ok := readTime(*j.Created)
	if m.created = created; !ok || !isClient(j.Client) {
		return manifest{}, false
	}
	names, keys := map[string]bool{}, map[string]bool{}
	for _, e := range j.Entries {
		l, ok := e.read()
		if !ok || names[l.name] || l.key != "" && keys[l.key] {
			return manifest{}, false
		}
		names[l.name], keys[l.key] = true, true
		m.entries = append(m.entries, l)
	}
	return m, true
}

func isObject(b []byte) bool {
	b = bytes.TrimLeft(b, " \t\r\n")
	return len(b) > 0 && b[0] == '{'
}

// readTime reads a moment in seconds, or in milliseconds above 1e11 (api.md 1.4).
func readTime(s float64) (osprey.Time, bool) {
	if s < 0 || s > 1e15 {
		return 0, false
	}
	if s > 1e11 {
		s /= 1000
	}
	return osprey.Time(math.Round(s * 1e6)), true
}

// isClient checks what the client says of itself: nothing, or a few short texts. It
// is for people who look into a capsule; the server has no use for it.
func isClient(b json.RawMessage) bool {
	if len(b) == 0 || string(b) == "null" {
		return true
	}
	var c struct{ Name, Version, Platform string }
	return isObject(b) && json.Unmarshal(b, &c) == nil && max(len(c.Name), len(c.Version), len(c.Platform)) <= maxTexts
}

// read checks the form of one entry. Whether its name is one that a capsule may have
// is asked later, with the names in the archive.
func (e listedJSON) read() (listed, bool) {
	if e.Name == nil || *e.Name == "" || e.Size == nil || *e.Size < 0 || e.SHA256 == nil {
		return listed{}, false
	}
	l := listed{name: *e.Name, size: *e.Size}
	if e.Original != nil {
		l.original = *e.Original
	}
	if !readHash(*e.SHA256, l.sha256[:]) || len(l.original) > maxTexts {
		return listed{}, false
	}
	if l.name == payloadName {
		return l, e.Key == nil
	}
	// A medium named payload could not come as a part of a form either.
	if e.Key == nil || !partName.MatchString(*e.Key) || *e.Key == "payload" {
		return listed{}, false
	}
	l.key = *e.Key
	return l, true
}

// readHash reads a hash in lower-case hex, the only way to write it.
func readHash(text string, into []byte) bool {
	if len(text) != 2*len(into) {
		return false
	}
	for _, c := range []byte(text) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	_, err := hex.Decode(into, []byte(text))
	return err == nil
}

// isSafe reports whether a capsule may have an entry of this name beside manifest and
// signature.
func isSafe(name string) bool {
	return name == payloadName || mediaName.MatchString(name) && name != "media/." && name != "media/.."
}
