package face

import (
	"encoding/binary"
	"image"
	"math"
)

// place fills in where the face lies in the image, which begins at 0.
func (x *Examination) place(img image.Image, box Box) {
	w, h := float64(img.Bounds().Dx()), float64(img.Bounds().Dy())
	c := box.Center()
	x.FaceRatio = box.Width() / w
	x.CenterOffset = math.Hypot(c.X-w/2, c.Y-h/2) / w
}

// The part of the aligned crop that shows skin, eyes and mouth and neither
// hair nor background, in pixels of the crop.
const (
	skinLeft, skinRight = 24, 88
	skinTop, skinBottom = 36, 100
)

// light measures how the light falls on the aligned face.
func (x *Examination) light(a *Aligned) {
	var half [2]float64
	var sum, squares float64
	for r := skinTop; r < skinBottom; r++ {
		for c := skinLeft; c < skinRight; c++ {
			v := float64(luma(binary.LittleEndian.Uint32(a.Pix[4*(r*CropSize+c):])))
			half[(c-skinLeft)*2/(skinRight-skinLeft)] += v
			sum += v
			squares += v * v
		}
	}
	n := float64((skinRight - skinLeft) * (skinBottom - skinTop))
	x.LightEvenness = math.Abs(half[0]-half[1]) / (n / 2) / 255
	x.Contrast = math.Sqrt(math.Max(0, squares/n-sum/n*sum/n)) / 255
}

// backgroundSide is the side, in pixels, of the small picture in which the
// light around a head is measured: it shows three boxes a side.
const backgroundSide = 48

// lightBalance is the mean luma of what lies beside and above the head,
// within one box of it, less the face's. It is nil where the image shows too
// little of that.
func (l *lane) lightBalance(img image.Image, box Box, face float64) *float64 {
	const n = backgroundSide
	around := box.grow(1)
	m := affine{a: around.Width() / n, c: around.Left, e: around.Height() / n, f: around.Top}
	src := view(img, around.rect(), &l.patch)
	warp(src, m, n, n, borderNearest, brisk, &l.mip[0], &l.mip[1])
	head := box.grow(0.35)
	w, h := float64(img.Bounds().Dx()), float64(img.Bounds().Dy())
	sum, count := 0, 0
	for r := range n {
		for c := range n {
			p := m.apply(Point{float64(c) + 0.5, float64(r) + 0.5})
			inImage := p.X >= 0 && p.Y >= 0 && p.X < w && p.Y < h
			inHead := p.X > head.Left && p.X < head.Right && p.Y > head.Top
			if inImage && !inHead && p.Y < box.Bottom {
				sum += int(luma(binary.LittleEndian.Uint32(l.mip[1].pix[4*(r*n+c):])))
				count++
			}
		}
	}
	const least = n * n / 9 / 4 // a quarter of the box's own area
	if count < least {
		return nil
	}
	balance := float64(sum)/float64(count)/255 - face
	return &balance
}

// colorSide is the side of the small picture in which colour is looked for.
const colorSide = 64

// leastColor is the deviation, in grey levels, of red or blue from what green
// alone explains, from which a picture has colour. Compression of grey
// pictures leaves less, dim colour pictures more.
const leastColor = 1.0

// colors tells how many channels really differ, 1 or 3.
func (l *lane) colors(img image.Image) int {
	const n = colorSide
	w, h := float64(img.Bounds().Dx()), float64(img.Bounds().Dy())
	m := affine{a: w / n, e: h / n}
	src := view(img, Box{0, 0, w, h}.rect(), &l.patch)
	warp(src, m, n, n, borderNearest, brisk, &l.mip[0], &l.mip[1])
	if residual(l.mip[1].pix[:4*n*n], 0) < leastColor && residual(l.mip[1].pix[:4*n*n], 2) < leastColor {
		return 1
	}
	return 3
}

// residual is the standard deviation of a channel around the straight line
// that explains it best by green.
func residual(pix []uint8, channel int) float64 {
	var n, g, c, gg, gc, cc float64
	for i := 0; i+4 <= len(pix); i += 4 {
		x, y := float64(pix[i+1]), float64(pix[i+channel])
		n, g, c = n+1, g+x, c+y
		gg, gc, cc = gg+x*x, gc+x*y, cc+y*y
	}
	sgg, sgc, scc := gg-g*g/n, gc-g*c/n, cc-c*c/n
	if sgg > 0 {
		scc -= sgc * sgc / sgg
	}
	return math.Sqrt(math.Max(0, scc/n))
}
