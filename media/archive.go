package media

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// MaxManifest is the number of bytes that the manifest.json of a shot set may
// have.
const MaxManifest = 256 << 10

// manifestName is where the manifest of a shot set is looked for.
const manifestName = "manifest.json"

// archive is the ZIP of a shot set whose directory has been read and found
// safe. Its files are unpacked one at a time, and what comes out is counted.
type archive struct {
	limits   ClipLimits
	packed   int64
	unpacked int64
	frames   []*zip.File // in natural order
	manifest *zip.File   // nil for none
}

// openArchive reads and judges the directory of a ZIP, before anything is
// unpacked.
func openArchive(data []byte, limits ClipLimits) (*archive, error) {
	// Each entry of a directory begins with these bytes, so that their count
	// bounds what reading the directory takes, whatever number its end states.
	// Besides frames there may be skipped files, on macOS one for each frame.
	const other = 200
	entries, most := bytes.Count(data, []byte("PK\x01\x02")), 2*limits.MaxFrames+other
	if entries > most {
		return nil, &Error{Reason: ReasonFrames, Type: ZIP, Limit: int64(limits.MaxFrames), Actual: int64(entries)}
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, undecodable(ZIP, err)
	}
	a := &archive{limits: limits, packed: int64(len(data))}
	for _, f := range z.File {
		if err := a.add(f); err != nil {
			return nil, err
		}
	}
	if err := a.distinct(z.File); err != nil {
		return nil, err
	}
	switch n := len(a.frames); {
	case n > limits.MaxFrames:
		return nil, &Error{Reason: ReasonFrames, Type: ZIP, Limit: int64(limits.MaxFrames), Actual: int64(n)}
	case n == 0:
		return nil, &Error{Reason: ReasonTooSmall, Type: ZIP, Limit: 1}
	}
	slices.SortFunc(a.frames, func(x, y *zip.File) int {
		switch {
		case naturalLess(x.Name, y.Name):
			return -1
		case naturalLess(y.Name, x.Name):
			return 1
		}
		return 0
	})
	return a, nil
}

func unsafeArchive(name, why string) error {
	return &Error{Reason: ReasonUnsafe, Type: ZIP, Entry: name, Err: errors.New(why)}
}

// add judges an entry by its directory and takes it where it is of use.
func (a *archive) add(f *zip.File) error {
	const encrypted, strong, masked = 1 << 0, 1 << 6, 1 << 13
	mode := f.Mode()
	switch {
	case f.Flags&(encrypted|strong|masked) != 0:
		return unsafeArchive(f.Name, "it is encrypted")
	case !safeName(f.Name):
		return unsafeArchive(f.Name, "its name leads out of the archive")
	case mode&fs.ModeType&^fs.ModeDir != 0:
		return unsafeArchive(f.Name, "it is a link or a special file")
	case mode.IsDir() != strings.HasSuffix(f.Name, "/"):
		return unsafeArchive(f.Name, "it is a directory by its name or by its mode only")
	case mode.IsDir():
		return nil
	}
	low := strings.ToLower(f.Name)
	switch {
	case f.Name == manifestName:
		a.manifest = f
	case skippedName(f.Name) || strings.HasSuffix(low, ".json") || strings.HasSuffix(low, ".txt"):
	default:
		a.frames = append(a.frames, f)
	}
	return nil
}

// safeName tells whether a name stays inside of the archive on every system.
func safeName(name string) bool {
	if name == "" || strings.ContainsAny(name, "\\\x00") || strings.HasPrefix(name, "/") || len(name) > 1 && name[1] == ':' {
		return false
	}
	return !slices.Contains(strings.Split(name, "/"), "..")
}

// skippedName tells whether a file is what desktops leave in archives.
func skippedName(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "__MACOSX/") || strings.HasPrefix(path.Base(name), ".")
}

// distinct refuses an archive in which two names are the same where case does
// not count, or two files share their bytes: a small archive could unpack to
// any size then.
func (a *archive) distinct(files []*zip.File) error {
	type span struct{ from, to int64 }
	names := make(map[string]bool, len(files))
	spans := make([]span, 0, len(files))
	for _, f := range files {
		name := strings.ToLower(strings.TrimSuffix(f.Name, "/"))
		if names[name] {
			return unsafeArchive(f.Name, "two files have this name")
		}
		names[name] = true
		from, err := f.DataOffset()
		if err != nil {
			return undecodable(ZIP, err)
		}
		// A size is the directory's word; one that does not fit is refused here,
		// before it is compared with anything.
		if f.CompressedSize64 > uint64(a.packed) || from > a.packed-int64(f.CompressedSize64) {
			return undecodable(ZIP, fmt.Errorf("the data of %q end behind the file", f.Name))
		}
		spans = append(spans, span{from, from + int64(f.CompressedSize64)})
	}
	slices.SortFunc(spans, func(x, y span) int { return int(x.from - y.from) })
	for i := 1; i < len(spans); i++ {
		if spans[i].from < spans[i-1].to {
			return unsafeArchive("", "two files share their bytes")
		}
	}
	return nil
}

// unpack gives the content of an entry of at most so many bytes. Beyond them it
// is refused with the reason. What was unpacked counts towards the limits of the
// whole archive.
func (a *archive) unpack(f *zip.File, most int64, reason Reason) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, &Error{Reason: ReasonUndecodable, Type: ZIP, Entry: f.Name, Err: err}
	}
	defer func() { _ = r.Close() }() // its checksum is judged by reading to the end
	room := min(most, a.limits.MaxUnpacked-a.unpacked)
	ratio := int64(a.limits.MaxRatio)
	perFile := max(1, min(int64(f.CompressedSize64), a.packed)) * ratio
	perArchive := a.packed*ratio - a.unpacked
	bound := max(0, min(room, perFile, perArchive))
	var b bytes.Buffer
	if size := f.UncompressedSize64; size < uint64(bound) {
		b.Grow(int(size) + bytes.MinRead)
	}
	n, err := b.ReadFrom(io.LimitReader(r, bound+1))
	a.unpacked += n
	switch {
	case n <= bound && err != nil:
		return nil, &Error{Reason: ReasonUndecodable, Type: ZIP, Entry: f.Name, Err: err}
	case n <= bound:
		return b.Bytes(), nil
	case n > perFile || n > perArchive:
		return nil, &Error{Reason: ReasonRatio, Type: ZIP, Entry: f.Name, Limit: ratio, Actual: ratio + 1}
	case n > most:
		return nil, &Error{Reason: reason, Type: ZIP, Entry: f.Name, Limit: most, Actual: n}
	}
	return nil, &Error{Reason: ReasonUnpacked, Type: ZIP, Entry: f.Name, Limit: a.limits.MaxUnpacked, Actual: a.unpacked}
}

// nested tells whether the content of a file is itself an archive.
func nested(data []byte) bool {
	if Sniff(data) == ZIP {
		return true
	}
	for _, magic := range []string{"\x1F\x8B", "7z\xBC\xAF\x27\x1C", "Rar!\x1A\x07", "BZh", "\xFD7zXZ\x00", "\x28\xB5\x2F\xFD"} {
		if bytes.HasPrefix(data, []byte(magic)) {
			return true
		}
	}
	const tarMagic = 257
	return len(data) > tarMagic+5 && string(data[tarMagic:tarMagic+5]) == "ustar"
}
