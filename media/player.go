package media

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// The defaults of PlayerOptions.
const (
	// DefaultDecoderMemory is the address space of a child. A video of 3840 x
	// 3840 pixels with the most reference frames that H.264 knows needs less.
	DefaultDecoderMemory = 1 << 30
	// DefaultDecoderTimeout is how long a child may keep its caller waiting.
	DefaultDecoderTimeout = 60 * time.Second
	// leastMemory is what ffmpeg needs to start with the libraries it is
	// linked to in Debian, and to decode a small video.
	leastMemory = 384 << 20
)

// PlayerOptions say with what and within which bounds a Player works. Zero
// fields take defaults.
type PlayerOptions struct {
	// Decoder is the path of ffmpeg. "" and "auto" find it in PATH, "off" is
	// for none.
	Decoder string
	Limits  ClipLimits
	// Memory is the address space in bytes that a child may use, at least 384
	// MiB. A video for which ffmpeg finds no memory is refused as undecodable:
	// nearly always it is one whose numbers are made up, and the default leaves
	// room for every usual video within the default limits. A child that the
	// kernel kills for memory is a DecoderError: the machine is too small then.
	Memory int64
	// Timeout is how long a caller may wait for one child, in wall-clock time:
	// the time that yield takes, or that goes by waiting for a turn or for
	// memory of frames, does not count. The child may use as much time of the
	// processor, whoever waits.
	Timeout time.Duration
	// Parallel is the number of children at the same time, others wait for
	// their turn; 0 is GOMAXPROCS.
	Parallel int
	// Budget bounds the memory of frames; nil takes the one that Decode takes.
	Budget *Budget
}

// Player turns videos and shot sets into frames. A video is decoded by ffmpeg
// in a child process with narrow bounds, a shot set in this process. A Player
// may be used by many goroutines at once.
type Player struct {
	decoder  string // absolute path, "" for none
	limits   ClipLimits
	memory   int64
	timeout  time.Duration
	budget   *Budget
	turns    chan struct{}
	isolated bool // children get namespaces of their own
}

// ErrNoEncoder says that there is nothing that could encode a preview.
var ErrNoEncoder = errors.New("media: no H.264 encoder is configured")

// NewPlayer finds the decoder and tries that it starts. The error is about a
// Decoder given as a path; a Player that finds none by itself plays shot sets
// only.
func NewPlayer(o PlayerOptions) (*Player, error) {
	fill(&o.Memory, DefaultDecoderMemory)
	fill(&o.Timeout, DefaultDecoderTimeout)
	fill(&o.Parallel, runtime.GOMAXPROCS(0))
	if o.Budget == nil {
		o.Budget = processBudget
	}
	if o.Memory < leastMemory {
		return nil, fmt.Errorf("media: %d bytes of memory for the video decoder, at least %d are needed", o.Memory, int64(leastMemory))
	}
	if o.Timeout < 0 || o.Parallel < 0 {
		return nil, errors.New("media: a negative time limit or number of video decoders")
	}
	p := &Player{
		limits: o.Limits.withDefaults(), memory: o.Memory, timeout: o.Timeout,
		budget: o.Budget, turns: make(chan struct{}, o.Parallel),
	}
	auto := o.Decoder == "" || o.Decoder == "auto"
	switch {
	case o.Decoder == "off":
		return p, nil
	case auto:
		o.Decoder = "ffmpeg"
	}
	err := p.adopt(o.Decoder)
	if err != nil && !auto {
		return nil, fmt.Errorf("media: video decoder %s: %w", o.Decoder, err)
	}
	return p, nil
}

// adopt makes a program the decoder, when it starts within the bounds.
func (p *Player) adopt(name string) error {
	path, err := exec.LookPath(name)
	if err != nil {
		return err
	}
	if path, err = filepath.Abs(path); err != nil {
		return err
	}
	p.decoder = path
	for _, p.isolated = range []bool{true, false} {
		if err = p.try(); err == nil {
			return nil
		}
	}
	p.decoder = ""
	return err
}

// Ready tells whether there is a decoder of videos. Without one, videos are
// refused with ReasonVideo and shot sets have no preview.
func (p *Player) Ready() bool { return p.decoder != "" }

// turn waits until another child may start.
func (p *Player) turn(ctx context.Context) (done func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case p.turns <- struct{}{}:
		return func() { <-p.turns }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Inspect tells what a video or a shot set is, and gives its first frame, which
// the caller releases. Nothing is taken from a header that the content does not
// bear out: the pictures of a video are counted and timed one by one, and the
// first one is decoded; every frame of a shot set is decoded.
//
// The error is an *Error about the file, a *DecoderError, or the context's.
func (p *Player) Inspect(ctx context.Context, data []byte) (Clip, *Frame, error) {
	t, err := p.Admit(data)
	if err != nil {
		return Clip{}, nil, err
	}
	if t.ShotSet() {
		return p.inspectShots(ctx, data)
	}
	return p.inspectVideo(ctx, t, data)
}

// Play decodes a video or a shot set and passes its frames to yield in the
// order of their times, one at a time. A frame is released when yield returns,
// unless it called Shot.Keep. An error of yield ends the playing and is
// returned as it is.
//
// All frames of a video have the size of the first one; those of a shot set
// have each their own. Frame.Width and Height are the size before scaling by
// Short, and Frame.Scale is what the scaling did. Frames that came before a
// fault have been delivered when Play returns the error; a video that is broken
// behind its first frame is no error, as far as ffmpeg takes it.
//
// The error is an *Error about the file, a *DecoderError, the context's, or
// that of yield.
func (p *Player) Play(ctx context.Context, data []byte, o PlayOptions, yield func(Shot) error) (Clip, error) {
	t, err := p.Admit(data)
	if err != nil {
		return Clip{}, err
	}
	if t.ShotSet() {
		return p.playShots(ctx, data, o, yield)
	}
	return p.playVideo(ctx, t, data, o, yield)
}

// Admit judges a file by its size and type, without decoding: that costs microseconds
// whatever the file holds. The error is an *Error. That Admit succeeds does not mean
// that the file can be played.
func (p *Player) Admit(data []byte) (Type, error) {
	t := Sniff(data)
	switch {
	case len(data) == 0:
		return t, &Error{Reason: ReasonEmpty}
	case int64(len(data)) > p.limits.MaxBytes:
		return t, &Error{Reason: ReasonBytes, Type: t, Limit: p.limits.MaxBytes, Actual: int64(len(data))}
	case !t.Clip():
		return t, &Error{Reason: ReasonType, Type: t}
	case t.Video() && !p.Ready():
		return t, &Error{Reason: ReasonVideo, Type: t}
	}
	return t, nil
}
