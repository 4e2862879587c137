package osprey

// Code is an error code of the REST contract (api.md 2.2). Its numbers are
// public and never change.
type Code int

// The error codes, with the HTTP status each is answered with.
const (
	CodeUnknown              Code = 0  // 500: a fault of the server without a better code
	CodeNotAllowed           Code = 1  // 405: method not offered by this path
	CodeNotRealized          Code = 2  // 501: documented, but not in this build or configuration
	CodeInvalidStructure     Code = 3  // 400: required field missing, body not parseable
	CodeInvalidValue         Code = 4  // 400: bad value
	CodeInvalidType          Code = 5  // 400: wrong JSON type
	CodeAuthNotProvided      Code = 6  // 401: no token
	CodeAuthInvalid          Code = 7  // 401: token unknown or revoked, bad credentials
	CodeAuthExpired          Code = 8  // 401: token expired
	CodeAuthForbidden        Code = 9  // 403: role, flag or ownership forbids it
	CodeNotExist             Code = 10 // 404: does not exist or is not visible
	CodeExternalService      Code = 11 // 502: a configured outside system failed
	CodeDatabase             Code = 12 // 500: the store failed, the change was not made
	CodeContainerNotReceived Code = 13 // 400: no capsule in the body
	CodeContainerInvalid     Code = 14 // 400: capsule cannot be trusted
	CodeConflict             Code = 15 // 409: the state of the data forbids it
	CodeTooLarge             Code = 16 // 413: above a limit
	CodeUnsupportedMedia     Code = 17 // 415: file type not accepted here
	CodeRateLimited          Code = 18 // 429: too many requests
	CodeUnavailable          Code = 19 // 503: not ready, queue full, shutting down
	CodeNoFace               Code = 20 // 422: no usable face
	CodeSeveralFaces         Code = 21 // 422: more than one face where one is required
	CodeLowQuality           Code = 22 // 422: a face fails the quality gate
)

// HTTPStatus is the status a code is answered with.
func (c Code) HTTPStatus() int {
	switch c {
	case CodeNotAllowed:
		return 405
	case CodeNotRealized:
		return 501
	case CodeInvalidStructure, CodeInvalidValue, CodeInvalidType, CodeContainerNotReceived, CodeContainerInvalid:
		return 400
	case CodeAuthNotProvided, CodeAuthInvalid, CodeAuthExpired:
		return 401
	case CodeAuthForbidden:
		return 403
	case CodeNotExist:
		return 404
	case CodeExternalService:
		return 502
	case CodeConflict:
		return 409
	case CodeTooLarge:
		return 413
	case CodeUnsupportedMedia:
		return 415
	case CodeRateLimited:
		return 429
	case CodeUnavailable:
		return 503
	case CodeNoFace, CodeSeveralFaces, CodeLowQuality:
		return 422
	default:
		return 500
	}
}
