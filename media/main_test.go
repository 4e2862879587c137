package media

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain lets this program stand in for a server that is killed while it
// plays a video, and looks for goroutines that tests leave behind.
func TestMain(m *testing.M) {
	if decoder := os.Getenv("MEDIA_TEST_VICTIM"); decoder != "" {
		victim(decoder, os.Getenv("MEDIA_TEST_CLIP"))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}
