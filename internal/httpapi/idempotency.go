package httpapi

import (
	"net/http"
	"strings"

	"example.org/osprey"
)

const (
	idempotencyKey    = "Idempotency-Key"
	maxIdempotencyKey = 255 // characters
)

// ignoresKey are the calls that take an Idempotency-Key and ignore it, because
// their answers are secret or must not be stored (api.md 1.9); a path that ends in a
// slash stands for all below it.
var ignoresKey = []string{
	"/api/authorize/",
	"/api/users/{user_id}/tokens",
	"/api/users/{user_id}/password_reset",
	"/api/users/{user_id}/otp", "/api/users/{user_id}/otp/",
	"/api/companies/{company_id}/webhook_secrets",
	collectionPath + "/search",
	"/api/instant/",
	"/api/event_sessions",
}

// honoursKey reports whether a call is done once for one Idempotency-Key: every POST
// under /api/ but those that ignore it.
func honoursKey(method, pattern string) bool {
	if method != http.MethodPost || !strings.HasPrefix(pattern, "/api/") {
		return false
	}
	for _, p := range ignoresKey {
		if pattern == p || strings.HasSuffix(p, "/") && strings.HasPrefix(pattern, p) {
			return false
		}
	}
	return true
}

// readIdempotencyKey reads the key of a call that honours it, "" when it came
// without one.
func readIdempotencyKey(r *http.Request, pattern string) (string, error) {
	values, given := r.Header[idempotencyKey]
	if !given || !honoursKey(r.Method, pattern) {
		return "", nil
	}
	key := strings.Join(values, ",")
	if !isIdempotencyKey(key) {
		return "", osprey.InvalidValue(idempotencyKey, "%s must be 1 to %d visible ASCII characters", idempotencyKey, maxIdempotencyKey)
	}
	return key, nil
}

func isIdempotencyKey(s string) bool {
	return s != "" && len(s) <= maxIdempotencyKey &&
		strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}
