package media

import (
	"context"
	"fmt"
	"image"
	"io"
	"runtime"
)

// Options say how an image is decoded.
type Options struct {
	// Limits are judged before anything is decoded; zero fields take defaults.
	Limits Limits
	// Side is the length in pixels that the longer side of the result shall
	// have at least, where the original has it: the image is then halved as
	// often as that allows, three times at most. JPEG is scaled while it is
	// decoded, which saves time and memory. 0 asks for every pixel.
	Side int
	// Budget bounds the memory; nil takes one that the whole process shares.
	Budget *Budget

	twice bool // also reserves room for a second, smaller image
}

// Frame is a decoded image.
type Frame struct {
	// Image is upright, opaque (transparency lies on white) and begins at 0, 0.
	Image *image.RGBA
	// Width and Height are the upright size of the original in pixels.
	Width, Height int
	// Scale is image pixels per original pixel. Decode gives 1, 1/2, 1/4 or
	// 1/8, and the size of Image is that of the original times Scale, rounded
	// up. PlayOptions.Short leads to any value up to 1; sides are rounded to
	// the nearest pixel.
	Scale float64
	// Type is the format of the file.
	Type Type
	// Orientation is the one of EXIF that has been applied, 1 to 8.
	Orientation int
	// Channels is 1 for a greyscale file and 3 for a colour one.
	Channels int

	held    *reservation
	cleanup runtime.Cleanup
}

// Release gives the pixels back for reuse, and their bytes to the budget. Image
// is nil afterwards, and no slice of it may be used. A frame that is dropped
// without Release gives its bytes back when it is collected as garbage.
func (f *Frame) Release() {
	if f == nil || f.Image == nil {
		return
	}
	recycle(f.Image)
	f.Image = nil
	f.cleanup.Stop()
	f.held.release()
}

// Decode decodes a still JPEG, PNG or WebP image. Limits are judged by the
// header first. Animated, truncated and damaged files are refused: an image
// that a decoder could only guess at is no evidence. The error is an *Error, or
// the context's when it ended while Decode waited for memory or decoded.
func Decode(ctx context.Context, data []byte, opts Options) (*Frame, error) {
	h, err := readHeader(data, opts.Limits.withDefaults())
	if err != nil {
		return nil, err
	}
	d := decoding{ctx: ctx, data: data, header: h, budget: opts.Budget, twice: opts.twice, factor: factor(max(h.Width, h.Height), opts.Side)}
	if d.budget == nil {
		d.budget = processBudget
	}
	img, err := d.pixels()
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		d.release()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, undecodable(h.Type, err)
	}
	img = orient(img, h.Orientation)
	f := &Frame{
		Image: img, Scale: 1 / float64(d.factor),
		Type: h.Type, Orientation: h.Orientation, Channels: h.Channels,
	}
	f.Width, f.Height = h.Upright()
	f.hold(img, d.held)
	return f, nil
}

// hold gives a frame its pixels and their share of the budget.
func (f *Frame) hold(img *image.RGBA, held *reservation) {
	f.Image, f.held = img, held
	held.shrink(int64(cap(img.Pix)))
	f.cleanup = runtime.AddCleanup(f, (*reservation).release, held)
}

// factor is the largest divisor of the size, up to 8, that leaves the longer
// side at least as long as wanted.
func factor(long, side int) int {
	if side <= 0 {
		return 1
	}
	for f := 8; f > 1; f /= 2 {
		if scaled(long, f) >= side {
			return f
		}
	}
	return 1
}

// scaled is a length divided by a factor, rounded up as libjpeg does.
func scaled(length, factor int) int { return (length + factor - 1) / factor }

// decoding is one image on its way from bytes to pixels.
type decoding struct {
	header

	ctx    context.Context
	data   []byte
	factor int
	twice  bool
	budget *Budget
	held   *reservation
}

// reserve takes the bytes that the next decoder needs, and those of turning and
// halving its result. What an earlier decoder had is given back first.
func (d *decoding) reserve(decoder int64) error {
	d.release()
	out := 4 * int64(scaled(d.Width, d.factor)) * int64(scaled(d.Height, d.factor))
	need := decoder + out
	if d.Orientation > 1 || d.twice {
		need += out
	}
	held, err := d.budget.reserve(d.ctx, need+need/8) // size classes of the buffers
	d.held = held
	return err
}

func (d *decoding) release() {
	if d.held != nil {
		d.held.release()
		d.held = nil
	}
}

func (d *decoding) pixels() (*image.RGBA, error) {
	switch {
	case d.jpeg != nil:
		return d.decodeJPEG()
	case d.png != nil:
		return d.decodePNG()
	}
	return d.decodeWebP()
}

// decodeWhole runs a decoder of the Go libraries, which knows no scaling, and
// halves its result. A panic of the decoder is an error like any other: they
// are written to return errors, but each has had a file that made it panic, and
// one hostile upload must not end the process.
func (d *decoding) decodeWhole(decode func(io.Reader) (image.Image, error), r io.Reader) (out *image.RGBA, err error) {
	defer func() {
		if p := recover(); p != nil {
			out, err = nil, fmt.Errorf("decoder panicked: %v", p)
		}
	}()
	img, err := decode(&contextReader{ctx: d.ctx, r: r})
	if err != nil {
		return nil, err
	}
	if b := img.Bounds(); b.Dx() != d.Width || b.Dy() != d.Height {
		return nil, fmt.Errorf("decoded to %d x %d pixels, the header states %d x %d", b.Dx(), b.Dy(), d.Width, d.Height)
	}
	return reduce(flatten(img), d.factor), nil
}

// contextReader ends a decoder's reading when the context has ended.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	const step = 64 << 10 // asks again often enough
	return c.r.Read(p[:min(len(p), step)])
}
