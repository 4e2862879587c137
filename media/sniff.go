package media

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// SniffLen is how many leading bytes are enough for Sniff. Given fewer, it
// judges by what is there; given more, it looks at no more.
const SniffLen = 4096

// Sniff tells the type of a file by its first bytes, never by a name or by a
// declared type. It never fails: what it does not know is Unknown.
//
// An animated PNG whose acTL chunk lies behind SniffLen bytes of other chunks
// is told as PNG here; Probe and Decode, which see the whole file, find it.
func Sniff(head []byte) Type {
	if len(head) > SniffLen {
		head = head[:SniffLen]
	}
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.prefix)) {
			return m.typ
		}
	}
	switch {
	case isJPEG(head):
		return JPEG
	case bytes.HasPrefix(head, []byte(pngMagic)):
		return sniffPNG(head)
	case bytes.HasPrefix(head, []byte("RIFF")) && len(head) >= 12:
		return sniffRIFF(head)
	case len(head) >= 8 && isBMFFBox(head[4:8]):
		return sniffBMFF(head)
	case bytes.HasPrefix(head, []byte("\x1A\x45\xDF\xA3")):
		return sniffEBML(head)
	case isBMP(head):
		return BMP
	case isMPEGAudio(head):
		return MP3
	}
	return sniffText(head)
}

// pngMagic is the part of PNG's signature that names the format. The rest of
// the signature shows damage in transfer, and a damaged PNG is still a PNG.
const pngMagic = "\x89PNG"

// magics are the formats told by a fixed prefix alone.
var magics = []struct {
	prefix string
	typ    Type
}{
	{"GIF8", GIF},
	{"II*\x00", TIFF},
	{"MM\x00*", TIFF},
	{"II+\x00", TIFF},
	{"MM\x00+", TIFF},
	{"%PDF-", PDF},
	{"OggS", Ogg},
	{"fLaC", FLAC},
	{"ID3", MP3},
	{"PK\x03\x04", ZIP},
	{"PK\x05\x06", ZIP},
	{"PK\x07\x08", ZIP},
}

// isJPEG asks for SOI and the first byte of the next marker; a file cut right
// behind SOI is still meant as a JPEG.
func isJPEG(head []byte) bool {
	if len(head) < 2 || head[0] != 0xFF || head[1] != 0xD8 {
		return false
	}
	return len(head) == 2 || head[2] == 0xFF
}

func sniffPNG(head []byte) Type {
	it := pngChunks(head)
	for it.next() {
		switch it.name {
		case "acTL":
			return APNG
		case "IDAT":
			return PNG
		}
	}
	return PNG
}

func sniffRIFF(head []byte) Type {
	switch string(head[8:12]) {
	case "WEBP":
		const vp8xFlags = 20
		if len(head) > vp8xFlags && string(head[12:16]) == "VP8X" && head[vp8xFlags]&webpAnimation != 0 {
			return AnimatedWebP
		}
		return WebP
	case "AVI ":
		return AVI
	case "WAVE":
		return WAV
	}
	return Unknown
}

func isBMFFBox(name []byte) bool {
	switch string(name) {
	case "ftyp", "moov", "mdat", "wide", "pnot":
		return true
	}
	return false
}

// sniffBMFF reads the brands of an ISO base media file. The major brand
// decides; "mif1" and "msf1" only say HEIF, so that the compatible brands tell
// AVIF from HEIC.
func sniffBMFF(head []byte) Type {
	if string(head[4:8]) != "ftyp" {
		return MOV // QuickTime before the ftyp box existed
	}
	if len(head) < 12 {
		return MP4
	}
	switch string(head[8:12]) {
	case "avif", "avis":
		return AVIF
	case "heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs":
		return HEIC
	case "mif1", "mif2", "msf1", "miaf", "1pic":
		end := min(int64(len(head)), int64(binary.BigEndian.Uint32(head)))
		for i := int64(16); i+4 <= end; i += 4 {
			if b := string(head[i : i+4]); b == "avif" || b == "avis" {
				return AVIF
			}
		}
		return HEIC
	case "qt  ":
		return MOV
	case "M4A ", "M4B ", "M4P ", "F4A ":
		return M4A
	}
	return MP4
}

// sniffEBML finds the DocType element, which stands in the first bytes of the
// EBML header. Without one the file is taken as Matroska.
func sniffEBML(head []byte) Type {
	const window = 128
	if len(head) > window {
		head = head[:window]
	}
	i := bytes.Index(head, []byte{0x42, 0x82})
	if i >= 0 && bytes.HasPrefix(head[i+2:], []byte("\x84webm")) {
		return WebM
	}
	return MKV
}

// isBMP asks for a known size of the DIB header too: "BM" alone begins many a
// text. A file shorter than that is taken at its word.
func isBMP(head []byte) bool {
	if !bytes.HasPrefix(head, []byte("BM")) {
		return false
	}
	if len(head) < 18 {
		return !utf8.Valid(head) || bytes.IndexByte(head, 0) >= 0
	}
	switch binary.LittleEndian.Uint32(head[14:]) {
	case 12, 16, 40, 52, 56, 64, 108, 124:
		return true
	}
	// Broken headers still have the two reserved words at zero.
	return binary.LittleEndian.Uint32(head[6:]) == 0
}

// isMPEGAudio checks the frame header of MPEG audio layers I to III: sync,
// version, layer, bit rate and sample rate must all be defined values.
func isMPEGAudio(head []byte) bool {
	if len(head) < 4 || head[0] != 0xFF || head[1]&0xE0 != 0xE0 {
		return false
	}
	version, layer := head[1]>>3&3, head[1]>>1&3
	rate, freq := head[2]>>4, head[2]>>2&3
	return version != 1 && layer != 0 && rate != 0 && rate != 15 && freq != 3
}

// sniffText takes UTF-8 without control characters as text and looks what
// kind of text it is.
func sniffText(head []byte) Type {
	text := bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF"))
	if !isText(text, len(head) == SniffLen) {
		return Unknown
	}
	text = bytes.TrimLeft(text, " \t\r\n")
	lower := bytes.ToLower(text)
	switch {
	case len(text) == 0:
		return Text
	case text[0] == '{' || text[0] == '[':
		return JSON
	case bytes.HasPrefix(lower, []byte("<!doctype html")), bytes.HasPrefix(lower, []byte("<html")):
		return HTML
	case text[0] == '<' && bytes.Contains(lower, []byte("<svg")):
		return SVG
	}
	return Text
}

func isText(b []byte, cut bool) bool {
	if len(b) == 0 {
		return false
	}
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		switch {
		case r == utf8.RuneError && n <= 1:
			// A rune cut by the end of the window is no fault of the text.
			return cut && i > 0 && len(b)-i < utf8.UTFMax && !utf8.FullRune(b[i:])
		case r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f':
			return false
		case r == 0x7F:
			return false
		}
		i += n
	}
	return true
}
