package media

import "errors"

// Info is what a file's header says about the image.
type Info struct {
	Type          Type
	Width, Height int // as stored, in pixels
	Orientation   int // of EXIF, 1 to 8; 1 when there is none or it is broken
	Channels      int // 1 for greyscale, 3 for colour
}

// Upright gives the width and height in pixels once the orientation is applied.
func (i Info) Upright() (width, height int) {
	if turned(i.Orientation) {
		return i.Height, i.Width
	}
	return i.Width, i.Height
}

// header joins what was read of the file before decoding; exactly one of the
// formats is set.
type header struct {
	Info
	jpeg *jpegHeader
	png  *pngHeader
	webp *webpHeader
}

// Probe reads the header of a still image and judges it by the limits, without
// decoding: that costs microseconds whatever size the header states. The error
// is an *Error. That Probe succeeds does not mean that the pixels decode.
func Probe(data []byte, limits Limits) (Info, error) {
	h, err := readHeader(data, limits.withDefaults())
	return h.Info, err
}

func readHeader(data []byte, limits Limits) (header, error) {
	switch {
	case len(data) == 0:
		return header{}, &Error{Reason: ReasonEmpty}
	case int64(len(data)) > limits.MaxBytes:
		return header{}, &Error{Reason: ReasonBytes, Type: Sniff(data), Limit: limits.MaxBytes, Actual: int64(len(data))}
	}
	t := Sniff(data)
	if err := refusal(t); err != nil {
		return header{}, err
	}
	h := header{Info: Info{Type: t}}
	var exif []byte
	var err error
	switch t {
	case JPEG:
		exif, err = h.readJPEG(data, limits)
	case PNG:
		exif, err = h.readPNG(data, limits)
	case WebP:
		exif, err = h.readWebP(data, limits)
	}
	if err != nil {
		var refused *Error
		if !errors.As(err, &refused) {
			err = undecodable(t, err)
		}
		return header{}, err
	}
	h.Orientation = exifOrientation(exif)
	return h, nil
}

func (h *header) readJPEG(data []byte, limits Limits) (exif []byte, err error) {
	j, err := readJPEGHeader(data)
	if err != nil && !j.framed {
		return nil, err
	}
	// A size beyond the limits is the clearer answer, whatever else is wrong.
	if limit := limits.check(JPEG, j.width, j.height); limit != nil {
		return nil, limit
	}
	if err != nil {
		return nil, err
	}
	h.jpeg, h.Width, h.Height, h.Channels = &j, j.width, j.height, j.channels()
	return j.exif, nil
}

func (h *header) readPNG(data []byte, limits Limits) (exif []byte, err error) {
	p, err := readPNGHeader(data, func(w, ht int) error { return limits.check(PNG, w, ht) })
	if err != nil {
		return nil, err
	}
	if p.animated {
		return nil, refusal(APNG)
	}
	h.png, h.Width, h.Height, h.Channels = &p, p.width, p.height, p.channels()
	return p.exif, nil
}

func (h *header) readWebP(data []byte, limits Limits) (exif []byte, err error) {
	w, err := readWebPHeader(data)
	if err != nil {
		return nil, err
	}
	if w.animated {
		return nil, refusal(AnimatedWebP)
	}
	if err := limits.check(WebP, w.width, w.height); err != nil {
		return nil, err
	}
	h.webp, h.Width, h.Height, h.Channels = &w, w.width, w.height, 3
	return w.exif, nil
}
