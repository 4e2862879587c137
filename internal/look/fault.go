package look

import (
	"errors"
	"time"

	"example.org/osprey"
	"example.org/osprey/media"
)

// MediaFault turns the refusal of a file, or the failure of the decoder of videos,
// into the error of the contract, without the field; other errors (a cancelled
// context) pass.
func MediaFault(err error) error {
	var d *media.DecoderError
	if errors.As(err, &d) {
		return decoderFault(d)
	}
	var m *media.Error
	if !errors.As(err, &m) {
		return err
	}
	e := &osprey.Error{Code: osprey.CodeInvalidValue, Message: faultText[m.Reason], Err: err, Details: osprey.Details{"reason": string(m.Reason)}}
	switch m.Kind() {
	case media.KindTooLarge:
		e.Code = osprey.CodeTooLarge
		limit, actual := any(m.Limit), any(m.Actual)
		if m.Reason == media.ReasonDuration { // in seconds, as the contract states it
			limit, actual = float64(m.Limit)/1000, float64(m.Actual)/1000
		}
		e = e.With("limit", limit).With("actual", actual)
	case media.KindUnsupported:
		e.Code = osprey.CodeUnsupportedMedia
		e = e.With("actual", m.Type.MIME()).With("accepted", media.AcceptedImages())
	case media.KindInvalid:
		if m.Reason == media.ReasonTooSmall {
			e = e.With("limit", m.Limit).With("actual", m.Actual)
		}
	}
	return e
}

// decoderFault says that the decoder of videos failed, which says nothing about the
// file: it may be tried again.
func decoderFault(d *media.DecoderError) error {
	if d.Timeout {
		return &osprey.Error{Code: osprey.CodeUnavailable, Message: "The video decoder took too long", Err: d, Details: osprey.Details{"reason": "decoder_timeout"}}
	}
	return &osprey.Error{Code: osprey.CodeExternalService, Message: "The video decoder failed", Err: d, Details: osprey.Details{"reason": "decoder"}}
}

// notTheFile turns the refusal of a video as undecodable into a failure of the decoder:
// the file was decoded when it was received, so that it is not the file that changed.
func notTheFile(m Medium, err error) error {
	var e *media.Error
	if m.Type == osprey.MediaVideo && m.Info.Frames > 0 && errors.As(err, &e) && e.Reason == media.ReasonUndecodable {
		return &media.DecoderError{Err: err}
	}
	return err
}

// stillOnly is the refusal of a photograph: no decoder that could be configured
// would make it one, so that every other type is told the same (api.md 7.4).
func stillOnly(err error) error {
	var e *osprey.Error
	if !errors.As(err, &e) || e.Code != osprey.CodeUnsupportedMedia {
		return err
	}
	e = e.With("reason", string(media.ReasonType))
	e.Message = faultText[media.ReasonType]
	return e
}

var faultText = map[media.Reason]string{
	media.ReasonEmpty:       "The file is empty",
	media.ReasonBytes:       "The file is too large",
	media.ReasonType:        "The file type is not accepted here",
	media.ReasonHEIF:        "HEIC and AVIF need a decoder that is not configured",
	media.ReasonVideo:       "Video needs a decoder that is not configured",
	media.ReasonPixels:      "The image has too many pixels",
	media.ReasonTooSmall:    "The image is too small",
	media.ReasonUndecodable: "The file cannot be decoded",
	media.ReasonDuration:    "The video is too long",
	media.ReasonFrames:      "The sequence has too many frames",
	media.ReasonUnpacked:    "The unpacked frames are too large",
	media.ReasonRatio:       "The archive is packed too tightly",
	media.ReasonUnsafe:      "The archive is not safe to open",
}

// noFace is the refusal of a picture without a face.
func noFace() *osprey.Error {
	return osprey.Errorf(osprey.CodeNoFace, "No face found").With("reason", "no_face")
}

// severalFaces is the refusal of a picture in which so many faces count.
func severalFaces(count int) error {
	return osprey.Errorf(osprey.CodeSeveralFaces, "Several faces found where one is required").
		With("reason", "several_faces").With("limit", 1).With("actual", count)
}

// GateError is the refusal of a face that breaks the gate, or nil.
func GateError(gate osprey.Gate, q osprey.Quality) error { return lowQuality(gate.Check(q)) }

// lowQuality is the refusal of a face for the checks that it breaks, or nil.
func lowQuality(broken []osprey.GateCheck) error {
	if len(broken) == 0 {
		return nil
	}
	return osprey.Errorf(osprey.CodeLowQuality, "The face does not pass the quality gate").
		With("reason", "low_quality").With("checks", broken)
}

// stage starts a stage's clock; the function it returns stops it.
func (l *Looker) stage(name string) func() {
	start := time.Now()
	return func() { l.o.Observe(name, time.Since(start).Seconds()) }
}
