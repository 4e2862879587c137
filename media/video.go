package media

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// demuxers are the names of ffmpeg's readers for the accepted containers. They
// are forced, so that no file can choose another: a playlist, for instance,
// would name further files.
var demuxers = map[Type]string{MP4: "mov", MOV: "mov", WebM: "matroska", MKV: "matroska", AVI: "avi"}

// decoders are the codecs that cameras and browsers write. Others are refused:
// each is code that reads hostile bytes.
const decoders = "h264,hevc,vp8,vp9,libvpx,libvpx-vp9,av1,libdav1d,libaom-av1,mpeg4,mjpeg,h263,mpeg1video,mpeg2video,prores,dvvideo,rawvideo,ffv1,png"

// The shape of pixels that is believed, width to height.
const leastAspect, mostAspect = 0.25, 4.0

// inputArgs make ffmpeg read the file at fd 3.
func (p *Player) inputArgs(t Type) []string {
	d := demuxers[t]
	return []string{
		"-threads", "1", "-codec_whitelist", decoders, "-max_pixels", strconv.Itoa(p.limits.MaxSide * p.limits.MaxSide),
		"-protocol_whitelist", "file,pipe", "-format_whitelist", d + ",mov,mp4,m4a,3gp,3g2,mj2,matroska,webm",
		"-f", d, "-i", "/proc/self/fd/3",
	}
}

// commonArgs are those of every run. The level is the one of the words that are
// listened to.
func commonArgs() []string {
	return []string{"-nostdin", "-hide_banner", "-nostats", "-loglevel", "info", "-filter_threads", "1"}
}

// listArgs list the coded pictures of one input at fd 4.
func listArgs(input int) []string {
	return []string{"-map", strconv.Itoa(input) + ":V:0", "-c", "copy", "-map_metadata", "-1", "-f", "framecrc", "pipe:4"}
}

// frameArgs deliver frames of the first input at fd 1.
func frameArgs(o PlayOptions, frames int) []string {
	args := []string{"-map", "0:V:0", "-map_metadata", "-1", "-map_chapters", "-1"}
	if frames > 0 {
		args = append(args, "-frames:v", strconv.Itoa(frames))
	}
	return append(args,
		"-vf", filters(o), "-c:v", "rawvideo", "-enc_time_base", "1:1000000", "-flags", "+bitexact", "-fflags", "+bitexact",
		"-f", "nut", "-write_index", "0", "pipe:1")
}

// filters tell the shape of a frame, choose frames, make pixels square, scale,
// and convert to RGBA. ffmpeg itself has turned the frame upright before.
//
// Time is cut into slots of 1/Rate seconds, and the first frame of each is
// chosen; see slot. The scaler gives the same pixels every time; its exact
// rounding, which would give them on every kind of processor too, costs a fifth
// of the decoding, and models round differently there anyway.
func filters(o PlayOptions) string {
	chain := []string{"showinfo=checksum=0"}
	if o.Rate > 0 {
		slot := func(t string) string { return fmt.Sprintf("floor((%s-start_t+%g)*%g)", t, slotSlack, o.Rate) }
		chain = append(chain, fmt.Sprintf("select='isnan(t)+isnan(prev_selected_t)+gt(%s,%s)'", slot("t"), slot("prev_selected_t")))
	}
	// st(0): the shape of a pixel; st(1): the width in square pixels; st(2): the scale.
	size := fmt.Sprintf("st(0,if(between(sar,%g,%g),sar,1));st(1,max(1,round(iw*ld(0))));st(2,if(gt(%d,0),min(1,%d/min(ld(1),ih)),1));",
		leastAspect, mostAspect, o.Short, o.Short)
	chain = append(chain,
		fmt.Sprintf("scale=w='%smax(1,round(ld(1)*ld(2)))':h='%smax(1,round(ih*ld(2)))':flags=area+bitexact", size, size),
		"setsar=1", "format=rgba")
	return strings.Join(chain, ",")
}

// slotSlack is added to times, in seconds, because files round them: in WebM,
// the frames of 30 a second come after 33, 66 or 67, and 100 milliseconds.
const slotSlack = 0.0015

// slot is the number of the slot that a time falls in. Choosing the first frame
// of each gives as many frames as the rate allows, also where it does not divide
// the rate of the file.
func slot(at time.Duration, rate float64) float64 {
	return math.Floor((at.Seconds() + slotSlack) * rate)
}

// display is the size of a frame in square pixels.
func (s frameShape) display() (width, height int) {
	return max(1, int(math.Round(float64(s.width)*s.aspect))), s.height
}

