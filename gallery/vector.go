package gallery

import (
	"fmt"
	"math"
)

// checkVector refuses what is not a template of this gallery. Everything that
// the error bound of quantise.go assumes about a vector is made sure of here.
func (c Config) checkVector(model string, vector []float32) error {
	if model != c.Model {
		return fmt.Errorf("%w: %.80q, the gallery has %.80q", ErrModel, model, c.Model)
	}
	if len(vector) != c.Dim {
		return fmt.Errorf("%w: %d components, the gallery has %d", ErrVector, len(vector), c.Dim)
	}
	var sum float64
	for i, x := range vector {
		f := float64(x)
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("%w: component %d is not a finite number", ErrVector, i)
		}
		sum += f * f
	}
	if norm := math.Sqrt(sum); math.Abs(norm-1) > NormTolerance {
		return fmt.Errorf("%w: its length is %.6g instead of 1", ErrVector, norm)
	}
	return nil
}

// checkK refuses a number of persons that no search may ask for.
func checkK(k int) error {
	if k < 1 || k > MaxK {
		return fmt.Errorf("%w: %d, allowed are 1 to %d", ErrK, k, MaxK)
	}
	return nil
}
