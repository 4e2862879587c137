package media

import (
	"context"
	"encoding/binary"
	"errors"
	"runtime"
	"sync"
	"testing"
)

// free tells whether a budget has so many bytes left.
func free(b *Budget, bytes int64) bool {
	if !b.sem.TryAcquire(bytes) {
		return false
	}
	b.sem.Release(bytes)
	return true
}

func TestBudgetIsHeldUntilRelease(t *testing.T) {
	t.Parallel()
	const size = 64 << 20
	for name, data := range map[string][]byte{
		"JPEG":          encodeJPEG(t, pattern(640, 480)),
		"JPEG of inks":  fixture(t, "ycck.jpg"),
		"JPEG in doubt": withSegment(encodeJPEG(t, pattern(640, 480)), 0xE0, []byte("JFIF\x00\x09\x09\x00\x00\x01\x00\x01\x00\x00")),
		"PNG":           encodePNG(t, pattern(640, 480)),
		"WebP":          fixture(t, "lossy_alpha.webp"),
	} {
		b := NewBudget(size)
		f := decode(t, data, Options{Budget: b, Side: 40})
		pixels := int64(cap(f.Image.Pix))
		if free(b, size-pixels+1) || !free(b, size-pixels) {
			t.Errorf("%s: the frame of %d bytes holds something else", name, pixels)
		}
		f.Release()
		f.Release() // harmless
		if !free(b, size) {
			t.Errorf("%s: bytes are held after Release", name)
		}
		wantReason(t, data[:len(data)/2], Options{Budget: b}, ReasonUndecodable)
		if !free(b, size) {
			t.Errorf("%s: a refusal holds bytes", name)
		}
	}
	(*Frame)(nil).Release()
}

// TestBudgetWaits fills a budget with a frame; the next decoding waits, until
// its context ends or the frame is released.
func TestBudgetWaits(t *testing.T) {
	t.Parallel()
	data := encodePNG(t, pattern(64, 64))
	b := NewBudget(1) // every image needs all of it
	f := decode(t, data, Options{Budget: b})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() {
		_, err := Decode(ctx, data, Options{Budget: b})
		done <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the context's error", err)
	}
	go func() {
		second, err := Decode(context.Background(), data, Options{Budget: b})
		second.Release()
		done <- err
	}()
	f.Release()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if !free(b, 1) {
		t.Error("bytes are held at the end")
	}
}

func TestDroppedFrameGivesItsBytesBack(t *testing.T) {
	t.Parallel()
	b := NewBudget(1)
	data := encodePNG(t, pattern(64, 64))
	func() { decode(t, data, Options{Budget: b}) }()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	got := make(chan error)
	go func() {
		f, err := Decode(ctx, data, Options{Budget: b})
		f.Release()
		got <- err
	}()
	for {
		select {
		case err := <-got:
			if err != nil {
				t.Error(err)
			}
			return
		default:
			runtime.GC()
		}
	}
}

// TestBuffersAreNotMixed decodes different images from many goroutines over one
// pool of buffers.
func TestBuffersAreNotMixed(t *testing.T) {
	t.Parallel()
	b := NewBudget(8 << 20)
	type sample struct {
		data []byte
		want *Frame
	}
	var samples []sample
	for i := range 6 {
		img := pattern(150+20*i, 200-10*i)
		for _, data := range [][]byte{encodeJPEG(t, img), encodePNG(t, img), withEXIF(encodeJPEG(t, img), tiffBlock(uint16(i+3), binary.BigEndian))} {
			samples = append(samples, sample{data, decode(t, data, Options{})})
		}
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for round := range 5 {
				for i := range samples {
					s := samples[(i+round)%len(samples)]
					f, err := Decode(context.Background(), s.data, Options{Budget: b})
					if err != nil {
						t.Error(err)
						return
					}
					if _, most := distance(t, f.Image, s.want.Image); most != 0 {
						t.Errorf("sample %d differs by %d", i, most)
					}
					f.Release()
				}
			}
		})
	}
	wg.Wait()
	if !free(b, 8<<20) {
		t.Error("bytes are held at the end")
	}
}

func TestBufferClasses(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 1 << 16, 1<<16 + 1, 80 << 10, 81 << 10, 1 << 20, 1<<20 + 1, 200_000_000} {
		c := classFor(n)
		if classCapacity(c) < n {
			t.Errorf("%d bytes in a class of %d", n, classCapacity(c))
		}
		if c > 0 && classCapacity(c-1) >= n {
			t.Errorf("%d bytes do not need a class of %d", n, classCapacity(c))
		}
	}
}
