package server

import (
	"example.org/osprey/internal/capsule"
)

// openCapsules makes the desk of session tokens and capsules.
func (h *House) openCapsules() error {
	c := h.config.Capsule
	keys, err := capsule.NewKeys(h.secret, c.JWTPrivateKey.Reveal(), c.JWTPublicKey)
	if err != nil {
		return err
	}
	h.capsules = capsule.NewDesk(capsule.Options{
		Keys: keys, Replay: h.spentTokens(), Clock: h.clock, IDs: h.ids, Life: c.TokenTTL, RejectRepeated: c.RejectRepeated,
	})
	return nil
}
