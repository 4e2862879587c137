package media

// Type is a kind of file, told by its bytes.
type Type uint8

// The types that Sniff tells apart. JPEG, PNG and WebP are the accepted still
// images, video containers and ZIP are what a Player takes; the others exist so
// that a refusal can name what was sent.
const (
	Unknown Type = iota
	JPEG
	PNG
	WebP
	APNG         // animated PNG
	AnimatedWebP // animated WebP
	GIF
	BMP
	TIFF
	SVG
	PDF
	HEIC
	AVIF
	MP4
	MOV
	WebM
	AVI
	MKV
	MP3
	WAV
	Ogg
	FLAC
	M4A
	ZIP
	JSON
	HTML
	Text
)

type family uint8

const (
	familyOther family = iota
	familyStill
	familyHEIF
	familyVideo
)

var types = [...]struct {
	name, mime, ext string
	family          family
}{
	Unknown:      {"unknown", "application/octet-stream", "bin", familyOther},
	JPEG:         {"JPEG", "image/jpeg", "jpg", familyStill},
	PNG:          {"PNG", "image/png", "png", familyStill},
	WebP:         {"WebP", "image/webp", "webp", familyStill},
	APNG:         {"animated PNG", "image/apng", "png", familyOther},
	AnimatedWebP: {"animated WebP", "image/webp; animated=true", "webp", familyOther},
	GIF:          {"GIF", "image/gif", "gif", familyOther},
	BMP:          {"BMP", "image/bmp", "bmp", familyOther},
	TIFF:         {"TIFF", "image/tiff", "tif", familyOther},
	SVG:          {"SVG", "image/svg+xml", "svg", familyOther},
	PDF:          {"PDF", "application/pdf", "pdf", familyOther},
	HEIC:         {"HEIC", "image/heic", "heic", familyHEIF},
	AVIF:         {"AVIF", "image/avif", "avif", familyHEIF},
	MP4:          {"MP4", "video/mp4", "mp4", familyVideo},
	MOV:          {"QuickTime", "video/quicktime", "mov", familyVideo},
	WebM:         {"WebM", "video/webm", "webm", familyVideo},
	AVI:          {"AVI", "video/x-msvideo", "avi", familyVideo},
	MKV:          {"Matroska", "video/x-matroska", "mkv", familyVideo},
	MP3:          {"MP3", "audio/mpeg", "mp3", familyOther},
	WAV:          {"WAV", "audio/wav", "wav", familyOther},
	Ogg:          {"Ogg", "audio/ogg", "ogg", familyOther},
	FLAC:         {"FLAC", "audio/flac", "flac", familyOther},
	M4A:          {"MP4 audio", "audio/mp4", "m4a", familyOther},
	ZIP:          {"ZIP", "application/zip", "zip", familyOther},
	JSON:         {"JSON", "application/json", "json", familyOther},
	HTML:         {"HTML", "text/html", "html", familyOther},
	Text:         {"text", "text/plain", "txt", familyOther},
}

func (t Type) known() Type {
	if int(t) >= len(types) {
		return Unknown
	}
	return t
}

// String is the type's common name, such as "JPEG".
func (t Type) String() string { return types[t.known()].name }

// MIME is the media type that goes with the bytes, such as "video/mp4";
// "application/octet-stream" for Unknown. An animated WebP carries the
// parameter "animated=true", so that a refusal of it does not read like an
// accepted type.
func (t Type) MIME() string { return types[t.known()].mime }

// Ext is the usual extension of a file name, without the dot.
func (t Type) Ext() string { return types[t.known()].ext }

// Still tells whether the type is an accepted still image.
func (t Type) Still() bool { return types[t.known()].family == familyStill }

// HEIF tells whether the type is a still image of the HEIF family (HEIC, AVIF).
func (t Type) HEIF() bool { return types[t.known()].family == familyHEIF }

// Video tells whether the type is a video container.
func (t Type) Video() bool { return types[t.known()].family == familyVideo }

// ShotSet tells whether the type is that of a shot set: an archive of frames.
func (t Type) ShotSet() bool { return t == ZIP }

// Clip tells whether the type is what a Player takes: a video container or a
// shot set.
func (t Type) Clip() bool { return t.Video() || t.ShotSet() }

// AcceptedClips lists the media types that a Player takes, videos first, in the
// order in which error details show them.
func AcceptedClips() []string {
	return []string{MP4.MIME(), MOV.MIME(), WebM.MIME(), AVI.MIME(), MKV.MIME(), ZIP.MIME()}
}

// AcceptedImages lists the media types that Decode takes, in the order in which
// error details show them.
func AcceptedImages() []string { return []string{JPEG.MIME(), PNG.MIME(), WebP.MIME()} }
