package media

import "fmt"

// Limits bound what an image may be before any of it is decoded. A zero field
// takes its value from DefaultLimits.
type Limits struct {
	MaxBytes  int64 // bytes of the file
	MaxPixels int64 // width times height
	MaxSide   int   // pixels of the longer side
	MinSide   int   // pixels of the shorter side
}

// DefaultLimits are the limits of accepted images: 10 MiB, 50 megapixels, 12000
// pixels a side, at least 32 pixels a side.
func DefaultLimits() Limits {
	return Limits{MaxBytes: 10 << 20, MaxPixels: 50_000_000, MaxSide: 12_000, MinSide: 32}
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	if l.MaxBytes == 0 {
		l.MaxBytes = d.MaxBytes
	}
	if l.MaxPixels == 0 {
		l.MaxPixels = d.MaxPixels
	}
	if l.MaxSide == 0 {
		l.MaxSide = d.MaxSide
	}
	if l.MinSide == 0 {
		l.MinSide = d.MinSide
	}
	return l
}

// check judges the size in pixels that a header states.
func (l Limits) check(t Type, width, height int) error {
	short, long := int64(min(width, height)), int64(max(width, height))
	switch {
	case short <= 0:
		return undecodable(t, fmt.Errorf("header states %d x %d pixels", width, height))
	case long > int64(l.MaxSide):
		return &Error{Reason: ReasonPixels, Type: t, Limit: int64(l.MaxSide), Actual: long}
	case short*long > l.MaxPixels:
		return &Error{Reason: ReasonPixels, Type: t, Limit: l.MaxPixels, Actual: short * long}
	case short < int64(l.MinSide):
		return &Error{Reason: ReasonTooSmall, Type: t, Limit: int64(l.MinSide), Actual: short}
	}
	return nil
}
