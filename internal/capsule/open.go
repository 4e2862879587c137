package capsule

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"example.org/osprey"
)

// MaxBytes is the largest capsule (api.md 12.2).
const MaxBytes = 64 << 20

// MaxMedia is the most media of a capsule (api.md 12.2).
const MaxMedia = 10

// Owner is whose capsule it must be.
type Owner struct {
	Company osprey.ID // of the caller; empty: outside any
	// Anybody takes the capsule of any token: a server without users has nobody to
	// compare with.
	Anybody bool
}

// Limits bound what a capsule unpacks to.
type Limits struct {
	MaxMedia   int   // at most MaxMedia count
	MediaBytes int64 // of one medium
	Payload    int64 // bytes of payload.json
	Unpacked   int64 // bytes of all entries together
	// Reserve takes memory for unpacked bytes, or reports that there is none left.
	Reserve func(bytes int64) bool
}

// Content is what was in a capsule: an upload of payload and media.
type Content struct {
	Payload []byte // a JSON object
	Media   []Medium
}

// Medium is one medium of a capsule.
type Medium struct {
	Key  string // the part name
	Name string // the file name as the client wrote it
	// Data may be a part of the capsule's own bytes. It is nil of a medium above the
	// limit, which was neither unpacked nor compared with its hash.
	Data []byte
	Size int64
}

// Open unpacks a capsule in the order of api.md 12.4; the size of the body is checked
// by who read it. Its token is spent from the moment at which the signature holds,
// whatever is found out later. Errors are those of api.md 12.5, 413/16 above a limit,
// 503/19 when there is no memory.
func (d *Desk) Open(ctx context.Context, body []byte, owner Owner, limits Limits) (Content, error) {
	if len(body) == 0 {
		return Content{}, osprey.CapsuleFault(osprey.CapsuleMissing)
	}
	entries, err := readArchive(body)
	if err != nil {
		return Content{}, osprey.CapsuleFault(osprey.CapsuleDamaged)
	}
	raw, m, err := first(entries)
	if err != nil {
		return Content{}, err
	}
	use, err := d.token(ctx, m, owner)
	if err != nil {
		return Content{}, err
	}
	inside := entries[1:max(len(entries)-1, 1)]
	if err := d.verify(ctx, use, raw, entries[len(entries)-1]); err != nil {
		return Content{}, err
	}
	// Before the token is spent, so that the same capsule may come again.
	if !limits.reserve(inside) {
		return Content{}, osprey.Unavailable("uploads", 2*time.Second, "Too many uploads are in progress")
	}
	if err := d.spend(ctx, use); err != nil {
		return Content{}, err
	}
	if err := match(inside, m.entries); err != nil {
		return Content{}, err
	}
	content, hashes, err := unpack(inside, m.entries, limits)
	if err != nil {
		return Content{}, err
	}
	if err := complete(content, limits); err != nil {
		return Content{}, err
	}
	return content, d.note(ctx, use, hashes)
}

// first reads the manifest, which is the first entry.
func first(entries []entry) ([]byte, manifest, error) {
	e := entries[0]
	if e.name != manifestName {
		return nil, manifest{}, osprey.CapsuleFault(osprey.CapsuleManifestMissing)
	}
	if e.size > maxManifest {
		return nil, manifest{}, osprey.CapsuleFault(osprey.CapsuleManifestInvalid)
	}
	raw, err := e.unpack()
	if err != nil {
		return nil, manifest{}, osprey.CapsuleFault(osprey.CapsuleDamaged)
	}
	m, ok := readManifest(raw)
	if !ok {
		return nil, manifest{}, osprey.CapsuleFault(osprey.CapsuleManifestInvalid)
	}
	return raw, m, nil
}

// token asks whether the session token was made here, is still good, is the caller's,
// was not used, and whether the clocks agree.
func (d *Desk) token(ctx context.Context, m manifest, owner Owner) (Use, error) {
	now := osprey.TimeOf(d.o.Clock.Now())
	c, ok := d.o.Keys.read(m.token)
	use := Use{Token: c.ID, Company: c.company(), Expires: osprey.TimeOf(time.Unix(c.Expires, 0))}
	switch {
	case !ok:
		return use, osprey.CapsuleFault(osprey.CapsuleTokenInvalid)
	case use.Expires <= now:
		return use, osprey.CapsuleFault(osprey.CapsuleTokenExpired)
	case use.Company != owner.Company && !owner.Anybody:
		return use, osprey.CapsuleFault(osprey.CapsuleTokenOwner)
	}
	spent, err := d.o.Replay.Spent(ctx, use)
	switch {
	case err != nil:
		return use, err
	case spent:
		return use, osprey.CapsuleFault(osprey.CapsuleTokenUsed)
	case m.created > now.Add(maxSkew) || m.created < now.Add(-maxSkew):
		return use, osprey.CapsuleFault(osprey.CapsuleClockSkew)
	}
	return use, nil
}

// verify checks the signature, the last entry, and counts one that does not hold.
func (d *Desk) verify(ctx context.Context, use Use, manifest []byte, last entry) error {
	if signed(last, Sign(d.o.Keys.of(use.Token), manifest)) {
		return nil
	}
	if err := d.o.Replay.Fail(ctx, use); err != nil {
		return err
	}
	return osprey.CapsuleFault(osprey.CapsuleSignatureInvalid)
}

