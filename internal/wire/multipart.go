package wire

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"example.org/osprey"
)

// Limits bound an upload.
type Limits struct {
	MaxFiles     int
	MaxFileBytes int64
	// MaxBytes, when set, bounds the whole below what the files may come to.
	MaxBytes int64
}

// Bytes is the most that a whole upload may have: all files and 2 MiB for the
// payload and what is around them.
func (l Limits) Bytes() int64 {
	whole := int64(l.MaxFiles)*l.MaxFileBytes + 2<<20
	if l.MaxBytes > 0 {
		whole = min(whole, l.MaxBytes)
	}
	return whole
}

// File is one file part of an upload.
type File struct {
	Field string // the part name
	Name  string // the file name without path parts, at most 255 characters
	Data  []byte
	// Fault is why the part cannot be used: its name, its size. Data is nil then.
	Fault *osprey.Error
}

// Upload is a multipart body. It is held until the lease that it was read under is
// released.
type Upload struct {
	Files          []File // in the order they came
	Payload        *Object
	AdditionalInfo *string
}

// Fault joins the faults of the file parts, nil when there are none.
func (u *Upload) Fault() error {
	var faults []osprey.PartFault
	for _, f := range u.Files {
		if f.Fault != nil {
			faults = append(faults, osprey.PartFault{Field: f.Field, Err: f.Fault})
		}
	}
	return osprey.JoinParts(faults)
}

// MaxAdditionalInfo is the longest description of the capture environment, in
// bytes.
const MaxAdditionalInfo = 64 << 10

const (
	payloadPart        = "payload"
	additionalInfoPart = "additional_info"
	maxParts           = 1000 // ignored ones included
	maxShownPartName   = 64
	partChunk          = 32 << 10
)

var partName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

// ReadUpload reads a multipart/form-data body while it streams in: no part and
// no whole is ever read past its limit, and all that is held is charged to the
// lease. A fault of a file part stays with its File, for the caller to join with
// what else is wrong with the files (api.md 2.4).
func ReadUpload(r *http.Request, limits Limits, lease *Lease) (*Upload, error) {
	if err := CheckEncoding(r); err != nil {
		return nil, err
	}
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "multipart/form-data" || params["boundary"] == "" {
		return nil, osprey.Errorf(osprey.CodeInvalidStructure, "The body must be multipart/form-data").With("field", "body")
	}
	if r.ContentLength > limits.Bytes() {
		return nil, uploadTooLarge(limits)
	}
	if r.ContentLength > lease.budget.Left() {
		return nil, overloaded()
	}
	body := &meteredBody{from: r.Body, lease: lease, left: limits.Bytes(), limits: limits}
	u := &uploadReader{limits: limits, body: body, names: make(map[string]bool)}
	if err := u.readAll(multipart.NewReader(body, params["boundary"])); err != nil {
		return nil, err
	}
	return &u.upload, nil
}

func uploadTooLarge(l Limits) error {
	return osprey.TooLarge("body", l.Bytes(), nil, "bytes", "The upload is larger than %d bytes", l.Bytes())
}

// meteredBody charges what it reads to the lease and ends with an error at the
// limit of the whole upload.
type meteredBody struct {
	from   io.Reader
	lease  *Lease
	limits Limits
	left   int64
	err    error // why it stopped, when that was not the sender's doing
}

func (m *meteredBody) Read(p []byte) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	if int64(len(p)) > m.left+1 {
		p = p[:m.left+1]
	}
	n, err := m.from.Read(p)
	if int64(n) > m.left {
		m.err = uploadTooLarge(m.limits)
		return 0, m.err
	}
	m.left -= int64(n)
	if m.err = m.lease.take(int64(n)); m.err != nil {
		return 0, m.err
	}
	return n, err
}

// uploadReader gathers the parts of one upload.
type uploadReader struct {
	limits  Limits
	body    *meteredBody
	upload  Upload
	payload []byte
	twice   bool // two payloads
	seen    bool // a payload
	names   map[string]bool
	files   int
	text    error // of additional_info and payload sizes
}

// readAll reads to the end even after a fault, discarding, so that the answer
// can name every faulty part; the limit of the whole upload bounds that too.
func (u *uploadReader) readAll(mr *multipart.Reader) error {
	for parts := 0; ; parts++ {
		part, err := mr.NextPart()
		if err == io.EOF { //nolint:errorlint // a wrapped EOF means that the body was cut off
			return u.finish()
		}
		if err == nil && parts == maxParts {
			return osprey.Errorf(osprey.CodeInvalidStructure, "The upload has more than %d parts", maxParts).
				With("field", "body").With("limit", maxParts)
		}
		if err == nil {
			err = u.readPart(part)
		}
		if err != nil {
			return u.broken(err)
		}
	}
}

// broken says why reading stopped. A part above its limit that also breaks the
// limit of the whole is named; it was there first.
func (u *uploadReader) broken(err error) error {
	switch {
	case u.body.err == nil:
		return brokenBody(err)
	case osprey.IsCode(u.body.err, osprey.CodeTooLarge):
		if fault := u.upload.Fault(); fault != nil {
			return fault
		}
	}
	return u.body.err
}

