package httpapi

import (
	"net/http"
	"strings"

	"example.org/osprey"
	"example.org/osprey/internal/access"
)

const (
	idempotencyKey    = "Idempotency-Key"
	maxIdempotencyKey = 255 // characters
)

// ignoresKey are the calls that take an Idempotency-Key and ignore it, because
// their answers are secret or must not be stored (api.md 1.9). MayReadVersion
// stands for event sessions, the only POST among its calls.
var ignoresKey = map[access.Endpoint]bool{
	access.MayLogin: true, access.MayRefresh: true, access.MayLogout: true,
	access.MayRequestRestore: true, access.MayConfirmRestore: true,
	access.MayCreateToken: true, access.MayResetPassword: true,
	access.MaySearchPhoto: true, access.MayAnalyseInstantly: true, access.MayReadVersion: true,
}

// checkIdempotency refuses the key on calls that would have to honour it: this
// build keeps no answers, and a client that repeats a call must not believe that
// the second is a replay.
func checkIdempotency(r *http.Request, may access.Endpoint) error {
	values, given := r.Header[idempotencyKey]
	if !given || r.Method != http.MethodPost || may == open || ignoresKey[may] {
		return nil
	}
	if key := strings.Join(values, ","); !isIdempotencyKey(key) {
		return osprey.InvalidValue(idempotencyKey, "%s must be 1 to %d visible ASCII characters", idempotencyKey, maxIdempotencyKey)
	}
	return osprey.NotRealized(idempotencyKey)
}

func isIdempotencyKey(s string) bool {
	return s != "" && len(s) <= maxIdempotencyKey &&
		strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}
