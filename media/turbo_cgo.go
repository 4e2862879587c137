//go:build cgo && !noturbo

package media

/*
#cgo LDFLAGS: -lturbojpeg
#include <string.h>
#include <turbojpeg.h>

enum { TURBO_OK, TURBO_WARNING, TURBO_ERROR };

// verdict keeps the handle's message before the handle is gone.
static int verdict(tjhandle handle, char *message, size_t room) {
	int code = TURBO_ERROR;
	const char *text = "out of memory";
	if (handle != NULL) {
		if (tjGetErrorCode(handle) == TJERR_WARNING) code = TURBO_WARNING;
		text = tjGetErrorStr2(handle);
	}
	strncpy(message, text, room - 1);
	message[room - 1] = 0;
	return code;
}

// turbo_decode decodes to RGBA of exactly out_width x out_height, which must be
// the size that libjpeg gives to width x height at 1, 1/2, 1/4 or 1/8. The size
// in the file is compared with the caller's before a pixel is written.
static int turbo_decode(const unsigned char *data, unsigned long size, int width, int height,
                        unsigned char *out, int out_width, int out_height, char *message, size_t room) {
	int w = 0, h = 0, subsampling, colours, code = TURBO_OK;
	tjhandle handle = tjInitDecompress();
	if (handle == NULL) return verdict(handle, message, room);
	// A subsampling without a name fails here but decodes; the size is set before.
	int failed = tjDecompressHeader3(handle, data, size, &w, &h, &subsampling, &colours);
	if (w != width || h != height) {
		code = failed ? verdict(handle, message, room) : TURBO_ERROR;
		if (!failed) strncpy(message, "size differs from the header", room);
	} else if (tjDecompress2(handle, data, size, out, out_width, out_width * 4, out_height, TJPF_RGBA,
	                         TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS)) {
		code = verdict(handle, message, room);
	}
	tjDestroy(handle);
	return code;
}

// turbo_encode writes into a buffer of the size that tjBufSize asks for.
static int turbo_encode(const unsigned char *rgba, int width, int stride, int height, int quality,
                        unsigned char *out, unsigned long *size, char *message, size_t room) {
	int code = TURBO_OK;
	tjhandle handle = tjInitCompress();
	if (handle == NULL) return verdict(handle, message, room);
	if (tjCompress2(handle, rgba, width, stride, height, TJPF_RGBX, &out, size, TJSAMP_420, quality,
	                TJFLAG_NOREALLOC | TJFLAG_ACCURATEDCT)) {
		code = verdict(handle, message, room);
	}
	tjDestroy(handle);
	return code;
}
*/
import "C"

import (
	"errors"
	"fmt"
	"image"
)

// haveTurbo tells that this build decodes JPEG by libjpeg-turbo.
const haveTurbo = true

const turboMessage = 200 // JMSG_LENGTH_MAX of libjpeg

// turboDecode decodes a JPEG of width x height pixels into dst, whose size says
// at which scale. Every pixel of dst is written unless there is an error;
// errDoubt means that the library stopped at a warning.
func turboDecode(dst *image.RGBA, data []byte, width, height int) error {
	w, h := dst.Rect.Dx(), dst.Rect.Dy()
	if len(data) == 0 || w <= 0 || h <= 0 || dst.Stride != 4*w || len(dst.Pix) < 4*w*h {
		return errors.New("libjpeg-turbo: bad buffer")
	}
	var message [turboMessage]C.char
	code := C.turbo_decode((*C.uchar)(&data[0]), C.ulong(len(data)), C.int(width), C.int(height),
		(*C.uchar)(&dst.Pix[0]), C.int(w), C.int(h), &message[0], turboMessage)
	switch code {
	case C.TURBO_OK:
		return nil
	case C.TURBO_WARNING:
		return fmt.Errorf("%w: %s", errDoubt, C.GoString(&message[0]))
	}
	return fmt.Errorf("libjpeg-turbo: %s", C.GoString(&message[0]))
}

// turboEncode encodes an opaque image with 4:2:0 chroma.
func turboEncode(img *image.RGBA, quality int) ([]byte, error) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	if w <= 0 || h <= 0 || img.Stride < 4*w || len(img.Pix) < img.Stride*(h-1)+4*w {
		return nil, errors.New("libjpeg-turbo: bad buffer")
	}
	room := C.tjBufSize(C.int(w), C.int(h), C.TJSAMP_420)
	if room == 0 || room > 1<<31-1 {
		return nil, fmt.Errorf("libjpeg-turbo: no JPEG of %d x %d pixels", w, h)
	}
	out := make([]byte, int(room))
	size := room
	var message [turboMessage]C.char
	code := C.turbo_encode((*C.uchar)(&img.Pix[0]), C.int(w), C.int(img.Stride), C.int(h), C.int(quality),
		(*C.uchar)(&out[0]), &size, &message[0], turboMessage)
	if code != C.TURBO_OK {
		return nil, fmt.Errorf("libjpeg-turbo: %s", C.GoString(&message[0]))
	}
	return append([]byte(nil), out[:size]...), nil // tjBufSize asks for far more
}
