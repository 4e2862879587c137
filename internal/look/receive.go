package look

import (
	"context"
	"errors"
	"slices"

	"example.org/osprey"
	"example.org/osprey/media"
)

// Presort judges a file for a folder by its head alone, which costs microseconds: its
// size and type, and of a photo what the header states. What it refuses Receive refuses
// with the same error; that it refuses nothing does not mean that Receive will not.
func (l *Looker) Presort(data []byte) error {
	var err error
	if media.Sniff(data).Clip() {
		_, err = l.o.Player.Admit(data)
	} else {
		_, err = media.Probe(data, l.o.Limits)
	}
	return l.acceptMore(MediaFault(err))
}

// PresortPhoto is Presort where a photo alone is taken; Photo refuses what it refuses.
func (l *Looker) PresortPhoto(data []byte) error {
	_, err := media.Probe(data, l.o.Limits)
	return stillOnly(MediaFault(err))
}

// Receive judges a file for a folder by its bytes: a photo, a video or a shot set
// within the limits, and decodable. The error is an *osprey.Error with the code and
// details of api.md 8.2, without the field: 4, 16 or 17 about the file, 11 or 19
// when the decoder of videos failed; or the context's.
func (l *Looker) Receive(ctx context.Context, data []byte) (*Intake, error) {
	return l.admit(ctx, data, l.kept.put) // for an analysis that follows soon
}

// Admit is Receive for media that are judged in the same breath and stored nowhere:
// nothing of them stays behind in memory, and no preview is made.
func (l *Looker) Admit(ctx context.Context, data []byte) (*Intake, error) {
	return l.admit(ctx, data, nil)
}

// admit hands over the frame of a photo to keep, where that is not nil.
func (l *Looker) admit(ctx context.Context, data []byte, keep func(sum string, frame *media.Frame)) (*Intake, error) {
	t := media.Sniff(data)
	if t.Clip() {
		in, err := l.receiveClip(ctx, t, data, keep != nil)
		return in, l.acceptMore(err)
	}
	frame, f, err := l.inspect(ctx, data)
	if err != nil {
		return nil, l.acceptMore(err)
	}
	if keep != nil {
		keep(f.SHA256, frame)
	} else {
		frame.Release()
	}
	return &Intake{Type: osprey.MediaImage, Info: osprey.MediaInfo{ImageInfo: f.Info}, SHA256: f.SHA256, Thumb: f.Thumb}, nil
}

func (l *Looker) receiveClip(ctx context.Context, t media.Type, data []byte, preview bool) (*Intake, error) {
	stop := l.stage("decode")
	clip, frame, err := l.o.Player.Inspect(ctx, data)
	stop()
	if err != nil {
		return nil, MediaFault(err)
	}
	defer frame.Release()
	f, err := l.file(frame, data)
	if err != nil {
		return nil, err
	}
	in := &Intake{
		Type: osprey.MediaVideo, SHA256: f.SHA256, Thumb: f.Thumb, Manifest: clip.Manifest, Frames: clip.FrameHashes,
		Info: osprey.MediaInfo{ImageInfo: f.Info, Seconds: clip.Duration.Seconds(), FPS: clip.FPS, Frames: clip.Frames},
	}
	in.Info.MIME, in.Info.Width, in.Info.Height = t.MIME(), clip.Width, clip.Height
	if !t.ShotSet() {
		return in, nil
	}
	in.Type = osprey.MediaShotSet
	if !preview {
		return in, nil
	}
	frame.Release() // before Preview takes memory for frames of its own
	in.Preview, err = l.preview(ctx, data)
	return in, err
}

// Survey judges a video or a shot set as Receive does and makes nothing of it: no
// thumbnail, no preview. Other files are refused with 17.
func (l *Looker) Survey(ctx context.Context, data []byte) (*Intake, error) {
	stop := l.stage("decode")
	clip, frame, err := l.o.Player.Inspect(ctx, data)
	stop()
	if err != nil {
		return nil, MediaFault(err)
	}
	frame.Release()
	in := &Intake{Type: osprey.MediaVideo, Manifest: clip.Manifest, Frames: clip.FrameHashes}
	if clip.Type.ShotSet() {
		in.Type = osprey.MediaShotSet
	}
	in.Info = osprey.MediaInfo{Seconds: clip.Duration.Seconds(), FPS: clip.FPS, Frames: clip.Frames}
	in.Info.MIME, in.Info.Size, in.Info.Width, in.Info.Height = clip.Type.MIME(), int64(len(data)), clip.Width, clip.Height
	return in, nil
}

// preview is the MP4 of a shot set, nil where none can be made: the set is as good
// without it.
func (l *Looker) preview(ctx context.Context, data []byte) ([]byte, error) {
	defer l.stage("preview")()
	b, err := l.o.Player.Preview(ctx, data)
	switch {
	case err == nil:
		return b, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, media.ErrNoEncoder), errors.As(err, new(*media.DecoderError)):
		return nil, nil
	}
	return nil, MediaFault(err)
}

// acceptMore tells a refused caller everything that a folder takes.
func (l *Looker) acceptMore(err error) error {
	var e *osprey.Error
	if !errors.As(err, &e) || e.Details["accepted"] == nil {
		return err
	}
	clips := media.AcceptedClips()
	if !l.o.Player.Ready() {
		clips = []string{media.ZIP.MIME()}
	}
	return e.With("accepted", slices.Concat(media.AcceptedImages(), clips))
}
