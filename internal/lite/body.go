package lite

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"

	"example.org/osprey/internal/wire"
)

// What a multipart body may hold besides its bytes.
const (
	maxParts    = 32 // ignored ones included
	readStep    = 32 << 10
	maxMetadata = 8 << 10
	// maxTemplateText bounds a template part as it is sent: base64 with line breaks.
	maxTemplateText = 4 * maxTemplate
)

// The media types of parts.
const (
	typeJPEG      = "image/jpeg"
	typePNG       = "image/png"
	typeWebP      = "image/webp"
	typeZIP       = "application/zip"
	typeOctets    = "application/octet-stream"
	typeJSON      = "application/json"
	typeMultipart = "multipart/form-data"
	typeExternal  = "message/external-body"
)

var imageTypes = []string{typeJPEG, typePNG, typeWebP}

// mediaType is the media type of a Content-Type header without its parameters, in lower
// case.
func mediaType(header string) string {
	t, _, _ := strings.Cut(header, ";")
	return strings.ToLower(strings.TrimSpace(t))
}

// boundaryOf finds the boundary of a multipart body, quoted or not, also one with
// characters that should have been quoted. It is empty when there is none.
func boundaryOf(header string) string {
	if _, params, err := mime.ParseMediaType(header); err == nil {
		return params["boundary"]
	}
	for _, p := range strings.Split(header, ";")[1:] {
		name, value, _ := strings.Cut(p, "=")
		if strings.EqualFold(strings.TrimSpace(name), "boundary") {
			return strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return ""
}

// isBase64 reads a Content-Transfer-Encoding header. Encodings that nobody here knows
// make the content unreadable: ok is false.
func isBase64(header string) (yes, ok bool) {
	switch strings.ToLower(strings.TrimSpace(header)) {
	case "base64":
		return true, true
	case "", "binary", "8bit", "7bit":
		return false, true
	}
	return false, false
}

// meter reads a body in bounds: no more than its limit, every byte charged to the lease
// of the request's memory.
type meter struct {
	from  io.Reader
	lease *wire.Lease
	left  int64
	err   *fault // why it stopped, where that was not the sender's doing
}

// Read reads.
func (m *meter) Read(p []byte) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	n, err := m.from.Read(p[:min(int64(len(p)), m.left+1)])
	if int64(n) > m.left {
		m.err = tooLarge()
		return 0, m.err
	}
	m.left -= int64(n)
	if !m.lease.Reserve(int64(n)) {
		m.err = overloaded()
		return 0, m.err
	}
	return n, err
}

// open bounds the body of a request.
func open(r *http.Request, limit int64, lease *wire.Lease) (*meter, error) {
	if r.ContentLength > limit {
		return nil, tooLarge()
	}
	return &meter{from: r.Body, lease: lease, left: limit}, nil
}

// whole reads all of a body that is no multipart one.
func (m *meter) whole() ([]byte, error) {
	data, err := io.ReadAll(m)
	if m.err != nil {
		return nil, m.err
	}
	if err != nil {
		return nil, &fault{kind: badSample, cause: err} // it ended early or came too slowly
	}
	return data, nil
}

// partKind is what a part holds.
type partKind int

const (
	samplePart partKind = iota
	templatePart
	metadataPart
)

// partRule says which part a call takes.
type partRule struct {
	names    []string // the first is the name in errors
	kind     partKind
	types    []string
	optional bool
}

func (r partRule) limit(maxBody int64) int64 {
	switch r.kind {
	case templatePart:
		return maxTemplateText
	case metadataPart:
		return 2 * maxMetadata // it may be base64
	}
	return maxBody
}

// part is one part that a call knows.
type part struct {
	contentType string
	encoding    string // Content-Transfer-Encoding
	located     bool   // by a Content-Location, not by its bytes
	data        []byte
	long        bool // above the limit of its kind
	cut         bool // the body ended inside it
	twice       bool
}

// readParts reads a multipart body while it streams in and keeps the parts that the
// rules name, by their first name.
func readParts(m *meter, boundary string, rules []partRule) (map[string]*part, error) {
	parts := make(map[string]*part)
	maxBody := m.left
	from := multipart.NewReader(m, boundary)
	for range maxParts {
		p, err := from.NextRawPart() // raw: encodings are ours to undo
		if m.err != nil {
			return nil, m.err
		}
		if err != nil { // the end, or a body that is broken from here on: what came counts
			return parts, nil //nolint:nilerr // a part that is missing is what is told
		}
		i := slices.IndexFunc(rules, func(r partRule) bool { return slices.Contains(r.names, p.FormName()) })
		if i < 0 {
			continue // NextRawPart passes over it
		}
		one := &part{
			contentType: mediaType(p.Header.Get("Content-Type")), encoding: p.Header.Get("Content-Transfer-Encoding"),
			located: p.Header.Get("Content-Location") != "",
		}
		if err := one.read(p, rules[i].limit(maxBody)); m.err != nil {
			return nil, m.err
		} else if err != nil {
			one.cut = true
		}
		if before := parts[rules[i].names[0]]; before != nil {
			before.twice = true
			continue
		}
		parts[rules[i].names[0]] = one
	}
	return parts, nil
}

// read reads the content of a part up to a limit; what is beyond is passed over.
func (p *part) read(from io.Reader, limit int64) error {
	data, err := io.ReadAll(io.LimitReader(from, limit+1))
	if err == nil && int64(len(data)) > limit {
		p.long = true
		return nil
	}
	p.data = data
	return err
}

// check holds the parts against the rules in the order of components.md 1.1: first that
// all are there, then their types.
func check(parts map[string]*part, rules []partRule) error {
	for _, r := range rules {
		if p := parts[r.names[0]]; p == nil && !r.optional || p != nil && p.twice {
			return partFault(r.names[0])
		}
	}
	for _, r := range rules {
		p := parts[r.names[0]]
		switch {
		case p == nil:
		case r.kind == samplePart && (p.located || p.contentType == typeExternal || isLocation(p.data)):
			return refuse(badLocation)
		case !slices.Contains(r.types, p.contentType):
			return partFault(r.names[0])
		}
	}
	return nil
}

// isLocation reports whether a sample is the address of one: nothing is ever fetched.
func isLocation(data []byte) bool {
	const longest = 2048
	if len(data) > longest {
		return false
	}
	text := strings.ToLower(strings.TrimSpace(string(data)))
	for _, scheme := range []string{"http://", "https://", "ftp://", "file://", "s3://", "data:"} {
		if strings.HasPrefix(text, scheme) {
			return true
		}
	}
	return false
}

// errEncoding is the cause where base64 is broken.
var errEncoding = errors.New("lite: the content is not encoded as its header says")

// content undoes the encoding of a body or part.
func content(data []byte, header string, whole bool) ([]byte, error) {
	encoded, ok := isBase64(header)
	if !ok {
		return nil, errEncoding
	}
	if !encoded && !whole {
		return data, nil
	}
	out, ok := decodeBase64(data)
	if !ok {
		return nil, errEncoding
	}
	return out, nil
}