// screening is one run of the decoder over a video.
type screening struct {
	p       *Player
	typ     Type
	child   *child
	clip    Clip
	packets packets
	listErr error // of reading the packets
	frames  int
}

// screen starts the decoder.
func (p *Player) screen(ctx context.Context, t Type, data []byte, args []string) (*screening, error) {
	s := &screening{p: p, typ: t}
	var err error
	s.child, err = p.start(ctx, job{
		args: args, input: data,
		heed: func(c *child, r io.Reader) {
			if s.packets, s.listErr = readPackets(r, t, p.limits); s.listErr != nil {
				c.kill()
			}
		},
	})
	return s, err
}

// inspectVideo lists the pictures and decodes the first frame in one run. The
// file is given to ffmpeg twice, because with one input it would go on decoding
// as long as it lists.
func (p *Player) inspectVideo(ctx context.Context, t Type, data []byte) (Clip, *Frame, error) {
	args := append(commonArgs(), p.inputArgs(t)...)
	args = append(args, p.inputArgs(t)...)
	args = append(args, frameArgs(PlayOptions{}, 1)...)
	args = append(args, listArgs(1)...)
	var first *Frame
	clip, err := p.run(ctx, t, data, args, PlayOptions{}, func(s Shot) error {
		first = s.Keep()
		return nil
	})
	if err != nil {
		first.Release()
		return Clip{}, nil, err
	}
	return clip, first, nil
}

func (p *Player) playVideo(ctx context.Context, t Type, data []byte, o PlayOptions, yield func(Shot) error) (Clip, error) {
	if o.Rate < 0 || o.Rate > 1e6 || math.IsNaN(o.Rate) || o.Short < 0 {
		return Clip{}, fmt.Errorf("media: a rate of %g frames a second or a side of %d pixels", o.Rate, o.Short)
	}
	args := append(commonArgs(), p.inputArgs(t)...)
	args = append(args, frameArgs(o, 0)...)
	args = append(args, listArgs(0)...)
	return p.run(ctx, t, data, args, o, yield)
}

// run starts the decoder, delivers its frames and judges its end.
func (p *Player) run(ctx context.Context, t Type, data []byte, args []string, o PlayOptions, yield func(Shot) error) (Clip, error) {
	done, err := p.turn(ctx)
	if err != nil {
		return Clip{}, err
	}
	defer done()
	s, err := p.screen(ctx, t, data, args)
	if err != nil {
		return Clip{}, err
	}
	defer s.child.close()
	err = s.deliver(ctx, o, yield)
	var own *yieldError
	if errors.As(err, &own) {
		return s.clip, own.err
	}
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		s.child.kill() // nothing that it could still write is of use
	}
	s.child.wait()
	if err := s.verdict(ctx, err); err != nil {
		return s.clip, err
	}
	s.sum()
	return s.clip, nil
}

// yieldError marks an error as that of the caller.
type yieldError struct{ err error }

func (e *yieldError) Error() string { return e.err.Error() }

// deliver passes on frames until there are no more, which is io.EOF.
func (s *screening) deliver(ctx context.Context, o PlayOptions, yield func(Shot) error) error {
	nut, err := newNUTReader(s.child.out)
	if err != nil {
		return err
	}
	var start, last time.Duration
	for {
		at, head, err := nut.next()
		if err != nil {
			return err
		}
		if s.frames == 0 {
			start = at
			if err := s.shape(nut, o); err != nil {
				return err
			}
		}
		at -= start
		// ffmpeg has chosen already, but begins anew when the size changes in
		// the middle, which a file could do with each of its frames.
		if s.frames > 0 && (at <= last || o.Rate > 0 && slot(at, o.Rate) <= slot(last, o.Rate)) {
			if err := nut.discard(head); err != nil {
				return err
			}
			continue
		}
		last = at
		if err := s.frame(ctx, nut, head, at, yield); err != nil {
			return err
		}
	}
}

// frame reads a frame and passes it on. The clock stands still while it waits
// for others than the child.
func (s *screening) frame(ctx context.Context, nut *nutReader, head []byte, at time.Duration, yield func(Shot) error) error {
	s.child.clock.stop()
	defer s.child.clock.start()
	f, err := s.blank(ctx, nut)
	if err != nil {
		return err
	}
	s.child.clock.start()
	err = nut.read(f.Image.Pix, head)
	s.child.clock.stop()
	if err != nil {
		f.Release()
		return err
	}
	makeOpaque(f.Image.Pix)
	s.frames++
	if err := deliver(f, s.frames-1, at, yield); err != nil {
		return &yieldError{err}
	}
	return nil
}