func (u *uploadReader) readPart(p *multipart.Part) error {
	name := p.FormName()
	switch {
	case name == payloadPart:
		if u.seen {
			u.twice = true
			return u.drop(p)
		}
		u.seen = true
		b, whole, err := u.take(p, MaxJSONBytes)
		if err == nil && !whole && u.text == nil {
			u.text = tooManyBytes(payloadPart, MaxJSONBytes)
		}
		u.payload = b
		return err
	case isFile(p):
		return u.readFile(p, name)
	case name == additionalInfoPart:
		b, whole, err := u.take(p, MaxAdditionalInfo)
		switch {
		case err != nil:
			return err
		case !whole:
			u.text = tooManyBytes(additionalInfoPart, MaxAdditionalInfo)
		case !utf8.Valid(b):
			u.text = osprey.InvalidValue(additionalInfoPart, "%s is not UTF-8", additionalInfoPart)
		}
		s := string(b)
		u.upload.AdditionalInfo = &s
		return nil
	}
	return u.drop(p)
}

func isFile(p *multipart.Part) bool {
	if p.FileName() != "" {
		return true
	}
	media, _, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
	if err != nil {
		return false
	}
	switch media {
	case "application/zip", "application/x-zip-compressed", "application/octet-stream":
		return true
	}
	return strings.HasPrefix(media, "image/") || strings.HasPrefix(media, "video/")
}

func (u *uploadReader) readFile(p *multipart.Part, name string) error {
	u.files++
	if u.files > u.limits.MaxFiles {
		u.upload.Files = nil // the answer is a refusal that counts them
		return u.drop(p)
	}
	shown := shorten(name, maxShownPartName)
	switch {
	case !partName.MatchString(name):
		u.fault(shown, osprey.InvalidValue(shown, "The name must match [A-Za-z0-9_.-]{1,64}").With("reason", "part_name"))
		return u.drop(p)
	case u.names[name]:
		u.fault(name, osprey.InvalidValue(name, "The name is there twice").With("reason", "duplicate_part"))
		return u.drop(p)
	}
	u.names[name] = true
	data, whole, err := u.take(p, u.limits.MaxFileBytes)
	if whole && err != nil {
		return err
	}
	u.upload.Files = append(u.upload.Files, NewFile(name, p.FileName(), data, !whole, u.limits))
	return err
}

// NewFile is a file of an upload with its name cleaned, or with its fault when it has
// no bytes, or more than the limit.
func NewFile(field, fileName string, data []byte, tooLarge bool, limits Limits) File {
	f := File{Field: field}
	switch {
	case tooLarge:
		f.Fault = osprey.TooLarge(field, limits.MaxFileBytes, nil, "bytes", "More than %d bytes", limits.MaxFileBytes)
	case len(data) == 0:
		f.Fault = osprey.InvalidValue(field, "No bytes").With("reason", "empty_file")
	default:
		f.Name, f.Data = cleanFileName(fileName), data
	}
	return f
}

func (u *uploadReader) fault(field string, e *osprey.Error) {
	u.upload.Files = append(u.upload.Files, File{Field: field, Fault: e})
}

// take reads a part up to the limit; whole is false when there is more, which is
// then dropped.
func (u *uploadReader) take(p io.Reader, limit int64) (data []byte, whole bool, err error) {
	chunk := make([]byte, min(partChunk, limit+1))
	for {
		n, err := p.Read(chunk)
		if int64(len(data)+n) > limit {
			u.body.lease.give(int64(len(data) + n))
			return nil, false, u.drop(p)
		}
		data = append(data, chunk[:n]...)
		if errors.Is(err, io.EOF) {
			return data, true, nil
		}
		if err != nil {
			return nil, true, err
		}
	}
}

func (u *uploadReader) drop(p io.Reader) error {
	chunk := make([]byte, partChunk)
	for {
		n, err := p.Read(chunk)
		u.body.lease.give(int64(n))
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// finish decides the answer: the number of files before the texts.
func (u *uploadReader) finish() error {
	switch {
	case u.files > u.limits.MaxFiles:
		return osprey.TooLarge("files", u.limits.MaxFiles, u.files, "", "The upload has more than %d files", u.limits.MaxFiles)
	case u.text != nil:
		return u.text
	case u.twice:
		return osprey.Errorf(osprey.CodeInvalidStructure, "There are two parts named payload").With("field", payloadPart)
	}
	if len(strings.Trim(string(u.payload), jsonBlank)) == 0 {
		u.upload.Payload = NewObject(map[string]any{})
		return nil
	}
	var err error
	u.upload.Payload, err = ParsePayload(u.payload, u.body.lease)
	return err
}

// ParsePayload parses the payload of an upload and charges what it becomes to the
// lease.
func ParsePayload(b []byte, lease *Lease) (*Object, error) {
	if err := lease.take(int64(len(b)) * decodedSize); err != nil {
		return nil, err
	}
	return ParseObject(b, payloadPart)
}

// cleanFileName drops path parts of either system, what is not text, and what is
// beyond 255 characters.
func cleanFileName(name string) string {
	name = strings.ToValidUTF8(name, "")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, name)
	return shorten(name, osprey.MaxOriginalName)
}

// shorten keeps the first n characters and drops what is not UTF-8.
func shorten(s string, n int) string {
	s = strings.ToValidUTF8(s, "")
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
