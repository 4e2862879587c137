package osprey

// CapsuleReason says why a capsule is refused (api.md 12.5).
type CapsuleReason string

// The reasons, in the order in which they are looked for (api.md 12.4).
const (
	CapsuleMissing          CapsuleReason = "container_missing" // the body is empty
	CapsuleDamaged          CapsuleReason = "container_damaged" // no ZIP as a capsule is one
	CapsuleManifestMissing  CapsuleReason = "manifest_missing"
	CapsuleManifestInvalid  CapsuleReason = "manifest_invalid"
	CapsuleTokenInvalid     CapsuleReason = "token_invalid"
	CapsuleTokenExpired     CapsuleReason = "token_expired"
	CapsuleTokenOwner       CapsuleReason = "token_owner" // the token is another company's
	CapsuleTokenUsed        CapsuleReason = "token_used"
	CapsuleClockSkew        CapsuleReason = "clock_skew"
	CapsuleSignatureInvalid CapsuleReason = "signature_invalid"
	CapsuleUnsafeName       CapsuleReason = "unsafe_name"
	CapsuleEntryUnlisted    CapsuleReason = "entry_unlisted"
	CapsuleEntryMissing     CapsuleReason = "entry_missing"
	CapsuleHashMismatch     CapsuleReason = "hash_mismatch" // or another size
	CapsulePayloadMissing   CapsuleReason = "payload_missing"
	CapsuleMediaMissing     CapsuleReason = "media_missing"
	CapsuleMediaReplayed    CapsuleReason = "media_replayed"
)

// Code is the error code that a reason is answered with; its status is 400.
func (r CapsuleReason) Code() Code {
	switch r {
	case CapsuleMissing:
		return CodeContainerNotReceived
	case CapsuleDamaged:
		return CodeInvalidType
	case CapsulePayloadMissing:
		return CodeInvalidStructure
	case CapsuleMediaMissing:
		return CodeInvalidValue
	}
	return CodeContainerInvalid
}

// CapsuleFault is the answer to a capsule that is refused: the fixed message and the
// reason (api.md 12.5).
func CapsuleFault(r CapsuleReason) *Error {
	return Errorf(r.Code(), "Invalid request data").With("reason", string(r))
}
