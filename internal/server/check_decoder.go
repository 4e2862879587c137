package server

import (
	"bytes"
	"context"
	"io"
	"os/exec"
	"time"
)

// versionTime is the patience with a decoder that is asked for its version.
const versionTime = 10 * time.Second

// mostVersion bounds what of its answer is shown, in bytes.
const mostVersion = 120

// decoder looks for what decodes videos. Without it videos are refused; everything
// else works.
func (k *checker) decoder(ctx context.Context) {
	setting := k.config.Media.VideoDecoder
	p, err := newPlayer(k.config)
	switch {
	case err != nil:
		k.add("decoder", Failed, "name an ffmpeg that runs, or set media.video_decoder to auto or off", "%v", err)
	case setting == "off":
		k.add("decoder", Passed, "", "off: videos are refused")
	case !p.Ready():
		k.add("decoder", Warning, "install ffmpeg, or set media.video_decoder to off", "no ffmpeg that runs is on PATH: videos are refused")
	default:
		k.add("decoder", Passed, "", "%s", decoderVersion(ctx, setting))
	}
}

// decoderVersion is the first line that a decoder says of itself.
func decoderVersion(ctx context.Context, setting string) string {
	if setting == "auto" {
		setting = "ffmpeg"
	}
	ctx, cancel := context.WithTimeout(ctx, versionTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, setting, "-version")
	out, err := cmd.StdoutPipe()
	if err != nil || cmd.Start() != nil {
		return setting + " of an unknown version"
	}
	said, _ := io.ReadAll(io.LimitReader(out, mostVersion)) // what came before an error will do
	cancel()
	_ = cmd.Wait() // it was ended on purpose
	line, _, _ := bytes.Cut(said, []byte("\n"))
	if len(line) == 0 {
		return setting + " of an unknown version"
	}
	return string(bytes.ToValidUTF8(line, nil))
}
