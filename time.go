package osprey

import (
	"strconv"
	"time"
)

// Time is a moment in microseconds since the UNIX epoch, UTC. Zero means
// "never". It is what the rows of the store hold; in JSON it is a number of
// seconds with up to six decimals.
type Time int64

// TimeOf converts a moment, cutting it to the microsecond.
func TimeOf(t time.Time) Time { return Time(t.UnixMicro()) }

// Time converts back.
func (t Time) Time() time.Time { return time.UnixMicro(int64(t)).UTC() }

// Add returns the moment d later.
func (t Time) Add(d time.Duration) Time { return t + Time(d.Microseconds()) }

// MarshalJSON writes UNIX seconds with at least one and at most six decimals;
// the zero Time is null.
func (t Time) MarshalJSON() ([]byte, error) {
	if t == 0 {
		return []byte("null"), nil
	}
	return t.appendSeconds(nil), nil
}

// appendSeconds writes the decimal by hand: a float64 would lose nothing here,
// but its shortest form may turn to exponent notation.
func (t Time) appendSeconds(b []byte) []byte {
	v := int64(t)
	if v < 0 {
		b = append(b, '-')
		v = -v
	}
	b = strconv.AppendInt(b, v/1_000_000, 10)
	frac := strconv.FormatInt(1_000_000+v%1_000_000, 10)[1:]
	for len(frac) > 1 && frac[len(frac)-1] == '0' {
		frac = frac[:len(frac)-1]
	}
	b = append(b, '.')
	return append(b, frac...)
}
