package media_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"

	"example.org/osprey/media"
)

func Example() {
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewGray(image.Rect(0, 0, 640, 480))); err != nil {
		fmt.Println(err)
		return
	}

	fmt.Println(media.Sniff(file.Bytes()).MIME())

	frame, err := media.Decode(context.Background(), file.Bytes(), media.Options{Side: 300})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer frame.Release()
	fmt.Printf("%d x %d, %d channel, image %v at scale %g\n",
		frame.Width, frame.Height, frame.Channels, frame.Image.Rect.Max, frame.Scale)

	thumbnail, err := media.Thumbnail(frame, 100)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(media.Sniff(thumbnail))
	// Output:
	// image/png
	// 640 x 480, 1 channel, image (320,240) at scale 0.5
	// JPEG
}

// A refusal says what was sent and which limit it met.
func ExampleError() {
	_, err := media.Probe([]byte("GIF89a"), media.Limits{})
	var refused *media.Error
	if errors.As(err, &refused) {
		fmt.Println(refused.Reason, refused.Type.MIME(), media.AcceptedImages())
		fmt.Println(refused.Kind() == media.KindUnsupported)
	}
	// Output:
	// type image/gif [image/jpeg image/png image/webp]
	// true
}
