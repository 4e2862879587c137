package osprey

import (
	"errors"
	"fmt"
	"time"
)

// Details are the facts of an error that programs read: field, limit, actual,
// reason, and what api.md names for a case. They hold no personal data, no
// token, no path of the machine and nothing of another company.
type Details map[string]any

// Error is a fault with a code, a message that is safe to show, facts for
// programs, and the cause, which is for the log alone.
type Error struct {
	Code    Code
	Message string
	Details Details
	// RetryAfter, when not zero, tells the caller when to come again (429, 503).
	RetryAfter time.Duration
	// Err is the cause. It is logged, never sent.
	Err error
}

// Error returns code and message, with the cause when there is one: for logs.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s (code %d): %v", e.Message, e.Code, e.Err)
	}
	return fmt.Sprintf("%s (code %d)", e.Message, e.Code)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error with a formatted message and no details.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// With returns a copy with one more detail.
func (e *Error) With(key string, value any) *Error {
	c := *e
	c.Details = make(Details, len(e.Details)+1)
	for k, v := range e.Details {
		c.Details[k] = v
	}
	c.Details[key] = value
	return &c
}

// ErrorOf returns the Error inside err, or CodeUnknown wrapped around it.
func ErrorOf(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: CodeUnknown, Message: "Unknown server side error occurred", Err: err}
}

// IsCode reports whether err carries the code.
func IsCode(err error, code Code) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}

// NotExist is the one answer for an unknown id and for an id that the caller may
// not see: byte for byte the same (api.md 2.2).
func NotExist() *Error { return Errorf(CodeNotExist, "Object does not exist") }

// NotExistField is NotExist for an id named in a body.
func NotExistField(field string) *Error { return NotExist().With("field", field) }

// Missing is the fixed answer for a required key that is absent (api.md 2.3).
func Missing(keyPath string) *Error {
	return Errorf(CodeInvalidStructure,
		"Could not locate field for key_path %s from provided dict data", keyPath).With("field", keyPath)
}

// InvalidValue names a field whose value is refused.
func InvalidValue(field, format string, args ...any) *Error {
	return Errorf(CodeInvalidValue, format, args...).With("field", field)
}

// OutOfRange is InvalidValue with the bound that was broken.
func OutOfRange(field string, limit, actual any, format string, args ...any) *Error {
	return InvalidValue(field, format, args...).With("limit", limit).With("actual", actual)
}

// InvalidType names a field that has the wrong JSON type.
func InvalidType(field, want string) *Error {
	return Errorf(CodeInvalidType, "%s must be %s", field, want).With("field", field)
}

// TooLarge names a limit that was passed; reason may be empty.
func TooLarge(field string, limit, actual any, reason, format string, args ...any) *Error {
	e := Errorf(CodeTooLarge, format, args...).With("field", field).With("limit", limit)
	if actual != nil {
		e = e.With("actual", actual)
	}
	if reason != "" {
		e = e.With("reason", reason)
	}
	return e
}

// Forbidden is 403/9; reason may be empty.
func Forbidden(reason, format string, args ...any) *Error {
	e := Errorf(CodeAuthForbidden, format, args...)
	if reason != "" {
		e = e.With("reason", reason)
	}
	return e
}

// Conflict is 409/15 with the field and the reason.
func Conflict(field, reason, format string, args ...any) *Error {
	e := Errorf(CodeConflict, format, args...)
	if field != "" {
		e = e.With("field", field)
	}
	if reason != "" {
		e = e.With("reason", reason)
	}
	return e
}

// NotRealized is 501/2 for a documented value that this build does not offer.
func NotRealized(field string) *Error {
	return Errorf(CodeNotRealized, "%s is not available in this build", field).With("field", field)
}

// Unavailable is 503/19 with the time after which to try again.
func Unavailable(reason string, after time.Duration, format string, args ...any) *Error {
	e := Errorf(CodeUnavailable, format, args...)
	e.RetryAfter = after
	if reason != "" {
		e = e.With("reason", reason)
	}
	return e
}

// PartFault is what is wrong with one uploaded part.
type PartFault struct {
	Field string
	Err   *Error
}

// phase orders faults as api.md 1.11 does: what is wrong with a file comes before
// what is wrong with the face in it.
func (f PartFault) phase() int {
	switch f.Err.Code {
	case CodeNoFace, CodeSeveralFaces, CodeLowQuality:
		return 2
	default:
		return 1
	}
}

// JoinParts makes one error of the faults of several parts, given in upload
// order, nil when there are none: the first part of the earliest phase that
// failed leads with its field and facts, and details.parts lists all parts of
// that phase (api.md 2.4).
func JoinParts(faults []PartFault) error {
	var lead *PartFault
	for i := range faults {
		if f := &faults[i]; lead == nil || f.phase() < lead.phase() {
			lead = f
		}
	}
	if lead == nil {
		return nil
	}
	var parts []Details
	for _, f := range faults {
		if f.phase() != lead.phase() {
			continue
		}
		d := Details{"field": f.Field, "error_code": int(f.Err.Code)}
		for _, key := range []string{"reason", "limit", "actual", "checks"} {
			if v, ok := f.Err.Details[key]; ok {
				d[key] = v
			}
		}
		parts = append(parts, d)
	}
	e := lead.Err.With("field", lead.Field).With("parts", parts)
	e.Message += " in part " + lead.Field
	return e
}
