package lite

import (
	"context"
	"errors"
	"net/http"
	"time"

	"example.org/osprey"
	"example.org/osprey/face"
)

// kind is a line of the table of errors (components.md 1.3).
type kind int

const (
	internalFault kind = iota
	unavailable
	badType // of the request's content
	badMethod
	badMetadata
	badSample
	badTemplate
	badPart
	badLocation
	lowQuality
	noFace
	severalFaces
	incompleteMetadata
	noToken
	forbidden
	limited
)

// word is what a kind is called by one of the two processors.
type word struct {
	code, message string
}

// side is one of the processors: it names the codes of its calls.
type side string

const (
	biometry side = "BPE"
	liveness side = "LDE"
)

// line is one row of the table; the code of a side is empty where the other alone has
// such calls.
type line struct {
	status int
	words  map[side]word
}

var table = map[kind]line{
	internalFault: {http.StatusInternalServerError, map[side]word{
		biometry: {"BPE-001001", "Internal biometric processor error"},
		liveness: {"LDE-001001", "Internal liveness processor error"},
	}},
	unavailable: {http.StatusServiceUnavailable, map[side]word{
		biometry: {"BPE-001002", "Biometric processor is not available; call the health method"},
		liveness: {"LDE-001002", "Liveness processor is not available; call the health method"},
	}},
	badType: {http.StatusBadRequest, map[side]word{
		biometry: {"BPE-002001", "Invalid Content-Type of HTTP request"},
		liveness: {"LDE-002001", "Invalid Content-Type of HTTP request"},
	}},
	badMethod: {http.StatusBadRequest, map[side]word{
		biometry: {"BPE-002002", "Invalid HTTP request method"},
		liveness: {"LDE-002002", "Invalid HTTP request method"},
	}},
	badMetadata: {http.StatusBadRequest, map[side]word{
		liveness: {"LDE-002003", "Unable to read the sample metadata"},
	}},
	badSample: {http.StatusBadRequest, map[side]word{
		biometry: {"BPE-002003", "Unable to read the biometric sample"},
		liveness: {"LDE-002004", "Unable to read the biometric sample"},
	}},
	badTemplate: {http.StatusBadRequest, map[side]word{
		biometry: {"BPE-002004", "Unable to read the biometric template"},
	}},
	badPart: {http.StatusBadRequest, map[side]word{
		biometry: {"BPE-002005", "Invalid Content-Type of a multipart part"},
		liveness: {"LDE-002005", "Invalid Content-Type of a multipart part"},
	}},
	badLocation: {http.StatusBadRequest, map[side]word{
		biometry: {"BPE-002006", "Invalid resource location"},
		liveness: {"LDE-002004", "Unable to read the biometric sample"},
	}}, // the liveness calls have no code of their own
	lowQuality: {http.StatusBadRequest, map[side]word{
		biometry: {"BPE-003001", "Unable to extract the biometric template"},
		liveness: {"LDE-003001", "Unable to check the sample for liveness"},
	}},
	noFace: {http.StatusBadRequest, map[side]word{
		biometry: {"BPE-003002", "No face in the biometric sample"},
		liveness: {"LDE-003002", "No face in the biometric sample"},
	}},
	severalFaces: {http.StatusBadRequest, map[side]word{
		biometry: {"BPE-003003", "More than one face in the biometric sample"},
		liveness: {"LDE-003003", "More than one face in the biometric sample"},
	}},
	incompleteMetadata: {http.StatusBadRequest, map[side]word{
		liveness: {"LDE-003004", "Sample metadata are incomplete"},
	}},
	noToken: {http.StatusUnauthorized, map[side]word{
		biometry: {"BPE-004001", "Access token is missing or not valid"},
		liveness: {"LDE-004001", "Access token is missing or not valid"},
	}},
	forbidden: {http.StatusForbidden, map[side]word{
		biometry: {"BPE-004002", "Access to this method is not allowed"},
		liveness: {"LDE-004002", "Access to this method is not allowed"},
	}},
	limited: {http.StatusTooManyRequests, map[side]word{
		biometry: {"BPE-004003", "Request limit exceeded"},
		liveness: {"LDE-004003", "Request limit exceeded"},
	}},
}

