package wire

import (
	"math"
	"strconv"

	"example.org/osprey"
)

// Score is a number as the contract shows scores: rounded to nine decimals,
// never in exponent notation. What is not a number is null.
type Score float64

// MarshalJSON writes the decimal.
func (s Score) MarshalJSON() ([]byte, error) {
	v := float64(s)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	if math.Abs(v) < 1<<53 { // beyond it a number is whole, and rounding would overflow
		v = osprey.RoundScore(v)
	}
	if v == 0 {
		return []byte("0"), nil // -0 too
	}
	return strconv.AppendFloat(nil, v, 'f', -1, 64), nil
}

// ScoreOf converts an optional number.
func ScoreOf(v *float64) *Score {
	if v == nil {
		return nil
	}
	s := Score(*v)
	return &s
}

// plainNumbers rewrites numbers in exponent notation as decimals, in JSON that
// encoding/json wrote. It is for error details, whose values come from many
// hands; a user's own numbers never pass here.
func plainNumbers(b []byte) []byte {
	out := make([]byte, 0, len(b))
	quoted := false
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case quoted && c == '\\':
			out = append(out, c, b[i+1])
			i++
			continue
		case c == '"':
			quoted = !quoted
		case !quoted && (c == '-' || '0' <= c && c <= '9'):
			end := i + 1
			for end < len(b) && isNumberByte(b[end]) {
				end++
			}
			out = append(out, plainNumber(b[i:end])...)
			i = end - 1
			continue
		}
		out = append(out, c)
	}
	return out
}

func isNumberByte(c byte) bool {
	return '0' <= c && c <= '9' || c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-'
}

func plainNumber(b []byte) []byte {
	whole := true
	for _, c := range b {
		if c == '.' || c == 'e' || c == 'E' {
			whole = false
		}
	}
	v, err := strconv.ParseFloat(string(b), 64)
	if whole || err != nil {
		return b
	}
	if s, err := Score(v).MarshalJSON(); err == nil {
		return s
	}
	return b
}
