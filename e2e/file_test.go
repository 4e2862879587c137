package e2e

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"strings"
)

// pngOf is a PNG of one colour.
func pngOf(width, height int) string {
	img := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.Gray{Y: 120}, color.White})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.String()
}

// pngClaiming is a PNG that claims a size and has no pixels.
func pngClaiming(width, height uint32) string {
	header := binary.BigEndian.AppendUint32([]byte("IHDR"), width)
	header = binary.BigEndian.AppendUint32(header, height)
	header = append(header, 8, 2, 0, 0, 0)
	return "\x89PNG\r\n\x1a\n" + pngChunk(header) + pngChunk([]byte("IDAT")) + pngChunk([]byte("IEND"))
}

func pngChunk(nameAndData []byte) string {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(nameAndData)-4))
	b = append(b, nameAndData...)
	return string(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(nameAndData)))
}

// refusedFile is a file of a type that is no still image.
type refusedFile struct {
	name, mime, content string
}

// refusedFiles are the types that photos may not have.
var refusedFiles = []refusedFile{
	{"MP4", "video/mp4", "\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + strings.Repeat("\x00", 64)},
	{"MOV", "video/quicktime", "\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00qt  " + strings.Repeat("\x00", 64)},
	{"WebM", "video/webm", "\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm" + strings.Repeat("\x00", 64)},
	{"ZIP", "application/zip", "PK\x03\x04\x14\x00\x00\x00\x00\x00" + strings.Repeat("\x00", 64)},
	{"GIF", "image/gif", "GIF89a\x40\x00\x40\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x40\x00\x40\x00\x00\x02\x01\x00;"},
	{"BMP", "image/bmp", "BM\x3a\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00\x40\x00\x00\x00\x40\x00\x00\x00\x01\x00\x18\x00" + strings.Repeat("\x00", 64)},
	{"HEIC", "image/heic", "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + strings.Repeat("\x00", 64)},
	{"AVIF", "image/avif", "\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1avif" + strings.Repeat("\x00", 64)},
	{"TIFF", "image/tiff", "II*\x00\x08\x00\x00\x00" + strings.Repeat("\x00", 64)},
	{"PDF", "application/pdf", "%PDF-1.7\n" + strings.Repeat(" ", 64)},
	{"SVG", "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"></svg>`},
	{"text", "text/plain", "a photograph of somebody, described in words"},
	{"unknown bytes", "application/octet-stream", "\x01\x02\x03\x04\x05\x06\x07\x08" + strings.Repeat("\xfe\x01", 64)},
}

var acceptedImages = []string{"image/jpeg", "image/png", "image/webp"}
