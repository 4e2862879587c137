// Package media turns the bytes of still images into frames of pixels. Every
// byte it is given may be hostile: limits are judged by the header before a
// decoder runs, the memory of all decodings together is bounded, and whatever
// is wrong with a file becomes an *Error with a Reason, never a panic.
//
// # From bytes to a frame
//
// Sniff tells what a file is by its first bytes, whatever its name or declared
// type says. Probe reads the header: type, size, orientation, channels. Decode
// does the same and then decodes:
//
//	frame, err := media.Decode(ctx, data, media.Options{Side: 1280})
//	if err != nil {
//		return err // an *media.Error says why: bytes, pixels, type, undecodable ...
//	}
//	defer frame.Release()
//	detect(frame.Image, frame.Scale)
//
// A frame is upright (its EXIF orientation has been applied), opaque
// (transparency lies on white) and 8 bits deep. Options.Side asks for an image
// that is smaller than the original but at least so many pixels long; JPEG is
// then scaled in the DCT domain, which saves most of the time of a photo of 12
// megapixels. Positions in the original are those in the image divided by
// Frame.Scale.
//
// # What is accepted
//
// JPEG (baseline, extended and progressive with Huffman coding and 8 bits;
// greyscale, YCbCr, RGB, and CMYK or YCCK with Adobe's marker), PNG of every
// kind except animated, WebP lossy and lossless except animated. Colour
// profiles are not applied: samples are taken as sRGB.
//
// A damaged image is refused where the damage shows: JPEG data that ends too
// soon or is out of step, a checksum of PNG pixels, a cut WebP. What makes no
// pixels may be broken: EXIF, text and profile chunks, the lengths of a WebP
// container, a missing end marker, bytes behind the end.
//
// # Memory
//
// A Budget bounds the bytes of all images that are being decoded or held. Each
// image reserves what its decoder will need, or waits. The frame keeps its own
// share until Release, which also hands its buffer to the next image.
//
// # Two JPEG decoders
//
// With cgo, JPEG is decoded and encoded by libjpeg-turbo (libturbojpeg). The
// build tag noturbo, or a build without cgo, uses the standard library: five
// to ten times slower, with the same refusals. The standard library also has
// the last word where libjpeg-turbo warns of damage, and decodes CMYK.
package media
