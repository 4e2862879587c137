package document

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"example.org/osprey/face"
)

// longest bounds the longer side, in pixels, of what is looked at: a document
// that fills a third of it still has some 20 pixels for each character.
const longest = 2800

// raster holds a photograph in pixels of four bytes (red, green, blue, free),
// reduced by a whole number where it is larger than longest, and the same
// again at half the size, a quarter and so on.
type raster struct {
	w, h  int
	pix   []uint8
	scale float64 // pixels of the photograph for one of the raster
	half  *raster // made when needed
}

// newRaster copies the photograph, transparent parts over white.
func newRaster(img image.Image) *raster {
	b := img.Bounds()
	k := max(1, (max(b.Dx(), b.Dy())+longest-1)/longest)
	r := &raster{w: max(1, b.Dx()/k), h: max(1, b.Dy()/k), scale: float64(k)}
	r.pix = make([]uint8, 4*r.w*r.h)
	rows := max(k, 64/k*k)
	band := image.NewRGBA(image.Rect(0, 0, b.Dx(), rows))
	white := image.NewUniform(color.White)
	for y := 0; y < r.h; y += rows / k {
		draw.Draw(band, band.Rect, white, image.Point{}, draw.Src)
		draw.Draw(band, band.Rect, img, image.Pt(b.Min.X, b.Min.Y+y*k), draw.Over)
		for i := range min(rows/k, r.h-y) {
			reduce(r.pix[4*r.w*(y+i):][:4*r.w], band.Pix[band.Stride*i*k:], band.Stride, k)
		}
	}
	return r
}

// reduce writes one row of means of k by k pixels.
func reduce(to, from []uint8, stride, k int) {
	if k == 1 {
		copy(to, from[:min(len(to), len(from))])
		return
	}
	n := k * k
	for x := 0; x < len(to); x += 4 {
		var sum [3]int
		for j := range k {
			at := from[j*stride+x*k:]
			for i := 0; i < 4*k && i+2 < len(at); i += 4 {
				sum[0] += int(at[i])
				sum[1] += int(at[i+1])
				sum[2] += int(at[i+2])
			}
		}
		to[x], to[x+1], to[x+2], to[x+3] = uint8(sum[0]/n), uint8(sum[1]/n), uint8(sum[2]/n), 255
	}
}

// level gives the raster of which one pixel is at most one of a picture in
// which a pixel is step of r's pixels, so that sampling skips none.
func (r *raster) level(step float64) (l *raster, scale float64) {
	l, scale = r, 1
	for step/scale >= 1.6 && min(l.w, l.h) >= 16 {
		if l.half == nil {
			h := &raster{w: l.w / 2, h: l.h / 2, scale: 2 * l.scale}
			h.pix = make([]uint8, 4*h.w*h.h)
			for y := range h.h {
				reduce(h.pix[4*h.w*y:][:4*h.w], l.pix[8*l.w*y:], 4*l.w, 2)
			}
			l.half = h
		}
		l, scale = l.half, 2*scale
	}
	return l, scale
}

// frame maps places of an output onto the raster: origin plus x times right
// plus y times down.
type frame struct{ origin, right, down face.Point }

func (f frame) at(x, y float64) face.Point {
	return face.Point{X: f.origin.X + x*f.right.X + y*f.down.X, Y: f.origin.Y + x*f.right.Y + y*f.down.Y}
}

// step is how many pixels of the raster one of the output is.
func (f frame) step() float64 {
	return max(math.Hypot(f.right.X, f.right.Y), math.Hypot(f.down.X, f.down.Y))
}

// draw samples a picture of w by h pixels through f, bilinearly, and writes
// (value-mean)/scale of its channels into three planes. Outside the raster
// its nearest pixel counts.
func (r *raster) draw(f frame, w, h int, mean, scale [3]float32, bgr bool) []float32 {
	l, s := r.level(f.step())
	out := make([]float32, 3*w*h)
	order := [3]int{0, 1, 2}
	if bgr {
		order = [3]int{2, 1, 0}
	}
	maxX, maxY := float64(l.w-1), float64(l.h-1)
	for y := range h {
		for x := range w {
			p := f.at(float64(x)+0.5, float64(y)+0.5)
			px, py := min(max(p.X/s-0.5, 0), maxX), min(max(p.Y/s-0.5, 0), maxY)
			x0, y0 := int(px), int(py)
			fx, fy := float32(px-float64(x0)), float32(py-float64(y0))
			x1, y1 := min(x0+1, l.w-1), min(y0+1, l.h-1)
			a, b := l.pix[4*(y0*l.w+x0):], l.pix[4*(y0*l.w+x1):]
			c, d := l.pix[4*(y1*l.w+x0):], l.pix[4*(y1*l.w+x1):]
			for k, ch := range order {
				top := float32(a[ch]) + fx*(float32(b[ch])-float32(a[ch]))
				low := float32(c[ch]) + fx*(float32(d[ch])-float32(c[ch]))
				out[k*w*h+y*w+x] = (top + fy*(low-top) - mean[k]) / scale[k]
			}
		}
	}
	return out
}
