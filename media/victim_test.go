package media

import (
	"context"
	"fmt"
	"os"
)

// victim plays a clip and says when the first frame is there; then it waits,
// with the decoder running, until it is killed.
func victim(decoder, clip string) {
	data, err := os.ReadFile(clip)
	if err != nil {
		panic(err)
	}
	p, err := NewPlayer(PlayerOptions{Decoder: decoder})
	if err != nil {
		panic(err)
	}
	_, err = p.Play(context.Background(), data, PlayOptions{}, func(Shot) error {
		fmt.Println("playing")
		select {}
	})
	panic(err)
}
