package testphoto_test

import (
	"bytes"
	"testing"

	"example.org/osprey/internal/testphoto"
)

// The clips are what their names say, and a second call cuts nothing again.
func TestClip(t *testing.T) {
	for format, magic := range map[string]struct {
		at   int
		text string
	}{
		"mp4": {4, "ftyp"}, "mov": {4, "ftypqt"}, "webm": {0, "\x1a\x45\xdf\xa3"}, "mkv": {0, "\x1a\x45\xdf\xa3"},
		"avi": {0, "RIFF"}, "zip": {0, "PK"}, "png.zip": {0, "PK"},
	} {
		c := testphoto.Cut{From: 1, Seconds: 0.4, Format: format}
		clip := testphoto.Clip(t, testphoto.WebcamAgain, c)
		if len(clip) < magic.at+len(magic.text) || string(clip[magic.at:magic.at+len(magic.text)]) != magic.text {
			t.Errorf("%s begins with % x", format, clip[:min(16, len(clip))])
		}
		if again := testphoto.Clip(t, testphoto.WebcamAgain, c); !bytes.Equal(clip, again) {
			t.Errorf("%s: cut twice, differently", format)
		}
	}
}
