package media

import (
	"math"
	"time"
)

// The limits of clips that apply where ClipLimits leaves a field at zero. They
// are those of accepted uploads.
const (
	DefaultClipBytes    = 10 << 20
	DefaultClipDuration = 60 * time.Second
	DefaultClipSide     = 3840
	DefaultClipFrames   = 300
	DefaultClipUnpacked = 100 << 20
	DefaultClipRatio    = 200
	DefaultClipPixels   = 1_000_000_000
)

// ClipLimits bound what a video or a shot set may be. A zero field takes its
// default.
type ClipLimits struct {
	MaxBytes    int64         // bytes of the file
	MaxDuration time.Duration // of a video, between its first and the end of its last frame
	MaxSide     int           // pixels of the longer side of a video
	MaxFrames   int           // frames of a shot set
	MaxUnpacked int64         // bytes of all frames of a shot set, unpacked
	MaxRatio    int           // unpacked to packed bytes, of a shot set and of each of its files
	MaxPixels   int64         // pixels of all frames of a shot set together, which bounds the work
	Image       Limits        // of each frame of a shot set; MinSide also holds for a video
}

func (l ClipLimits) withDefaults() ClipLimits {
	fill(&l.MaxBytes, DefaultClipBytes)
	fill(&l.MaxDuration, DefaultClipDuration)
	fill(&l.MaxSide, DefaultClipSide)
	fill(&l.MaxFrames, DefaultClipFrames)
	fill(&l.MaxUnpacked, DefaultClipUnpacked)
	fill(&l.MaxRatio, DefaultClipRatio)
	fill(&l.MaxPixels, DefaultClipPixels)
	l.Image = l.Image.withDefaults()
	return l
}

// fill sets a field that is zero.
func fill[T int | int64 | time.Duration](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}

// fastest is the greatest number of pictures a second that a video may hold on
// the average of the longest allowed duration. The fastest phones record 240.
const fastest = 240

// maxPackets bounds the coded pictures of a video.
func (l ClipLimits) maxPackets() int {
	return max(1, int(fastest*l.MaxDuration.Seconds()))
}

// Clip says what a video or a shot set is.
type Clip struct {
	// Type is the container: MP4, MOV, WebM, AVI, MKV, or ZIP for a shot set.
	Type Type
	// Width and Height are the upright size of the first frame in square
	// pixels: rotation and the shape of the pixels have been applied.
	Width, Height int
	// Rotation is how far the stored picture of a video is turned clockwise to
	// stand upright: 0, 90, 180 or 270 degrees.
	Rotation int
	// Duration is the time from the first frame to the end of the last, as the
	// frames themselves tell it. That of a shot set comes from the times of its
	// manifest, or from ten frames a second.
	Duration time.Duration
	// FPS is the mean number of frames a second, 0 where one frame has no
	// duration.
	FPS float64
	// Frames counts the coded pictures of a video or the frames of a shot set.
	Frames int
	// Channels is 1 when the (first) frame is stored as greyscale, else 3.
	Channels int
	// Manifest is the manifest.json of a shot set as found, at most
	// MaxManifest bytes; nil where there is none.
	Manifest []byte
	// FrameHashes are the SHA-256 of the files of a shot set's frames, in the
	// order of the frames; nil for a video.
	FrameHashes [][32]byte
}

// setRate fills FPS from the other fields.
func (c *Clip) setRate() {
	c.FPS = 0
	if c.Duration > 0 {
		c.FPS = math.Round(1000*float64(c.Frames)/c.Duration.Seconds()) / 1000
	}
}

// PlayOptions say which frames are wanted.
type PlayOptions struct {
	// Rate is how many frames a second of a video are delivered at most, 0 for
	// all. Frames are left out, never repeated. A shot set is delivered in full.
	Rate float64
	// Short is the length in pixels that the shorter side is scaled down to
	// where it is longer; 0 leaves frames as they are.
	Short int
}

// Shot is a frame with its place in the clip.
type Shot struct {
	*Frame
	// Index counts the delivered frames from 0.
	Index int
	// Time is when the frame is shown. The first frame of a video has 0. A shot
	// set has the "times_ms" of its manifest, when there is one for each frame
	// and they increase, or a tenth of a second a frame.
	Time time.Duration

	kept *bool
}

// Keep hands the frame to the caller, who releases it; without Keep the frame
// is released when yield returns. Each kept frame takes its bytes of the
// budget: a caller that keeps more than the budget holds waits for itself until
// the context ends.
func (s Shot) Keep() *Frame {
	if s.kept != nil {
		*s.kept = true
	}
	return s.Frame
}

// deliver passes a frame to yield and releases it unless it was kept.
func deliver(f *Frame, index int, at time.Duration, yield func(Shot) error) error {
	kept := false
	defer func() {
		if !kept {
			f.Release()
		}
	}()
	return yield(Shot{Frame: f, Index: index, Time: at, kept: &kept})
}
