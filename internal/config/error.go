package config

import (
	"fmt"
	"strings"
	"unicode"
)

// Reason says what kind of fault an [Error] is.
type Reason string

// The kinds of faults.
const (
	ReasonUnknown Reason = "unknown" // no such key
	ReasonInvalid Reason = "invalid" // malformed, out of bounds, or at odds with another setting
	ReasonLocked  Reason = "locked"  // set by environment or flag, so it cannot be changed at run time
)

// Error is one fault in one setting. Its text is safe to show: it holds no
// value of a secret key.
type Error struct {
	Key    string
	Reason Reason
	Text   string // the whole sentence, the key included
}

func (e *Error) Error() string { return e.Text }

// Errors is every fault found, in the order of the registry. Its text has one
// line a fault.
type Errors []*Error

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, fault := range e {
		lines[i] = fault.Text
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the single faults to errors.Is and errors.As.
func (e Errors) Unwrap() []error {
	faults := make([]error, len(e))
	for i, fault := range e {
		faults[i] = fault
	}
	return faults
}

// orNil avoids the typed nil that a bare Errors in an error would be.
func (e Errors) orNil() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

// shownLimit bounds how much of a bad value is repeated in a message.
const shownLimit = 80

// badValue is the fault of a value that k does not take. origin says where
// the value came from; it is empty when that is obvious to the caller.
func badValue(k *Key, shown, origin string, cause error) *Error {
	value := fmt.Sprintf("%q", clip(shown))
	if k.Secret {
		value = "the value"
	}
	if origin != "" {
		value += " (" + origin + ")"
	}
	text := fmt.Sprintf("%s: %s is not valid: %v", k.Name, value, cause)
	return &Error{Key: k.Name, Reason: ReasonInvalid, Text: text}
}

// clip makes s fit for a message of one line.
func clip(s string) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '?'
		}
		return r
	}, s))
	if len(runes) <= shownLimit {
		return string(runes)
	}
	return string(runes[:shownLimit]) + "..."
}
