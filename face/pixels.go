package face

import (
	"encoding/binary"
	"image"
	"image/draw"
	"math"
)

// pixels is a rectangle of 8-bit pixels of four bytes: red, green, blue and
// one that is ignored. Its top left corner lies at (x, y) of the photograph
// and each of its pixels stands for step by step pixels of it.
type pixels struct {
	pix    []uint8
	stride int
	w, h   int
	x, y   float64
	step   float64
}

// maxKept bounds the pixel buffers that a lane keeps between calls.
const maxKept = 8 << 20

// reuse gives p room for w by h pixels, taking its old memory where it fits.
func (p *pixels) reuse(w, h int) {
	if need := 4 * w * h; cap(p.pix) < need {
		p.pix = make([]uint8, need)
	} else {
		p.pix = p.pix[:need]
	}
	p.w, p.h, p.stride = w, h, 4*w
}

// trim drops a buffer that one large photograph has left behind.
func (p *pixels) trim() {
	if cap(p.pix) > maxKept {
		p.pix = nil
	}
}

// view gives the part of img inside region (pixels, img's own origin taken
// off) as four-byte pixels: without copying where the image has that form,
// else converted into buf. Transparency is ignored: a photograph has none.
func view(img image.Image, region image.Rectangle, buf *pixels) pixels {
	b := img.Bounds()
	switch img := img.(type) {
	case *image.RGBA:
		return pixels{pix: img.Pix, stride: img.Stride, w: b.Dx(), h: b.Dy(), step: 1}
	case *image.NRGBA:
		return pixels{pix: img.Pix, stride: img.Stride, w: b.Dx(), h: b.Dy(), step: 1}
	}
	region = region.Intersect(image.Rect(0, 0, b.Dx(), b.Dy()))
	buf.reuse(region.Dx(), region.Dy())
	buf.x, buf.y, buf.step = float64(region.Min.X), float64(region.Min.Y), 1
	switch img := img.(type) {
	case *image.YCbCr:
		fromYCbCr(buf, img, region.Add(b.Min))
	case *image.Gray:
		for y := range buf.h {
			row := img.Pix[img.PixOffset(region.Min.X+b.Min.X, region.Min.Y+b.Min.Y+y):]
			out := buf.pix[y*buf.stride:]
			for x := range buf.w {
				binary.LittleEndian.PutUint32(out[4*x:], uint32(row[x])*0x01010101)
			}
		}
	default:
		dst := &image.RGBA{Pix: buf.pix, Stride: buf.stride, Rect: image.Rect(0, 0, buf.w, buf.h)}
		draw.Draw(dst, dst.Rect, img, region.Min.Add(b.Min), draw.Src)
	}
	return *buf
}

// fromYCbCr converts with the JFIF equations in 16-bit fixed point.
func fromYCbCr(buf *pixels, img *image.YCbCr, r image.Rectangle) {
	for y := range buf.h {
		out := buf.pix[y*buf.stride : y*buf.stride+4*buf.w]
		for x := range buf.w {
			yi, ci := img.YOffset(r.Min.X+x, r.Min.Y+y), img.COffset(r.Min.X+x, r.Min.Y+y)
			yy := int32(img.Y[yi])<<16 + 1<<15
			cb, cr := int32(img.Cb[ci])-128, int32(img.Cr[ci])-128
			red := clampByte((yy + 91881*cr) >> 16)
			green := clampByte((yy - 22554*cb - 46802*cr) >> 16)
			blue := clampByte((yy + 116130*cb) >> 16)
			binary.LittleEndian.PutUint32(out[4*x:], red|green<<8|blue<<16|0xff000000)
		}
	}
}

func clampByte(v int32) uint32 {
	if v < 0 {
		return 0
	}
	if v > 255 {
		return 255
	}
	return uint32(v)
}

// Masks that split a four-byte pixel into two pairs of channels, so that one
// multiplication serves two channels.
const evenBytes = 0x00ff00ff

// maxTaps bounds how many pixels a side are averaged into one: more change
// nothing that a model could see.
const maxTaps = 4

// care says how many pixels are averaged where a picture is shrunk.
type care bool

const (
	brisk   care = false // for detection, landmarks and pose, which bear some noise
	careful care = true  // for the template and the quality measures
)

// taps gives how many pixels a side are averaged for one of the result.
func (c care) taps(factor int) int {
	switch {
	case c == careful || factor > 8:
		return min(factor, maxTaps)
	case factor > 4:
		return 3
	}
	return 2
}

