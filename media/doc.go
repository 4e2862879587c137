// Package media turns the bytes of still images, videos and shot sets (archives
// of frames) into frames of pixels. Every byte it is given may be hostile: limits are judged by the header before a
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
// # Videos and shot sets
//
// A Player tells what a video or a shot set is (Inspect), passes on its frames
// one by one (Play), and makes a film of a shot set (Preview):
//
//	player, err := media.NewPlayer(media.PlayerOptions{})
//	...
//	clip, err := player.Play(ctx, data, media.PlayOptions{Rate: 15, Short: 720}, func(s media.Shot) error {
//		return look(s.Image, s.Time) // released when this returns, unless s.Keep is called
//	})
//
// Videos are MP4, MOV, WebM, AVI and Matroska with the codecs of phones and
// browsers. They are decoded by ffmpeg, on Linux, in a child process for each
// call. The child reads the video from a sealed file in memory and nothing else:
// its environment is empty, it can write no file, its address space, time of the
// processor and open files are bounded before its first instruction, and where
// the kernel gives namespaces to this process it has no network and no rights.
// It ends with the call, the context, or this process, also when that is killed.
// The format is forced by the first bytes, so that no file is read as a
// playlist, and only the listed codecs are opened.
//
// Duration and rate come from the times of the pictures themselves, never from a
// header. Frames are upright, in square pixels, and of the first one's size;
// they are left out to keep to a rate, and never repeated. Transparency of a
// video is dropped, transfer curves of HDR are not applied. The same file gives
// the same pixels every time.
//
// A shot set is a ZIP of JPEG, PNG or WebP frames, which this process reads. Its
// frames are in the natural order of their names, each in its own size, and all
// have to be sound. Directories, names that begin with a dot or __MACOSX/, and
// files ending in .json or .txt are skipped; manifest.json at the root is handed
// out as found.
//
// # Whose fault it is
//
// An *Error is about the file. That includes a video for which ffmpeg finds no
// memory within PlayerOptions.Memory: files can state any size, and the default
// leaves room for every usual one. A *DecoderError is about the decoder: it
// could not be started, was killed or crashed, wrote something that is no
// picture, or (Timeout) used up its time.
//
// # Still images
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
// share until Release, which also hands its buffer to the next image. A Player
// holds one frame for each child and takes it out of the budget too; the memory
// of the children is bounded by PlayerOptions, Memory times Parallel.
//
// # Two JPEG decoders
//
// With cgo, JPEG is decoded and encoded by libjpeg-turbo (libturbojpeg). The
// build tag noturbo, or a build without cgo, uses the standard library: five
// to ten times slower, with the same refusals. The standard library also has
// the last word where libjpeg-turbo warns of damage, and decodes CMYK.
package media
