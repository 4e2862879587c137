package osprey_test

import (
	"testing"

	"example.org/osprey"
)

// TestG01 converts each name of each column of the table of correspondence to its tag
// and back.
func TestG01(t *testing.T) {
	t.Parallel()
	columns := map[string]func(osprey.GestureName) string{
		"tag": func(n osprey.GestureName) string { return n.Tag }, "iOS": func(n osprey.GestureName) string { return n.IOS },
		"Android": func(n osprey.GestureName) string { return n.Android }, "Flutter": func(n osprey.GestureName) string { return n.Flutter },
		"Flutter's text": func(n osprey.GestureName) string { return n.FlutterText },
	}
	// One row of each column, as the table has it, and how many names each has.
	for _, want := range []struct {
		column, name, tag string
		names             int
	}{
		{"tag", "video_selfie_scan", "video_selfie_scan", 16},
		{"iOS", "scanning", "video_selfie_scan", 11},
		{"Android", "HeadUp", "video_selfie_high", 9},
		{"Flutter", "eyeBlink", "video_selfie_eyes", 13},
		{"Flutter's text", "eye_blank", "video_selfie_eyes", 9},
	} {
		read := columns[want.column]
		if tag, ok := osprey.TagOf(want.name); !ok || tag != want.tag {
			t.Errorf("%s: %s is %q (%t), want %s", want.column, want.name, tag, ok, want.tag)
		}
		names := 0
		for _, row := range osprey.GestureNames() {
			name := read(row)
			if name == "" {
				continue
			}
			names++
			tag, ok := osprey.TagOf(name)
			back, found := osprey.NamesOf(tag)
			if !ok || tag != row.Tag || !found || read(back) != name {
				t.Errorf("%s: %s is %q, and back %q", want.column, name, tag, read(back))
			}
		}
		if names != want.names {
			t.Errorf("%s has %d names, want %d", want.column, names, want.names)
		}
	}
	for _, tag := range osprey.GestureTags() {
		if _, ok := osprey.NamesOf(tag); !ok {
			t.Errorf("%s is not in the table", tag)
		}
	}
	if tag, ok := osprey.TagOf("eye_blink"); !ok || tag != osprey.GestureTagEyes {
		t.Errorf("eye_blink is %q", tag)
	}
	for _, unknown := range []string{"", "wink", "video_selfie"} {
		if tag, ok := osprey.TagOf(unknown); ok {
			t.Errorf("%q is %s", unknown, tag)
		}
	}
}
