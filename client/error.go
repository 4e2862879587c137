package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// The codes of refusals that programs ask for.
const (
	CodeUnknown          = 0
	CodeNotRealized      = 2
	CodeInvalidStructure = 3
	CodeInvalidValue     = 4
	CodeInvalidType      = 5
	CodeNoToken          = 6
	CodeAuthInvalid      = 7
	CodeAuthExpired      = 8
	CodeForbidden        = 9
	CodeNotExist         = 10
	CodeConflict         = 15
	CodeTooLarge         = 16
	CodeUnsupportedMedia = 17
	CodeRateLimited      = 18
	CodeUnavailable      = 19
	CodeNoFace           = 20
	CodeSeveralFaces     = 21
	CodeLowQuality       = 22
)

// Error is a refusal of the server.
type Error struct {
	Status     int            // of HTTP
	Code       int            // of the contract; -1 when the answer had none
	Message    string         // English, safe to show
	Details    map[string]any // field, limit, actual, reason and what the case has
	RequestID  string
	RetryAfter time.Duration // when to come again, 0 when the server did not say
}

// Error gives the message, and the field it is about.
func (e *Error) Error() string {
	if field := e.Field(); field != "" {
		return fmt.Sprintf("%s (code %d, field %s)", e.Message, e.Code, field)
	}
	return fmt.Sprintf("%s (code %d)", e.Message, e.Code)
}

// Field is the part of the request that was refused, if the server named one.
func (e *Error) Field() string { return e.detail("field") }

// Reason is the stable word for the fault, if there is one.
func (e *Error) Reason() string { return e.detail("reason") }

func (e *Error) detail(key string) string {
	s, _ := e.Details[key].(string)
	return s
}

// IsCode reports whether err is a refusal with one of the codes.
func IsCode(err error, codes ...int) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	for _, code := range codes {
		if e.Code == code {
			return true
		}
	}
	return false
}

func readError(resp *http.Response) *Error {
	e := &Error{
		Status: resp.StatusCode, Code: -1, Message: "the server answered " + resp.Status,
		RequestID: resp.Header.Get("X-Request-Id"),
	}
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	var body struct {
		Code    *int           `json:"error_code"`
		Message string         `json:"error_message"`
		Details map[string]any `json:"details"`
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err == nil && json.Unmarshal(raw, &body) == nil && body.Code != nil {
		e.Code, e.Message, e.Details = *body.Code, body.Message, body.Details
	}
	return e
}