// fault is a refusal. It is what a stranger may know, and a cause for the log.
type fault struct {
	kind    kind
	details map[string]any // nil where the table has none
	tooMany bool           // a limit on bytes or pixels: 413
	retry   time.Duration  // of 429 and 503
	cause   error
}

// Error is for the log.
func (f *fault) Error() string {
	text := table[f.kind].words[biometry].message
	if text == "" {
		text = table[f.kind].words[liveness].message
	}
	if f.cause != nil {
		text += ": " + f.cause.Error()
	}
	return text
}

// Unwrap is the cause.
func (f *fault) Unwrap() error { return f.cause }

// status is the HTTP status.
func (f *fault) status() int {
	if f.tooMany {
		return http.StatusRequestEntityTooLarge
	}
	return table[f.kind].status
}

// word is what the fault is called on a side. A kind that the side does not have is an
// internal error: no call of it can mean it.
func (f *fault) word(s side) word {
	if w, ok := table[f.kind].words[s]; ok {
		return w
	}
	return table[internalFault].words[s]
}

func refuse(k kind) *fault { return &fault{kind: k} }

// because is a refusal with its reason among the details.
func because(k kind, reason string) *fault {
	return &fault{kind: k, details: map[string]any{"reason": reason}}
}

// partFault names the part that is missing or has the wrong type.
func partFault(name string) *fault {
	return &fault{kind: badPart, details: map[string]any{"part": name}}
}

// tooLarge is the refusal of more bytes than are taken.
func tooLarge() *fault { return &fault{kind: badSample, tooMany: true} }

// retryBusy is when to come again where the queue was full.
const retryBusy = time.Second

func overloaded() *fault { return &fault{kind: unavailable, retry: retryBusy} }

// faultOf gives any error its line of the table.
func faultOf(err error) *fault {
	var own *fault
	var e *osprey.Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &e):
		return faultOfCode(e)
	case errors.As(err, new(*face.PackError)), errors.As(err, new(*face.NoModelError)), errors.Is(err, face.ErrClosed):
		return &fault{kind: unavailable, retry: retryEngine, cause: err}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &fault{kind: unavailable, retry: retryBusy, cause: err} // the caller is gone: nobody reads this
	}
	return &fault{kind: internalFault, cause: err}
}

// retryEngine is when to come again where a part of the engine is missing or down.
const retryEngine = 5 * time.Second

// faultOfCode translates the faults of the rooms below.
func faultOfCode(e *osprey.Error) *fault {
	switch e.Code {
	case osprey.CodeNoFace:
		return refuse(noFace)
	case osprey.CodeSeveralFaces:
		return refuse(severalFaces)
	case osprey.CodeLowQuality:
		return &fault{kind: lowQuality, details: map[string]any{"reasons": reasons(e)}}
	case osprey.CodeTooLarge:
		return tooLarge()
	case osprey.CodeInvalidValue, osprey.CodeInvalidType, osprey.CodeInvalidStructure, osprey.CodeUnsupportedMedia:
		if e.Details["reason"] == "too_small" {
			return &fault{kind: lowQuality, details: map[string]any{"reasons": []osprey.QualityCode{osprey.LowResolution}}}
		}
		return refuse(badSample)
	case osprey.CodeAuthNotProvided, osprey.CodeAuthInvalid, osprey.CodeAuthExpired:
		return refuse(noToken)
	case osprey.CodeAuthForbidden:
		return refuse(forbidden)
	case osprey.CodeRateLimited:
		reason := "rate"
		if e.Details["reason"] == "quota_exceeded" {
			reason = "quota_exceeded"
		}
		f := because(limited, reason)
		f.retry = e.RetryAfter
		return f
	case osprey.CodeUnavailable, osprey.CodeExternalService:
		return &fault{kind: unavailable, retry: max(e.RetryAfter, retryBusy), cause: e.Err}
	}
	return &fault{kind: internalFault, cause: e}
}

// reasons are the codes of components.md 9.4 for the checks that a face broke, each once.
func reasons(e *osprey.Error) []osprey.QualityCode {
	checks, _ := e.Details["checks"].([]osprey.GateCheck)
	out := []osprey.QualityCode{}
	told := make(map[osprey.QualityCode]bool)
	for _, c := range checks {
		if code := c.Code(); !told[code] {
			told[code] = true
			out = append(out, code)
		}
	}
	return out
}
