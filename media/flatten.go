package media

import (
	"image"
	"image/color"
	"image/draw"
)

// flatten gives an opaque RGBA image at 0, 0, with transparency laid on white:
// ID portraits and cut-outs come with transparent grounds, and black would eat
// hair. It takes over the source's own buffer where the layout allows that.
func flatten(src image.Image) *image.RGBA {
	b := src.Bounds()
	switch src := src.(type) {
	case *image.RGBA:
		if tight(b, src.Stride) {
			return overWhite(src) // premultiplied: add what is missing to white
		}
	case *image.NRGBA:
		if tight(b, src.Stride) {
			for i := 0; i+4 <= len(src.Pix); i += 4 {
				if p := src.Pix[i:][:4:4]; p[3] != 255 {
					onWhite(p, uint32(p[3]))
				}
			}
			return &image.RGBA{Pix: src.Pix, Stride: src.Stride, Rect: src.Rect}
		}
	case *image.CMYK:
		if tight(b, src.Stride) {
			for i := 0; i+4 <= len(src.Pix); i += 4 {
				p := src.Pix[i:][:4:4]
				p[0], p[1], p[2] = color.CMYKToRGB(p[0], p[1], p[2], p[3])
				p[3] = 255
			}
			return &image.RGBA{Pix: src.Pix, Stride: src.Stride, Rect: src.Rect}
		}
	}
	dst := newRGBA(b.Dx(), b.Dy())
	switch src := src.(type) {
	case *image.Gray16:
		flattenGray16(dst, src)
	case *image.NRGBA64:
		flattenNRGBA64(dst, src)
	case *image.RGBA64:
		flattenRGBA64(dst, src)
	case *image.Paletted:
		flattenPaletted(dst, src)
	case *image.YCbCr, *image.Gray: // opaque, and fast in image/draw
		draw.Draw(dst, dst.Rect, src, b.Min, draw.Src)
	default:
		draw.Draw(dst, dst.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(dst, dst.Rect, src, b.Min, draw.Over)
	}
	return dst
}

func tight(b image.Rectangle, stride int) bool {
	return b.Min == image.Point{} && stride == 4*b.Dx()
}

// onWhite lays a colour, not premultiplied, with the given alpha on white.
func onWhite(p []byte, alpha uint32) {
	for i := range p[:3] {
		p[i] = byte((uint32(p[i])*alpha + 255*(255-alpha) + 127) / 255)
	}
	p[3] = 255
}

func overWhite(img *image.RGBA) *image.RGBA {
	for i := 0; i+4 <= len(img.Pix); i += 4 {
		p := img.Pix[i:][:4:4]
		if rest := 255 - p[3]; rest != 0 {
			for j := range p[:3] {
				p[j] = byte(min(int(p[j])+int(rest), 255))
			}
			p[3] = 255
		}
	}
	return img
}

// The deep formats of PNG keep their upper byte; big-endian, it comes first.

func flattenGray16(dst *image.RGBA, src *image.Gray16) {
	for y := range dst.Rect.Dy() {
		in := src.Pix[y*src.Stride:]
		out := dst.Pix[y*dst.Stride:][:dst.Stride]
		for x := range dst.Rect.Dx() {
			g := in[2*x]
			out[4*x], out[4*x+1], out[4*x+2], out[4*x+3] = g, g, g, 255
		}
	}
}

func flattenRGBA64(dst *image.RGBA, src *image.RGBA64) {
	copyUpper(dst, src.Pix, src.Stride)
	overWhite(dst)
}

func flattenNRGBA64(dst *image.RGBA, src *image.NRGBA64) {
	copyUpper(dst, src.Pix, src.Stride)
	for i := 0; i+4 <= len(dst.Pix); i += 4 {
		if p := dst.Pix[i:][:4:4]; p[3] != 255 {
			onWhite(p, uint32(p[3]))
		}
	}
}

func copyUpper(dst *image.RGBA, pix []byte, stride int) {
	for y := range dst.Rect.Dy() {
		in := pix[y*stride:][:8*dst.Rect.Dx()]
		out := dst.Pix[y*dst.Stride:][:dst.Stride]
		for i := range out {
			out[i] = in[2*i]
		}
	}
}

func flattenPaletted(dst *image.RGBA, src *image.Paletted) {
	var table [256][4]byte
	for i, c := range src.Palette[:min(len(src.Palette), 256)] {
		n := color.NRGBAModel.Convert(c).(color.NRGBA)
		table[i] = [4]byte{n.R, n.G, n.B, n.A}
		onWhite(table[i][:], uint32(n.A))
	}
	for y := range dst.Rect.Dy() {
		in := src.Pix[y*src.Stride:]
		out := dst.Pix[y*dst.Stride:][:dst.Stride]
		for x := range dst.Rect.Dx() {
			copy(out[4*x:4*x+4], table[in[x]][:])
		}
	}
}
