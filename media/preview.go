package media

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"math"
	"strconv"

	"golang.org/x/image/draw"
)

const (
	// previewShort is the shorter side of a preview in pixels, at most.
	previewShort = 720
	// previewLong bounds the longer side: H.264 players stop there.
	previewLong = 3840
	// previewBytes bounds a preview, 300 frames of noise at this size included.
	previewBytes = 256 << 20
)

// Preview makes a playable MP4 (H.264, 4:2:0, index first) of a shot set, with
// an even size of at most 720 pixels on the shorter side and without any
// metadata. It shows the frames at their mean rate; those of another shape than
// the first are put on black. The error is ErrNoEncoder where no decoder is
// configured or it cannot encode H.264, and else like that of Play.
func (p *Player) Preview(ctx context.Context, data []byte) ([]byte, error) {
	t, err := p.Admit(data)
	switch {
	case err != nil:
		return nil, err
	case !t.ShotSet():
		return nil, &Error{Reason: ReasonType, Type: t}
	case !p.Ready():
		return nil, ErrNoEncoder
	}
	s, err := p.openShots(data)
	if err != nil {
		return nil, err
	}
	first, err := s.frame(ctx, s.archive.frames[0], PlayOptions{Short: previewShort}, false)
	if err != nil {
		return nil, err
	}
	size := previewSize(first.Image.Rect.Dx(), first.Image.Rect.Dy())
	first.Release()
	done, err := p.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	return p.encode(ctx, data, size, s.finish().FPS)
}

// previewSize makes the sides even, as 4:2:0 needs them, and bounds them.
func previewSize(w, h int) image.Rectangle {
	if long := max(w, h); long > previewLong {
		w, h = w*previewLong/long, h*previewLong/long
	}
	return image.Rect(0, 0, max(2, w&^1), max(2, h&^1))
}

// encode feeds the frames to the encoder and takes the film out of the memory
// that it has written to: the index comes first, so it is written in two goes,
// which a pipe cannot take.
func (p *Player) encode(ctx context.Context, data []byte, size image.Rectangle, rate float64) ([]byte, error) {
	// The canvas is not taken out of the budget: who holds a share and waits for
	// another can wait for ever. There is one for each running child.
	c, err := p.start(ctx, job{args: encodeArgs(size, rate), feed: true, output: true, most: previewBytes})
	if err != nil {
		return nil, err
	}
	defer c.close()
	canvas := newRGBA(size.Dx(), size.Dy())
	defer recycle(canvas)
	feedErr := p.feed(ctx, c, data, canvas)
	_ = c.in.Close()
	var fault *Error
	if errors.As(feedErr, &fault) {
		return nil, fault
	}
	c.wait()
	switch failure := c.failure(); {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case failure != nil:
		return nil, failure
	case c.words.noCoder:
		return nil, ErrNoEncoder
	case !c.exitOK() || feedErr != nil:
		return nil, &DecoderError{Err: fmt.Errorf("encoding a preview: %w: %s", errors.Join(feedErr, errors.New("no film")), c.words.lastWords())}
	}
	return c.written(previewBytes)
}

// feed draws each frame onto the canvas and writes that to the encoder. The
// clock runs only while the encoder is waited for.
func (p *Player) feed(ctx context.Context, c *child, data []byte, canvas *image.RGBA) error {
	c.clock.stop()
	defer c.clock.start()
	_, err := p.playShots(ctx, data, PlayOptions{Short: previewShort}, func(s Shot) error {
		putOn(canvas, s.Image)
		c.clock.start()
		defer c.clock.stop()
		_, err := c.in.Write(canvas.Pix)
		return err
	})
	return err
}

// putOn draws an image as large as it fits onto the middle of a black canvas.
func putOn(canvas, img *image.RGBA) {
	cw, ch := canvas.Rect.Dx(), canvas.Rect.Dy()
	w, h := img.Rect.Dx(), img.Rect.Dy()
	// A side that is odd loses one pixel, so as not to blur the others.
	if w&^1 == cw && h&^1 == ch {
		draw.Draw(canvas, canvas.Rect, img, image.Point{}, draw.Src)
		return
	}
	k := min(float64(cw)/float64(w), float64(ch)/float64(h))
	w, h = max(1, int(math.Round(float64(w)*k))), max(1, int(math.Round(float64(h)*k)))
	draw.Draw(canvas, canvas.Rect, image.Black, image.Point{}, draw.Src)
	at := image.Rect(0, 0, w, h).Add(image.Pt((cw-w)/2, (ch-h)/2))
	draw.ApproxBiLinear.Scale(canvas, at, img, img.Rect, draw.Src, nil)
}

func encodeArgs(size image.Rectangle, rate float64) []string {
	rate = max(1, min(60, rate))
	args := append(commonArgs(), "-protocol_whitelist", "file,pipe",
		"-f", "rawvideo", "-pixel_format", "rgba", "-video_size", fmt.Sprintf("%dx%d", size.Dx(), size.Dy()),
		"-framerate", strconv.FormatFloat(rate, 'f', 3, 64), "-i", "pipe:0")
	return append(args,
		"-map", "0:v:0", "-map_metadata", "-1", "-threads", "1",
		"-vf", "scale=flags=area+accurate_rnd+bitexact,format=yuv420p",
		"-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-flags", "+bitexact", "-fflags", "+bitexact",
		"-movflags", "+faststart", "-f", "mp4", "-y", "/proc/self/fd/4")
}

// written is what the child has written to its file.
func (c *child) written(most int64) ([]byte, error) {
	data, err := io.ReadAll(io.NewSectionReader(c.file, 0, most+1))
	if err != nil {
		return nil, &DecoderError{Err: err}
	}
	if len(data) == 0 || int64(len(data)) > most {
		return nil, &DecoderError{Err: fmt.Errorf("a preview of %d bytes", len(data))}
	}
	return data, nil
}
