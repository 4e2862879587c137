package media

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"math"
	"time"

	"golang.org/x/image/draw"
)

// shotStep is the time between the frames of a shot set that does not tell it:
// that of the frames which the web capture takes of gestures.
const shotStep = time.Second / 10

// inspectShots decodes every frame of a shot set, small where its format allows
// that, and keeps the first one.
func (p *Player) inspectShots(ctx context.Context, data []byte) (Clip, *Frame, error) {
	s, err := p.openShots(data)
	if err != nil {
		return Clip{}, nil, err
	}
	var first *Frame
	for i, f := range s.archive.frames {
		frame, err := s.frame(ctx, f, PlayOptions{}, i > 0)
		if err != nil {
			first.Release()
			return Clip{}, nil, err
		}
		if i > 0 {
			frame.Release()
			continue
		}
		first = frame
	}
	return s.finish(), first, nil
}

func (p *Player) playShots(ctx context.Context, data []byte, o PlayOptions, yield func(Shot) error) (Clip, error) {
	s, err := p.openShots(data)
	if err != nil {
		return Clip{}, err
	}
	for i, f := range s.archive.frames {
		frame, err := s.frame(ctx, f, o, false)
		if err != nil {
			return s.clip, err
		}
		if err := deliver(frame, i, s.times[i], yield); err != nil {
			return s.clip, err
		}
	}
	return s.finish(), nil
}

// shots is a shot set whose frames are being read.
type shots struct {
	p       *Player
	archive *archive
	clip    Clip
	times   []time.Duration
	pixels  int64 // of the frames so far
}

func (p *Player) openShots(data []byte) (*shots, error) {
	a, err := openArchive(data, p.limits)
	if err != nil {
		return nil, err
	}
	s := &shots{p: p, archive: a, clip: Clip{Type: ZIP, Frames: len(a.frames)}}
	if a.manifest != nil {
		if s.clip.Manifest, err = a.unpack(a.manifest, MaxManifest, ReasonBytes); err != nil {
			return nil, err
		}
	}
	s.times = shotTimes(s.clip.Manifest, len(a.frames))
	return s, nil
}

// frame reads, hashes and decodes a frame. A glance only shows that the frame
// decodes: it is as small as the format allows.
func (s *shots) frame(ctx context.Context, f *zip.File, o PlayOptions, glance bool) (*Frame, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	data, err := s.archive.unpack(f, s.p.limits.Image.MaxBytes, ReasonBytes)
	if err != nil {
		return nil, err
	}
	if nested(data) {
		return nil, unsafeArchive(f.Name, "it is an archive itself")
	}
	frame, err := s.decode(ctx, data, o, glance)
	var refused *Error
	if errors.As(err, &refused) {
		if refused.Reason == ReasonVideo { // no decoder would change that
			refused.Reason = ReasonType
		}
		refused.Entry = f.Name
		return nil, refused
	}
	if err != nil {
		return nil, err
	}
	if s.clip.FrameHashes == nil {
		s.clip.Width, s.clip.Height, s.clip.Channels = frame.Width, frame.Height, frame.Channels
	}
	s.clip.FrameHashes = append(s.clip.FrameHashes, sha256.Sum256(data))
	return frame, nil
}

// decode judges a frame by its header, and all frames by the number of their
// pixels, before it decodes.
func (s *shots) decode(ctx context.Context, data []byte, o PlayOptions, glance bool) (*Frame, error) {
	limits := s.p.limits.Image
	info, err := Probe(data, limits)
	if err != nil {
		return nil, err
	}
	s.pixels += int64(info.Width) * int64(info.Height)
	if most := s.p.limits.MaxPixels; s.pixels > most {
		return nil, &Error{Reason: ReasonPixels, Type: ZIP, Limit: most, Actual: s.pixels}
	}
	opts := Options{Limits: limits, Budget: s.p.budget}
	w, h := shorten(info.Width, info.Height, o.Short)
	scale := max(w, h) < max(info.Width, info.Height)
	switch {
	case glance:
		opts.Side = 1
	case scale:
		opts.Side, opts.twice = max(w, h), true
	}
	frame, err := Decode(ctx, data, opts)
	if err == nil && scale && !glance {
		frame.shorten(o.Short)
	}
	return frame, err
}

// shorten scales the image down to the wanted shorter side of the original.
func (f *Frame) shorten(short int) {
	w, h := shorten(f.Width, f.Height, short)
	src := f.Image
	if w >= src.Rect.Dx() && h >= src.Rect.Dy() {
		return
	}
	small := newRGBA(w, h)
	draw.BiLinear.Scale(small, small.Rect, src, src.Rect, draw.Src, nil)
	recycle(src)
	f.Image, f.Scale = small, float64(w)/float64(f.Width)
	f.held.shrink(int64(cap(small.Pix)))
}

// finish completes the clip.
func (s *shots) finish() Clip {
	n := len(s.times)
	step := shotStep
	if n > 1 {
		step = (s.times[n-1] - s.times[0]) / time.Duration(n-1)
	}
	s.clip.Duration = s.times[n-1] - s.times[0] + step
	s.clip.setRate()
	return s.clip
}

// shotTimes are the times of n frames: those of the manifest when it has n that
// increase, or else ten a second.
func shotTimes(manifest []byte, n int) []time.Duration {
	times := make([]time.Duration, n)
	for i := range times {
		times[i] = time.Duration(i) * shotStep
	}
	var m struct {
		TimesMS []float64 `json:"times_ms"`
	}
	if json.Unmarshal(manifest, &m) != nil || len(m.TimesMS) != n {
		return times
	}
	told := make([]time.Duration, n)
	for i, ms := range m.TimesMS {
		const day = 24 * 3600 * 1000
		if ms < 0 || ms > day || i > 0 && ms <= m.TimesMS[i-1] {
			return times
		}
		told[i] = time.Duration(math.Round(ms*1000)) * time.Microsecond
	}
	return told
}