// reduce shrinks the part of src inside area (in pixels of the photograph)
// by a whole factor, at least 2, into buf, averaging.
func reduce(src pixels, area Box, factor int, c care, buf *pixels) pixels {
	x0 := clampInt(int(math.Floor(area.Left-src.x)), 0, src.w)
	y0 := clampInt(int(math.Floor(area.Top-src.y)), 0, src.h)
	w := clampInt(int(math.Ceil(area.Right-src.x))-x0, 0, src.w-x0) / factor
	h := clampInt(int(math.Ceil(area.Bottom-src.y))-y0, 0, src.h-y0) / factor
	if w < 2 || h < 2 {
		return src
	}
	buf.reuse(w, h)
	buf.x, buf.y, buf.step = src.x+float64(x0), src.y+float64(y0), float64(factor)
	taps := c.taps(factor)
	var offset [maxTaps]int // of the averaged pixels inside a block
	for i := range taps {
		offset[i] = (2*i + 1) * factor / (2 * taps)
	}
	row := func(y int) []uint8 {
		at := (y0+y)*src.stride + 4*x0
		return src.pix[at : at+4*w*factor]
	}
	for y := range h {
		out := buf.pix[y*buf.stride : y*buf.stride+4*w]
		if taps == 2 {
			averageOf4(out, row(y*factor+offset[0]), row(y*factor+offset[1]), 4*factor, 4*offset[0], 4*offset[1])
			continue
		}
		var rows [maxTaps][]uint8
		for i := range taps {
			rows[i] = row(y*factor + offset[i])
		}
		average(out, rows[:taps], 4*factor, offset[:taps])
	}
	return *buf
}

// averageOf4 averages the bytes at a and b of each block of two rows.
func averageOf4(out, top, bottom []uint8, block, a, b int) {
	for len(out) >= 4 && len(top) >= block && len(bottom) >= block {
		p, q := binary.LittleEndian.Uint32(top[a:]), binary.LittleEndian.Uint32(top[b:])
		r, s := binary.LittleEndian.Uint32(bottom[a:]), binary.LittleEndian.Uint32(bottom[b:])
		even := (p & evenBytes) + (q & evenBytes) + (r & evenBytes) + (s & evenBytes) + 0x00020002
		odd := (p >> 8 & evenBytes) + (q >> 8 & evenBytes) + (r >> 8 & evenBytes) + (s >> 8 & evenBytes) + 0x00020002
		binary.LittleEndian.PutUint32(out, even>>2&evenBytes|odd>>2&evenBytes<<8)
		out, top, bottom = out[4:], top[block:], bottom[block:]
	}
}

// average averages the pixels at the offsets of each block of the rows.
func average(out []uint8, rows [][]uint8, block int, offset []int) {
	n := uint32(len(rows) * len(offset))
	inv := (1<<16 + n/2) / n
	for x := 0; len(out) >= 4; x, out = x+block, out[4:] {
		var even, odd uint32
		for _, row := range rows {
			in := row[x : x+block]
			for _, dx := range offset {
				v := binary.LittleEndian.Uint32(in[4*dx:])
				even += v & evenBytes
				odd += v >> 8 & evenBytes
			}
		}
		red, blue := min((even&0xffff)*inv>>16, 255), min((even>>16)*inv>>16, 255)
		green := min((odd&0xffff)*inv>>16, 255)
		binary.LittleEndian.PutUint32(out, red|green<<8|blue<<16)
	}
}

// border says what lies beyond the photograph's edge.
type border bool

const (
	borderGrey    border = false // mid grey, which the detector reads as nothing
	borderNearest border = true  // the nearest pixel
)

const grey = 0x7f7f7f

// warp fills dst (w by h pixels) with the photograph seen through m, which
// maps dst's pixels to the photograph's. Where m shrinks, the photograph is
// averaged down first so that nothing aliases.
func warp(src pixels, m affine, w, h int, edge border, c care, mip, dst *pixels) {
	dst.reuse(w, h)
	if factor := int(m.scale()/src.step + 0.5); factor >= 2 {
		src = reduce(src, bounds(m, w, h).grow(0.02), factor, c, mip)
	}
	// To 16.16 fixed point of src's own pixels, pixel centres on whole numbers.
	inv := 1 / src.step
	ax, bx := m.a*inv*65536, m.b*inv*65536
	ay, by := m.d*inv*65536, m.e*inv*65536
	cx := ((m.c-src.x)*inv-0.5)*65536 + (ax+bx)/2
	cy := ((m.f-src.y)*inv-0.5)*65536 + (ay+by)/2
	iw, ih := uint64(max(0, src.w-1)), uint64(max(0, src.h-1))
	for y := range h {
		u, v := int64(cx+bx*float64(y)), int64(cy+by*float64(y))
		du, dv := int64(math.Round(ax)), int64(math.Round(ay))
		out := dst.pix[y*dst.stride : y*dst.stride+4*w]
		for ; len(out) >= 4; out = out[4:] {
			x, yy := u>>16, v>>16
			if uint64(x) < iw && uint64(yy) < ih {
				at := int(yy)*src.stride + 4*int(x)
				top, bot := src.pix[at:at+8:at+8], src.pix[at+src.stride:at+src.stride+8]
				fx, fy := uint32(u>>8)&255, uint32(v>>8)&255
				p := blend(binary.LittleEndian.Uint32(top), binary.LittleEndian.Uint32(top[4:]), fx)
				q := blend(binary.LittleEndian.Uint32(bot), binary.LittleEndian.Uint32(bot[4:]), fx)
				binary.LittleEndian.PutUint32(out, blend(p, q, fy))
			} else {
				binary.LittleEndian.PutUint32(out, atEdge(src, u, v, edge))
			}
			u, v = u+du, v+dv
		}
	}
}

