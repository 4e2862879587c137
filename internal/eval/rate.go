package eval

import (
	"fmt"
	"math"
	"strconv"
)

// Interval is a 95 % confidence interval of a rate.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// String prints the interval in per cent.
func (i Interval) String() string { return percent(i.Low) + " to " + percent(i.High) }

// hull is the smallest interval around both.
func (i Interval) hull(o Interval) Interval {
	return Interval{math.Min(i.Low, o.Low), math.Max(i.High, o.High)}
}

// Wilson is the 95 % score interval of a rate seen in n trials (Wilson 1927).
func Wilson(rate float64, n int) Interval {
	if n == 0 || math.IsNaN(rate) {
		return Interval{0, 1}
	}
	const z = 1.959963984540054
	nf := float64(n)
	centre := rate + z*z/(2*nf)
	half := z * math.Sqrt(rate*(1-rate)/nf+z*z/(4*nf*nf))
	d := 1 + z*z/nf
	return Interval{math.Max(0, (centre-half)/d), math.Min(1, (centre+half)/d)}
}

// Supported reports whether n trials can tell a rate by the rule of 30: thirty
// errors are needed for a rate within 30 % at 90 % confidence.
func Supported(rate float64, n int) bool { return rate*float64(n) >= 30 }

// LeastSupported is the smallest rate that n trials can tell.
func LeastSupported(n int) float64 {
	if n == 0 {
		return 1
	}
	return math.Min(1, 30/float64(n))
}

// Rate is a share of trials.
type Rate struct {
	Errors   int      `json:"errors"`
	Trials   int      `json:"trials"`
	Value    float64  `json:"rate"`    // 0 without trials
	Interval Interval `json:"rate_95"` // Wilson's, the bootstrap's beside it where that is wider
}

// NewRate is the rate of some errors in some trials.
func NewRate(errors, trials int) Rate {
	r := Rate{Errors: errors, Trials: trials, Interval: Interval{0, 1}}
	if trials > 0 {
		r.Value = float64(errors) / float64(trials)
		r.Interval = Wilson(r.Value, trials)
	}
	return r
}

// String prints the rate for people: never a bare zero, but the bound that so few
// trials can support.
func (r Rate) String() string {
	switch {
	case r.Trials == 0:
		return "not enough data: no trials"
	case r.Errors == 0:
		return fmt.Sprintf("not enough data: none of %d, under %s", r.Trials, percent(r.Interval.High))
	}
	return fmt.Sprintf("%s (%d of %d; 95 %%: %s)", percent(r.Value), r.Errors, r.Trials, r.Interval)
}

// Short is String for a narrow column.
func (r Rate) Short() string {
	switch {
	case r.Trials == 0:
		return "-"
	case r.Errors == 0:
		return fmt.Sprintf("<%s (0/%d)", percent(r.Interval.High), r.Trials)
	}
	return fmt.Sprintf("%s (%d/%d)", percent(r.Value), r.Errors, r.Trials)
}

// percent prints a rate in per cent, small ones with two figures.
func percent(v float64) string {
	if v > 0 && v < 0.0005 {
		return strconv.FormatFloat(100*v, 'g', 2, 64) + " %"
	}
	return fmt.Sprintf("%.2f %%", 100*v)
}

func share(n, of int) float64 {
	if of == 0 {
		return math.NaN()
	}
	return float64(n) / float64(of)
}
