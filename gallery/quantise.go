package gallery

import "math"

// This file holds the arithmetic that makes the search exact although it reads
// a quarter of the bytes. DESIGN.md tells the same at length.
//
// A vector x is written as x = s*q + r: q has integer components in -127..127,
// s > 0 is one scale for the whole vector, and r is what is left over. In the
// same way the probe is y = t*p + e. Then
//
//	x·y = s*q·y + r·y = s*t*(q·p) + s*q·e + r·y
//
// and by Cauchy-Schwarz
//
//	x·y <= s*t*(q·p) + |s*q|*|e| + |r|*|y|.                           (1)
//
// q·p is an integer that the kernel computes without error. As s*q = x - r,
// |s*q| <= |x| + |r| <= maxNorm + |r|, so (1) becomes
//
//	x·y <= s*t*(q·p) + |r|*(|y| + |e|) + maxNorm*|e|,                 (2)
//
// which needs two numbers a row, s and |r|, and three a probe. It holds for any
// choice of s and q: rounding them well makes the bound tight, rounding them
// badly could never make it wrong, because |r| is measured and not assumed.
//
// Left are the errors of floating point. What has to be bounded is not x·y but
// the float32 that osprey.Similarity returns for it. With n <= MaxDim = 2^12
// components and u = 2^-53 that differs from x·y by at most
//
//	n*u*|x|*|y| * 1.01   float64 accumulation              < 2^-40
//	2^-24*|x|*|y| * 1.01 products, if rounded to float32   < 2^-23.9
//	2^-24*|x|*|y| * 1.01 the one rounding at the end       < 2^-23.9
//
// together less than 2^-22.8, and evaluating (2) in float64 adds less than
// 2^-48. The slack of 2^-22 covers them all. |r|, |e| and |y| themselves are
// computed in float64 with a relative error below n*u < 2^-40; roundedUp pays
// for that.

const (
	// levels is the greatest absolute value of a code.
	levels = 127
	// zeroCode is how a row stores the code 0: rows hold q+128 as unsigned bytes,
	// which is the form that the byte multiply instructions of CPUs ask for.
	zeroCode = 128
	// maxNorm bounds the length of a vector that checkVector let pass, with its
	// own rounding error paid for.
	maxNorm = (1 + NormTolerance) * (1 + 1e-9)
	// slack is the floating-point part of the bound, see above.
	slack = 1.0 / (1 << 22)
)

// roundedUp returns a number that is surely not below the non-negative real
// number whose float64 approximation is x.
func roundedUp(x float64) float64 { return x*(1+1e-9) + 1e-12 }

// scaleFor returns s for a vector, so that its greatest component gets the
// greatest code.
func scaleFor(vector []float32) float32 {
	var top float32
	for _, x := range vector {
		if x < 0 {
			x = -x
		}
		if x > top {
			top = x
		}
	}
	return top / levels
}

// code returns the integer in -levels..levels that is nearest to x/scale.
func code(x float32, inverse float64) int {
	q := math.RoundToEven(float64(x) * inverse)
	return int(max(-levels, min(levels, q)))
}

// quantiseRow writes the codes of a valid vector, q+128, to the first
// len(vector) bytes of codes and returns s and an upper bound of |r|.
func quantiseRow(codes []byte, vector []float32) (scale, residual float32) {
	scale = scaleFor(vector)
	inverse := 1 / float64(scale)
	var sum float64
	for i, x := range vector {
		q := code(x, inverse)
		codes[i] = byte(q + zeroCode)
		r := float64(x) - float64(scale)*float64(q)
		sum += r * r
	}
	// The conversion to float32 may round down by half a unit; one whole unit up
	// makes it a bound again.
	residual = math.Nextafter32(float32(roundedUp(math.Sqrt(sum))), math.MaxFloat32)
	return scale, residual
}

// quantisedProbe is a probe ready to be compared with rows.
type quantisedProbe struct {
	codes      []int8  // p, as many as a row has bytes, 0 beyond the vector
	correction int32   // 128 * sum of p: what storing q+128 adds to every product
	scale      float64 // t
	perError   float64 // |y| + |e|: weight of a row's residual
	fixed      float64 // maxNorm*|e| + slack
}

// quantiseProbe prepares a valid vector; codes is the room for p.
func quantiseProbe(codes []int8, vector []float32) quantisedProbe {
	scale := float64(scaleFor(vector))
	inverse := 1 / scale
	var lost, norm float64
	var sum int32
	clear(codes)
	for i, y := range vector {
		p := code(y, inverse)
		codes[i] = int8(p)
		sum += int32(p)
		e := float64(y) - scale*float64(p)
		lost += e * e
		norm += float64(y) * float64(y)
	}
	e := roundedUp(math.Sqrt(lost))
	return quantisedProbe{
		codes:      codes,
		correction: zeroCode * sum,
		scale:      scale,
		perError:   roundedUp(math.Sqrt(norm)) + e,
		fixed:      maxNorm*e + slack,
	}
}

// upperBound returns a number that osprey.Similarity of the probe and a row is
// surely not above: (2), given the kernel's sum over (q+128)*p for the row.
func (y *quantisedProbe) upperBound(sum int32, scale, residual float32) float64 {
	return float64(sum-y.correction)*(float64(scale)*y.scale) + float64(residual)*y.perError + y.fixed
}
