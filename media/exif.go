package media

import (
	"bytes"

	"github.com/bep/imagemeta"
)

// Bounds of reading a TIFF block. The orientation stands among the first tags
// of the first directory; nothing else of EXIF is read.
const (
	maxEXIFBytes = 64 << 10
	maxEXIFTags  = 500
)

// exifOrientation reads the orientation, 1 to 8, out of a TIFF block. A block
// that is missing, broken or says nonsense gives 1: odd EXIF is common in good
// photos and never a reason to refuse one.
func exifOrientation(tiff []byte) (orientation int) {
	orientation = 1
	if len(tiff) < 8 {
		return orientation
	}
	// imagemeta recovers from its own panics; this one guards against those
	// that it might raise again, since a tag must not cost the photo.
	defer func() {
		if recover() != nil {
			orientation = 1
		}
	}()
	found := 1
	_, err := imagemeta.Decode(imagemeta.Options{
		R:            bytes.NewReader(tiff[:min(len(tiff), maxEXIFBytes)]),
		ImageFormat:  imagemeta.TIFF,
		Sources:      imagemeta.EXIF,
		LimitNumTags: maxEXIFTags,
		LimitTagSize: 1 << 10,
		ShouldHandleTag: func(tag imagemeta.TagInfo) bool {
			return tag.Namespace == "IFD0" && tag.Tag == "Orientation"
		},
		HandleTag: func(tag imagemeta.TagInfo) error {
			found = orientationValue(tag.Value)
			return imagemeta.ErrStopWalking
		},
	})
	if err != nil {
		return 1
	}
	return found
}

// orientationValue accepts the types that writers use for the tag: SHORT by the
// standard, BYTE and LONG by mistake.
func orientationValue(v any) int {
	var n int64
	switch v := v.(type) {
	case uint16:
		n = int64(v)
	case uint8:
		n = int64(v)
	case uint32:
		n = int64(v)
	case int16:
		n = int64(v)
	case int32:
		n = int64(v)
	}
	if n < 1 || n > 8 {
		return 1
	}
	return int(n)
}

// turned tells whether an orientation swaps width and height.
func turned(orientation int) bool { return orientation >= 5 }