// atEdge samples where the four neighbours are not all inside.
func atEdge(src pixels, u, v int64, edge border) uint32 {
	const half = 1 << 15
	if src.w < 1 || src.h < 1 {
		return grey // nothing of the photograph is near
	}
	if edge == borderGrey && (u < -half || v < -half || u >= int64(src.w)<<16-half || v >= int64(src.h)<<16-half) {
		return grey
	}
	x0, y0 := int(u>>16), int(v>>16)
	fx, fy := uint32(u>>8)&255, uint32(v>>8)&255
	at := func(x, y int) uint32 {
		x, y = clampInt(x, 0, src.w-1), clampInt(y, 0, src.h-1)
		return binary.LittleEndian.Uint32(src.pix[y*src.stride+4*x:])
	}
	return blend(blend(at(x0, y0), at(x0+1, y0), fx), blend(at(x0, y0+1), at(x0+1, y0+1), fx), fy)
}

// blend mixes two pixels, f/256 of the second.
func blend(a, b, f uint32) uint32 {
	g := 256 - f
	even := ((a&evenBytes)*g + (b&evenBytes)*f + 0x00800080) >> 8 & evenBytes
	odd := ((a>>8&evenBytes)*g + (b>>8&evenBytes)*f + 0x00800080) & ^uint32(evenBytes)
	return even | odd
}

// stretch spreads the brightness of a dim or pale picture over the whole
// range and tells whether that changed anything. The grey of borders is left
// out of the count.
func stretch(p pixels) bool {
	var count [256]int
	total := 0
	for i := 0; i+4 <= len(p.pix); i += 4 {
		if v := binary.LittleEndian.Uint32(p.pix[i:]); v&0xffffff != grey {
			count[luma(v)]++
			total++
		}
	}
	lo, hi := 0, 255
	for n := count[0]; lo < 255 && n < total/100; n += count[lo] {
		lo++
	}
	for n := count[255]; hi > 0 && n < total/100; n += count[hi] {
		hi--
	}
	const wide = 140 // grey levels of a picture that needs no stretching
	if span := hi - lo; span >= wide || span < 4 {
		return false
	}
	var table [256]uint8
	for v := range table {
		table[v] = uint8(clampInt((v-lo)*255/(hi-lo), 0, 255))
	}
	for i := 0; i+4 <= len(p.pix); i += 4 {
		if binary.LittleEndian.Uint32(p.pix[i:])&0xffffff != grey {
			p.pix[i], p.pix[i+1], p.pix[i+2] = table[p.pix[i]], table[p.pix[i+1]], table[p.pix[i+2]]
		}
	}
	return true
}

// bounds is the upright box around m's image of the w by h output.
func bounds(m affine, w, h int) Box {
	p := m.apply(Point{0, 0})
	b := Box{p.X, p.Y, p.X, p.Y}
	for _, c := range []Point{{float64(w), 0}, {0, float64(h)}, {float64(w), float64(h)}} {
		q := m.apply(c)
		b.Left, b.Top = math.Min(b.Left, q.X), math.Min(b.Top, q.Y)
		b.Right, b.Bottom = math.Max(b.Right, q.X), math.Max(b.Bottom, q.Y)
	}
	return b
}

// rect is the box in whole pixels, a little wider.
func (b Box) rect() image.Rectangle {
	const limit = 1 << 30
	f := func(v float64) int { return int(clamp(v, -limit, limit)) }
	return image.Rect(f(math.Floor(b.Left))-2, f(math.Floor(b.Top))-2, f(math.Ceil(b.Right))+2, f(math.Ceil(b.Bottom))+2)
}

func clampInt(v, lo, hi int) int { return max(lo, min(hi, v)) }

// feed writes the pixels of src, which has the input's size, into the slot's
// input as the model wants them.
func (k *slot) feed(src pixels) {
	m := k.session.manifest.Input
	plane := m.Shape[2] * m.Shape[3]
	pix := src.pix[:4*plane]
	table := k.session.tables
	if m.Color == "GRAY" {
		in := k.in[:plane]
		for i := range in {
			v := binary.LittleEndian.Uint32(pix[4*i:])
			in[i] = table[0][luma(v)]
		}
		return
	}
	c0, c2 := k.in[:plane], k.in[2*plane:3*plane]
	c1 := k.in[plane : 2*plane]
	if m.Color == "BGR" {
		c0, c2 = c2, c0
	}
	red, green, blue := table[0], table[1], table[2]
	for i := range c0 {
		v := binary.LittleEndian.Uint32(pix[4*i:])
		c0[i] = red[uint8(v)]
		c1[i] = green[uint8(v>>8)]
		c2[i] = blue[uint8(v>>16)]
	}
}

// luma is the brightness of a pixel, 0..255 (ITU-R BT.601).
func luma(v uint32) uint8 {
	return uint8((19595*(v&255) + 38470*(v>>8&255) + 7471*(v>>16&255) + 1<<15) >> 16)
}