// reserve takes the memory that the entries will be unpacked to. What is above a limit
// will not be unpacked.
func (l Limits) reserve(inside []entry) bool {
	var bytes int64
	for _, e := range inside {
		if e.method != methodStored && e.size <= max(l.MediaBytes, l.Payload) {
			bytes += e.size
		}
	}
	return bytes == 0 || bytes > l.Unpacked || l.Reserve(bytes)
}

// spend uses the token up.
func (d *Desk) spend(ctx context.Context, use Use) error {
	won, err := d.o.Replay.Spend(ctx, use)
	if err != nil {
		return err
	}
	if !won { // another capsule was faster
		return osprey.CapsuleFault(osprey.CapsuleTokenUsed)
	}
	return nil
}

func signed(last entry, want []byte) bool {
	if last.name != signatureName || last.size != int64(hex.EncodedLen(len(want))) {
		return false
	}
	text, err := last.unpack()
	var got [sha256.Size]byte
	return err == nil && readHash(string(text), got[:]) && hmac.Equal(got[:], want)
}

// match holds the names and sizes in the archive against those of the manifest.
func match(inside []entry, said []listed) error {
	files := make(map[string]entry, len(inside))
	for _, e := range inside {
		if !isSafe(e.name) {
			return osprey.CapsuleFault(osprey.CapsuleUnsafeName)
		}
		files[e.name] = e
	}
	names := make(map[string]bool, len(said))
	for _, l := range said {
		if !isSafe(l.name) {
			return osprey.CapsuleFault(osprey.CapsuleUnsafeName)
		}
		names[l.name] = true
	}
	for _, e := range inside {
		if !names[e.name] {
			return osprey.CapsuleFault(osprey.CapsuleEntryUnlisted)
		}
	}
	for _, l := range said {
		e, ok := files[l.name]
		if !ok {
			return osprey.CapsuleFault(osprey.CapsuleEntryMissing)
		}
		if e.size != l.size {
			return osprey.CapsuleFault(osprey.CapsuleHashMismatch)
		}
	}
	return nil
}

// unpack takes the entries out, in the order of the manifest, and compares their
// hashes. Names and sizes were compared before.
func unpack(inside []entry, said []listed, limits Limits) (Content, [][32]byte, error) {
	files := make(map[string]entry, len(inside))
	var total int64
	for _, e := range inside {
		files[e.name] = e
		if total += e.size; total > limits.Unpacked {
			return Content{}, nil, osprey.TooLarge("body", limits.Unpacked, nil, "bytes", "The capsule unpacks to more than %d bytes", limits.Unpacked)
		}
	}
	var c Content
	var hashes [][32]byte
	for _, l := range said {
		if l.name == payloadName && l.size > limits.Payload {
			return Content{}, nil, osprey.TooLarge("payload", limits.Payload, nil, "bytes", "payload is larger than %d bytes", limits.Payload)
		}
		if l.name != payloadName && l.size > limits.MediaBytes {
			c.Media = append(c.Media, Medium{Key: l.key, Name: l.original, Size: l.size})
			continue
		}
		data, err := open(files[l.name], l)
		if err != nil {
			return Content{}, nil, err
		}
		if l.name == payloadName {
			c.Payload = data
			continue
		}
		c.Media = append(c.Media, Medium{Key: l.key, Name: l.original, Data: data, Size: l.size})
		hashes = append(hashes, l.sha256)
	}
	return c, hashes, nil
}

func open(e entry, l listed) ([]byte, error) {
	data, err := e.unpack()
	if err != nil {
		return nil, osprey.CapsuleFault(osprey.CapsuleDamaged)
	}
	if sha256.Sum256(data) != l.sha256 {
		return nil, osprey.CapsuleFault(osprey.CapsuleHashMismatch)
	}
	return data, nil
}

// complete asks for a payload and for media, and for not too many of them.
func complete(c Content, limits Limits) error {
	if !isObject(c.Payload) || !json.Valid(c.Payload) {
		return osprey.CapsuleFault(osprey.CapsulePayloadMissing)
	}
	most := min(limits.MaxMedia, MaxMedia)
	switch n := len(c.Media); {
	case n == 0:
		return osprey.CapsuleFault(osprey.CapsuleMediaMissing)
	case n > most:
		return osprey.TooLarge("files", most, n, "", "The capsule has more than %d media", most)
	}
	return nil
}

// note remembers the media, or refuses those that came before.
func (d *Desk) note(ctx context.Context, use Use, hashes [][32]byte) error {
	if !d.o.RejectRepeated {
		return nil
	}
	marks := make([][]byte, len(hashes))
	for i, h := range hashes {
		marks[i] = d.o.Keys.mark(use.Company, h)
	}
	fresh, err := d.o.Replay.Note(ctx, use, marks, mediaMemory)
	if err == nil && !fresh {
		err = osprey.CapsuleFault(osprey.CapsuleMediaReplayed)
	}
	return err
}

// Sweep forgets tokens and media whose time is over.
func (d *Desk) Sweep(ctx context.Context) error { return d.o.Replay.Sweep(ctx) }
