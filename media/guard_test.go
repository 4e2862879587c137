//go:build linux && cgo && !noturbo

package media

import (
	"image"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// guarded returns memory that ends where a page without access begins: a read
// or a write behind it ends the test process.
func guarded(tb testing.TB, n int) []byte {
	tb.Helper()
	page := os.Getpagesize()
	room := (n + page - 1) / page * page
	mem, err := syscall.Mmap(-1, 0, room+page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := syscall.Munmap(mem); err != nil {
			tb.Error(err)
		}
	})
	if err := syscall.Mprotect(mem[room:], syscall.PROT_NONE); err != nil {
		tb.Fatal(err)
	}
	return mem[room-n : room : room]
}

// TestTurboStaysInItsBuffers runs libjpeg-turbo between pages that it must not
// touch, on good and on hostile files, at all scales.
func TestTurboStaysInItsBuffers(t *testing.T) {
	samples := [][]byte{
		encodeJPEG(t, pattern(101, 67)),
		encodeJPEG(t, pattern(64, 64)),
		encodeJPEG(t, pattern(33, 129)),
		fixture(t, "progressive.jpg"),
		fixture(t, "ycck.jpg"),
	}
	for _, good := range samples[:4] {
		for n := 20; n < len(good); n += len(good)/40 + 1 {
			flipped := append([]byte{}, good...)
			flipped[n] ^= 0x55
			samples = append(samples, good[:n], flipped)
		}
	}
	t.Run("made", func(t *testing.T) { turboGuarded(t, samples) })
	t.Run("hostile", func(t *testing.T) {
		root, paths := badFiles(t)
		for _, path := range paths {
			data, err := os.ReadFile(filepath.Join(root, path))
			if err != nil {
				t.Fatal(err)
			}
			if Sniff(data) == JPEG {
				turboGuarded(t, [][]byte{data})
			}
		}
	})
}

func turboGuarded(t *testing.T, samples [][]byte) {
	t.Helper()
	for _, data := range samples {
		h, err := readJPEGHeader(data)
		if err != nil || h.width == 0 || h.height == 0 || h.width*h.height > 4_000_000 {
			continue
		}
		in := guarded(t, len(data))
		copy(in, data)
		for _, f := range []int{1, 2, 4, 8} {
			w, ht := scaled(h.width, f), scaled(h.height, f)
			dst := &image.RGBA{Pix: guarded(t, 4*w*ht), Stride: 4 * w, Rect: image.Rect(0, 0, w, ht)}
			if turboDecode(dst, in, h.width, h.height) == nil && f == 8 {
				if _, err := turboEncode(dst, 85); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

func TestTurboRefusesBadBuffers(t *testing.T) {
	t.Parallel()
	data := encodeJPEG(t, pattern(64, 64))
	small := image.NewRGBA(image.Rect(0, 0, 64, 64))
	small.Pix = small.Pix[:100]
	for name, dst := range map[string]*image.RGBA{
		"too short":    small,
		"empty":        {},
		"not tight":    image.NewRGBA(image.Rect(0, 0, 65, 64)).SubImage(image.Rect(0, 0, 64, 64)).(*image.RGBA),
		"no such size": image.NewRGBA(image.Rect(0, 0, 5, 5)),
	} {
		if err := turboDecode(dst, data, 64, 64); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := turboDecode(image.NewRGBA(image.Rect(0, 0, 64, 64)), data, 128, 128); err == nil {
		t.Error("a size that is not the file's: no error")
	}
	if _, err := turboEncode(small, 85); err == nil {
		t.Error("encoding a short buffer: no error")
	}
}
