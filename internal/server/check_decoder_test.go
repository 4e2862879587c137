package server_test

import (
	"os/exec"
	"strings"
	"testing"

	"example.org/osprey/internal/server"
)

// TestCheckDecoder: what the check says of each kind of media.video_decoder.
func TestCheckDecoder(t *testing.T) {
	t.Parallel()
	found, err := exec.LookPath("ffmpeg")
	want := map[string]server.Verdict{"off": server.Passed, "auto": server.Passed, "/nowhere/ffmpeg": server.Failed, "/bin/false": server.Failed}
	if err != nil {
		want["auto"] = server.Warning
	} else {
		want[found] = server.Passed
	}
	for setting, verdict := range want {
		got, text := checked(t, settings(t, t.TempDir(), "OSPREY_MEDIA_VIDEO_DECODER="+setting), false)
		if got["decoder"] != verdict {
			t.Errorf("%s: %v\n%s", setting, got["decoder"], text)
		}
		if setting == found && !strings.Contains(text, "ffmpeg version") {
			t.Errorf("no version: %s", text)
		}
	}
}
