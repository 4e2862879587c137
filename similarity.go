package osprey

// Similarity is the cosine of two templates of one model: unit vectors of
// the same length. It is the one score of a pair of faces everywhere: search,
// one-to-one comparison, evaluation and tests all call it, whatever found the
// pair.
//
// The products are formed in float32 precision without loss, added up in
// order in float64 and rounded once, so the result is the same on every
// processor. Vectors of different lengths are not alike: the result is 0.
func Similarity(a, b []float32) float32 {
	if len(a) != len(b) {
		return 0
	}
	sum := 0.0
	for i, x := range a {
		// The product of two float32 values is exact in float64, so a fused
		// multiply-add, where the compiler forms one, rounds the same way.
		sum += float64(x) * float64(b[i])
	}
	return float32(sum)
}
