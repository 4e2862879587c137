package osprey

import "testing"

// TestCapsuleFaults is the table of api.md 12.5.
func TestCapsuleFaults(t *testing.T) {
	t.Parallel()
	for reason, code := range map[CapsuleReason]Code{
		"container_missing": 13, "container_damaged": 5,
		"manifest_missing": 14, "manifest_invalid": 14, "token_invalid": 14, "token_expired": 14, "token_used": 14,
		"token_owner": 14, "clock_skew": 14, "signature_invalid": 14, "entry_unlisted": 14, "entry_missing": 14,
		"hash_mismatch": 14, "unsafe_name": 14, "media_replayed": 14,
		"payload_missing": 3, "media_missing": 4,
	} {
		e := CapsuleFault(reason)
		if e.Code != code || e.Code.HTTPStatus() != 400 || e.Message != "Invalid request data" || e.Details["reason"] != string(reason) {
			t.Errorf("%s: %v %v", reason, e, e.Details)
		}
	}
}
