package vault

import "crypto/ed25519"

// SigningKey returns the Ed25519 key for one purpose. It is derived from the instance
// secret, so that every process of an installation has the same and none is stored.
func (s *Secret) SigningKey(purpose string) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(s.Derive("signing|"+purpose, ed25519.SeedSize))
}
