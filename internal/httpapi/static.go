package httpapi

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/config"
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
	if !a.Config.Server.Has(config.ComponentStateful) { // nothing is stored here
		return nil, osprey.NotExist()
	}
	name, err := parseMediaName(c.r.PathValue("file"))
	if err != nil {
		return nil, err
	}
	may, err := a.mediaGrants(c)
	if err != nil {
		return nil, err
	}
	var file mediaFile
	if c.r.Method == http.MethodHead { // nothing is read of what will not be sent
		file, err = a.findMedia(c, may, name, false)
	} else {
		file, err = a.loadMedia(c, may, name)
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

// mediaGrants are what the request may read of each shelf: all that its signature
// vouches for, or what the role of its token sees.
func (a *API) mediaGrants(c *call) (may grants, err error) {
	sig, signed := c.params.Text("sig")
	exp, _ := c.params.Text("exp")
	if signed {
		vouched := access.System()
		vouched.Actor.IP, vouched.Actor.RequestID = c.origin.IP, c.origin.RequestID
		err := a.Signer.Check(c.r.URL.Path, exp, sig)
		if osprey.IsCode(err, osprey.CodeNotExist) {
			err = a.guessed(c)
		}
		return func(access.Endpoint) (access.Grant, error) { return vouched, nil }, err
	}
	token, err := wire.Token(c.r.Header)
	if err != nil {
		return nil, err
	}
	if token == "" {
		return nil, a.guessed(c)
	}
	if err := a.authenticate(c); err != nil {
		return nil, err
	}
	return func(may access.Endpoint) (access.Grant, error) { return a.Policy.Authorize(c.caller, may) }, nil
}

// grants gives the permission to read what an endpoint reads.
type grants func(access.Endpoint) (access.Grant, error)

// guessed refuses an address without a right signature. Those cost the address of
// the caller; right ones do not, for a page of thumbnails asks for many at once.
func (a *API) guessed(c *call) error {
	if err := a.limitAddress(c); err != nil {
		return err
	}
	return osprey.NotExist()
}

// loadMedia finds a medium and reads it, within the memory that is left for what is
// sent.
func (a *API) loadMedia(c *call, may grants, name mediaName) (mediaFile, error) {
	if !c.sent.Reserve(a.Config.Media.MaxSize) {
		return mediaFile{}, osprey.Unavailable("downloads", time.Second, "Too many media are being sent")
	}
	found, err := a.findMedia(c, may, name, true)
	if err != nil {
		return found, err
	}
	if more := found.size - a.Config.Media.MaxSize; more > 0 && !c.sent.Reserve(more) { // a preview, or an older limit
		return found, osprey.Unavailable("downloads", time.Second, "Too many media are being sent")
	}
	c.sent.Keep(found.size)
	return found, nil
}

// findMedia looks on one shelf after the other: the address does not tell which kind
// of owner its first id names. Without data the facts of the file are enough.
func (a *API) findMedia(c *call, may grants, name mediaName, data bool) (mediaFile, error) {
	for _, s := range shelves {
		if name.form != folder.Original && !s.forms[name.form] {
			continue
		}
		g, err := may(s.read)
		if err != nil {
			return mediaFile{}, err
		}
		f, err := s.find(a, c, g, name, data)
		if !osprey.IsCode(err, osprey.CodeNotExist) {
			return f, err
		}
	}
	return mediaFile{}, osprey.NotExist()
}

// shelf is a place where files with addresses hang.
type shelf struct {
	read  access.Endpoint
	forms map[folder.Form]bool // that it has beside the original
	find  func(a *API, c *call, g access.Grant, name mediaName, data bool) (mediaFile, error)
}

var shelves = []shelf{
	{access.MayReadFolders, map[folder.Form]bool{folder.Thumb: true, folder.Preview: true}, (*API).folderMedium},
	{access.MayReadPersons, map[folder.Form]bool{folder.Thumb: true}, (*API).personPhoto},
	{access.MayReadReports, nil, (*API).reportFile},
	{access.MayReadTemplates, nil, (*API).templatePicture},
}

func (a *API) folderMedium(c *call, g access.Grant, name mediaName, data bool) (mediaFile, error) {
	read := a.Folders.Stat
	if data {
		read = a.Folders.File
	}
	m, err := read(c.ctx(), g, c.id("owner_id"), name.media, name.form)
	return mediaFile{data: m.Data, size: m.Size, mime: m.MIME, updated: m.Updated}, err
}

func (a *API) personPhoto(c *call, g access.Grant, name mediaName, data bool) (mediaFile, error) {
	read := a.Collections.PhotoStat
	if data {
		read = a.Collections.PhotoFile
	}
	p, err := read(c.ctx(), g, c.id("owner_id"), name.media, name.form == folder.Thumb)
	return mediaFile{data: p.Data, size: p.Size, mime: p.MIME, updated: p.Updated}, err
}

func (a *API) reportFile(c *call, g access.Grant, name mediaName, data bool) (mediaFile, error) {
	f, err := a.Reports.ReportFile(c.ctx(), g, c.id("owner_id"), name.media, data)
	return mediaFile{data: f.Data, size: f.Size, mime: f.MIME, updated: f.Updated}, err
}

func (a *API) templatePicture(c *call, g access.Grant, name mediaName, data bool) (mediaFile, error) {
	f, err := a.Reports.AttachmentFile(c.ctx(), g, c.id("owner_id"), name.media, data)
	return mediaFile{data: f.Data, size: f.Size, mime: f.MIME, updated: f.Updated}, err
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
