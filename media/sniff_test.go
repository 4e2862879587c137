package media

import (
	"strings"
	"testing"
)

func TestSniff(t *testing.T) {
	t.Parallel()
	ftyp := func(major string, compatible ...string) string {
		body := "ftyp" + major + "\x00\x00\x00\x00" + strings.Join(compatible, "")
		return string([]byte{0, 0, 0, byte(len(body) + 4)}) + body
	}
	ebml := func(doc string) string {
		return "\x1A\x45\xDF\xA3\x9F\x42\x86\x81\x01\x42\xF7\x81\x01\x42\x82" + string([]byte{0x80 | byte(len(doc))}) + doc
	}
	for _, c := range []struct {
		name, head string
		want       Type
		mime       string
	}{
		{"JPEG", "\xFF\xD8\xFF\xE0\x00\x10JFIF", JPEG, "image/jpeg"},
		{"JPEG cut behind SOI", "\xFF\xD8", JPEG, "image/jpeg"},
		{"JPEG spoilt behind SOI", "\xFF\xD8\x41\x41", Unknown, "application/octet-stream"},
		{"PNG", "\x89PNG\r\n\x1a\n", PNG, "image/png"},
		{"PNG through a text transfer", "\x89PNG\n\x1a\n", PNG, "image/png"},
		{"APNG", pngSignature + string(chunkPNG("IHDR", make([]byte, 13))) + string(chunkPNG("acTL", make([]byte, 8))), APNG, "image/apng"},
		{"PNG with acTL behind IDAT", pngSignature + string(chunkPNG("IDAT", nil)) + string(chunkPNG("acTL", make([]byte, 8))), PNG, "image/png"},
		{"WebP", "RIFF\x10\x00\x00\x00WEBPVP8 ", WebP, "image/webp"},
		{"WebP still, extended", "RIFF\x10\x00\x00\x00WEBP" + string(vp8x(webpAlpha, 40, 40)), WebP, "image/webp"},
		{"WebP animated", "RIFF\x10\x00\x00\x00WEBP" + string(vp8x(webpAnimation, 40, 40)), AnimatedWebP, "image/webp; animated=true"},
		{"GIF", "GIF89a", GIF, "image/gif"},
		{"BMP", "BM\x8a\x10\x0e\x00\x00\x00\x00\x00\x8a\x00\x00\x00\x7c\x00\x00\x00", BMP, "image/bmp"},
		{"text that begins with BM", "BMW drivers of the world", Text, "text/plain"},
		{"short text that begins with BM", "BMW", Text, "text/plain"},
		{"TIFF little", "II*\x00\x08\x00", TIFF, "image/tiff"},
		{"TIFF big", "MM\x00*\x00\x00", TIFF, "image/tiff"},
		{"SVG", `<svg xmlns="http://www.w3.org/2000/svg"/>`, SVG, "image/svg+xml"},
		{"SVG behind a prologue", "\xEF\xBB\xBF<?xml version='1.0'?>\n<!-- c -->\n<SVG/>", SVG, "image/svg+xml"},
		{"HTML", "\n<!DOCTYPE html><svg/>", HTML, "text/html"},
		{"PDF", "%PDF-1.7", PDF, "application/pdf"},
		{"HEIC", ftyp("heic", "mif1", "heic"), HEIC, "image/heic"},
		{"HEIC by mif1", ftyp("mif1", "heic"), HEIC, "image/heic"},
		{"AVIF", ftyp("avif", "mif1"), AVIF, "image/avif"},
		{"AVIF by mif1", ftyp("mif1", "miaf", "avif"), AVIF, "image/avif"},
		{"MP4", ftyp("isom", "iso2", "avc1"), MP4, "video/mp4"},
		{"MP4 cut", "\x00\x00\x00\x18ftyp", MP4, "video/mp4"},
		{"M4A", ftyp("M4A "), M4A, "audio/mp4"},
		{"MOV", ftyp("qt  "), MOV, "video/quicktime"},
		{"MOV without ftyp", "\x00\x00\x00\x08wide\x00\x00\x00\x00mdat", MOV, "video/quicktime"},
		{"WebM", ebml("webm"), WebM, "video/webm"},
		{"Matroska", ebml("matroska"), MKV, "video/x-matroska"},
		{"Matroska cut", "\x1A\x45\xDF\xA3", MKV, "video/x-matroska"},
		{"AVI", "RIFF\x10\x00\x00\x00AVI LIST", AVI, "video/x-msvideo"},
		{"WAV", "RIFF\x10\x00\x00\x00WAVEfmt ", WAV, "audio/wav"},
		{"MP3 with tags", "ID3\x04\x00", MP3, "audio/mpeg"},
		{"MP3 frame", "\xFF\xFB\x90\x64", MP3, "audio/mpeg"},
		{"Ogg", "OggS\x00\x02", Ogg, "audio/ogg"},
		{"FLAC", "fLaC\x00", FLAC, "audio/flac"},
		{"ZIP", "PK\x03\x04\x14\x00", ZIP, "application/zip"},
		{"ZIP without entries", "PK\x05\x06", ZIP, "application/zip"},
		{"JSON", " {\"a\": 1}", JSON, "application/json"},
		{"text", "hello, wörld\r\n", Text, "text/plain"},
		{"text cut inside a rune", strings.Repeat("x", SniffLen-1) + "ö", Text, "text/plain"},
		{"Latin-1", "h\xF6llo", Unknown, "application/octet-stream"},
		{"control characters", "a\x00b", Unknown, "application/octet-stream"},
		{"nothing", "", Unknown, "application/octet-stream"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := Sniff([]byte(c.head))
			if got != c.want || got.MIME() != c.mime {
				t.Errorf("%v (%s), want %v (%s)", got, got.MIME(), c.want, c.mime)
			}
		})
	}
}

func TestTypeTable(t *testing.T) {
	t.Parallel()
	for i := range types {
		typ := Type(i)
		if typ.String() == "" || typ.MIME() == "" || typ.Ext() == "" {
			t.Errorf("type %d lacks a name, a media type or an extension", i)
		}
	}
	if Type(200).MIME() != Unknown.MIME() {
		t.Error("a type out of range is not unknown")
	}
	if got := strings.Join(AcceptedImages(), " "); got != "image/jpeg image/png image/webp" {
		t.Errorf("accepted: %s", got)
	}
}
