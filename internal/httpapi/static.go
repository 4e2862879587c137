package httpapi

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/collection"
	"example.org/osprey/internal/folder"
	"example.org/osprey/internal/wire"
)

// mediaFile is a file of a medium, wherever it hangs.
type mediaFile struct {
	data    []byte // nil where only its facts are asked for
	size    int64  // bytes; -1: not known without reading it
	mime    string
	updated osprey.Time
}

// staticMedia serves media bytes to whoever has a signed link, or a token that may
// read the medium (api.md 1.10). There is no other way to them.
func (a *API) staticMedia(c *call) (answer, error) {
	name, err := parseMediaName(c.r.PathValue("file"))
	if err != nil {
		return nil, err
	}
	readFolder, readPerson, err := a.mediaGrants(c)
	if err != nil {
		return nil, err
	}
	var file mediaFile
	if c.r.Method == http.MethodHead { // nothing is read of what will not be sent
		file, err = a.statMedia(c, readFolder, readPerson, name)
	} else {
		file, err = a.loadMedia(c, readFolder, readPerson, name)
	}
	if err != nil {
		return nil, err
	}
	if name.extension != extension(file.mime) {
		return nil, osprey.NotExist()
	}
	return sendMedia(file), nil
}

// mediaName is the last part of a media address.
type mediaName struct {
	media     osprey.ID
	form      folder.Form
	extension string
}

func parseMediaName(file string) (mediaName, error) {
	stem, ext, _ := strings.Cut(file, ".")
	name := mediaName{extension: ext}
	for suffix, form := range map[string]folder.Form{thumbSuffix: folder.Thumb, previewSuffix: folder.Preview} {
		if cut, ok := strings.CutSuffix(stem, suffix); ok {
			stem, name.form = cut, form
			break
		}
	}
	id, ok := osprey.ParseID(stem)
	if !ok || string(id) != stem {
		return mediaName{}, osprey.NotExist()
	}
	name.media = id
	return name, nil
}

// mediaGrants are what the request may read of folders and of persons: all that
// its signature vouches for, or what the role of its token sees.
func (a *API) mediaGrants(c *call) (folder, person access.Grant, err error) {
	sig, signed := c.params.Text("sig")
	exp, _ := c.params.Text("exp")
	if signed {
		vouched := access.System()
		vouched.Actor.IP, vouched.Actor.RequestID = c.origin.IP, c.origin.RequestID
		err := a.Signer.Check(c.r.URL.Path, exp, sig)
		if osprey.IsCode(err, osprey.CodeNotExist) {
			err = a.guessed(c)
		}
		return vouched, vouched, err
	}
	token, err := wire.Token(c.r.Header)
	if err != nil {
		return folder, person, err
	}
	if token == "" {
		return folder, person, a.guessed(c)
	}
	if err := a.authenticate(c); err != nil {
		return folder, person, err
	}
	folder, err = a.Policy.Authorize(c.caller, access.MayReadFolders)
	if err != nil {
		return folder, person, err
	}
	person, err = a.Policy.Authorize(c.caller, access.MayReadPersons)
	return folder, person, err
}

// guessed refuses an address without a right signature. Those cost the address of
// the caller; right ones do not, for a page of thumbnails asks for many at once.
func (a *API) guessed(c *call) error {
	if err := a.limitAddress(c); err != nil {
		return err
	}
	return osprey.NotExist()
}

// loadMedia looks in folders, then among the photos of persons: the address does
// not tell which of them its first id names.
func (a *API) loadMedia(c *call, inFolder, ofPerson access.Grant, name mediaName) (mediaFile, error) {
	if !c.sent.Reserve(a.Config.Media.MaxSize) {
		return mediaFile{}, osprey.Unavailable("downloads", time.Second, "Too many media are being sent")
	}
	owner := c.id("owner_id")
	m, err := a.Folders.File(c.ctx(), inFolder, owner, name.media, name.form)
	found := mediaFile{data: m.Data, size: m.Size, mime: m.MIME, updated: m.Updated}
	if osprey.IsCode(err, osprey.CodeNotExist) && name.form != folder.Preview {
		var p collection.File
		p, err = a.Collections.PhotoFile(c.ctx(), ofPerson, owner, name.media, name.form == folder.Thumb)
		found = mediaFile{data: p.Data, size: p.Size, mime: p.MIME, updated: p.Updated}
	}
	if err != nil {
		return found, err
	}
	if more := found.size - a.Config.Media.MaxSize; more > 0 && !c.sent.Reserve(more) { // a preview, or an older limit
		return found, osprey.Unavailable("downloads", time.Second, "Too many media are being sent")
	}
	c.sent.Keep(found.size)
	return found, nil
}

// statMedia is loadMedia without the bytes.
func (a *API) statMedia(c *call, inFolder, ofPerson access.Grant, name mediaName) (mediaFile, error) {
	owner := c.id("owner_id")
	m, err := a.Folders.Stat(c.ctx(), inFolder, owner, name.media, name.form)
	found := mediaFile{size: m.Size, mime: m.MIME, updated: m.Updated}
	if osprey.IsCode(err, osprey.CodeNotExist) && name.form != folder.Preview {
		var p collection.File
		p, err = a.Collections.PhotoStat(c.ctx(), ofPerson, owner, name.media, name.form == folder.Thumb)
		found = mediaFile{size: p.Size, mime: p.MIME, updated: p.Updated}
	}
	return found, err
}

// reader is the content; where it was not read, its length alone, for an answer
// without a body.
func (f mediaFile) reader() io.ReadSeeker {
	if f.data != nil {
		return bytes.NewReader(f.data)
	}
	return io.NewSectionReader(bytes.NewReader(nil), 0, f.size)
}

const mediaCaching = "private, no-store"

func sendMedia(f mediaFile) answer {
	return func(w http.ResponseWriter, r *http.Request) error {
		h := w.Header()
		h.Set("Content-Type", f.mime)
		h.Set("Content-Disposition", "inline")
		h.Set("Content-Security-Policy", "sandbox")
		h.Set("Cache-Control", mediaCaching)
		if f.size < 0 { // only its bytes would tell how many there are
			h.Set("Accept-Ranges", "bytes")
			h.Set("Last-Modified", f.updated.Time().Format(http.TimeFormat))
			w.WriteHeader(http.StatusOK)
			return nil
		}
		if !strings.HasPrefix(r.Header.Get("Range"), "bytes=") { // other units are to be ignored
			r = r.Clone(r.Context())
			r.Header.Del("Range")
		}
		http.ServeContent(&rangeRefuser{ResponseWriter: w, r: r}, r, "", f.updated.Time(), f.reader())
		return nil
	}
}

// rangeRefuser gives 416 the body of every other refusal, in place of net/http's
// text.
type rangeRefuser struct {
	http.ResponseWriter
	r       *http.Request
	refused bool
}

// WriteHeader passes every status but 416.
func (w *rangeRefuser) WriteHeader(status int) {
	if status != http.StatusRequestedRangeNotSatisfiable {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	w.refused = true
	w.Header().Set("Cache-Control", mediaCaching) // net/http has dropped it
	wire.WriteErrorStatus(w.ResponseWriter, w.r, status, osprey.InvalidValue("Range", "The range lies outside the file"))
}

// Write drops net/http's text after a 416.
func (w *rangeRefuser) Write(b []byte) (int, error) {
	if w.refused {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}