// makeOpaque drops the transparency that some codecs have, and holds to that
// frames are opaque whatever the child wrote.
func makeOpaque(pix []byte) {
	mask := binary.NativeEndian.Uint64([]byte{0, 0, 0, 255, 0, 0, 0, 255})
	for ; len(pix) >= 8; pix = pix[8:] {
		binary.NativeEndian.PutUint64(pix, binary.NativeEndian.Uint64(pix)|mask)
	}
	if len(pix) == 4 {
		pix[3] = 255
	}
}

// shape learns the size of the frames, from what the child says about the first
// frame before scaling and from the size it delivers. Where these do not agree
// the delivered size is the one that counts.
func (s *screening) shape(nut *nutReader, o PlayOptions) error {
	shape, rotation, ok := s.child.words.first()
	s.clip.Type, s.clip.Rotation, s.clip.Channels = s.typ, rotation, 3
	w, h := shape.display()
	if want, high := shorten(w, h, o.Short); !ok || max(want-nut.width, nut.width-want) > 1 || max(high-nut.height, nut.height-high) > 1 {
		w, h = nut.width, nut.height
	}
	if ok && shape.gray {
		s.clip.Channels = 1
	}
	s.clip.Width, s.clip.Height = w, h
	limits := Limits{MaxSide: s.p.limits.MaxSide, MinSide: s.p.limits.Image.MinSide, MaxPixels: math.MaxInt64}
	return limits.check(s.typ, w, h)
}

// shorten is the size of a frame whose shorter side is scaled down to short.
func shorten(w, h, short int) (width, height int) {
	if short <= 0 || min(w, h) <= short {
		return w, h
	}
	k := float64(short) / float64(min(w, h))
	return max(1, int(math.Round(float64(w)*k))), max(1, int(math.Round(float64(h)*k)))
}

// blank makes the frame that the next picture is read into.
func (s *screening) blank(ctx context.Context, nut *nutReader) (*Frame, error) {
	f := &Frame{
		Width: s.clip.Width, Height: s.clip.Height, Scale: min(1, float64(nut.width)/float64(s.clip.Width)),
		Type: s.typ, Orientation: 1, Channels: s.clip.Channels,
	}
	held, err := s.p.budget.reserve(ctx, nut.bytes+nut.bytes/4) // the size class of the buffer
	if err != nil {
		return nil, err
	}
	f.hold(newRGBA(nut.width, nut.height), held)
	return f, nil
}

// verdict is what the run amounts to, once the child has ended. err is that of
// reading its frames.
func (s *screening) verdict(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var refused *Error
	if errors.As(err, &refused) || errors.As(s.listErr, &refused) {
		return refused
	}
	failure := s.child.failure()
	cut := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	switch {
	case failure != nil && failure.Timeout:
		return failure
	case !cut || s.listErr != nil: // we have ended it, for what it wrote
		return &DecoderError{Err: errors.Join(err, s.listErr)}
	case failure != nil:
		return failure
	case s.frames > 0 && s.packets.count > 0:
		return nil
	}
	return s.fault(err)
}

// fault is the error of a file of which no frame could be decoded.
func (s *screening) fault(err error) error {
	w := &s.child.words
	switch {
	case w.noVideo:
		return &Error{Reason: ReasonType, Type: s.typ, Err: errors.New("no stream of pictures")}
	case w.tooMany:
		most := int64(s.p.limits.MaxSide)
		return &Error{Reason: ReasonPixels, Type: s.typ, Limit: most * most, Actual: most*most + 1}
	case s.child.exitOK() && errors.Is(err, io.ErrUnexpectedEOF):
		return &DecoderError{Err: err}
	}
	return undecodable(s.typ, fmt.Errorf("no frame: %s", w.lastWords()))
}

// sum puts the facts about the pictures into the clip.
func (s *screening) sum() {
	s.clip.Frames = s.packets.count
	s.clip.Duration = s.packets.duration()
	s.clip.setRate()
}

// try starts the decoder and lets it do nothing, to see that it can.
func (p *Player) try() error {
	c, err := p.start(context.Background(), job{args: []string{"-version"}})
	if err != nil {
		return err
	}
	defer c.close()
	_, _ = io.Copy(io.Discard, io.LimitReader(c.out, 1<<20))
	c.wait()
	if failure := c.failure(); failure != nil {
		return failure
	}
	if !c.exitOK() {
		return fmt.Errorf("it answers -version with: %s", c.words.lastWords())
	}
	return nil
}
