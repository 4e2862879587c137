package wire

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"example.org/osprey"
)

// MaxLinkLife is the longest life of a media link.
const MaxLinkLife = 7 * 24 * time.Hour

// Signer signs and checks the addresses of media (api.md 1.10).
type Signer struct {
	key   []byte
	life  time.Duration
	clock osprey.Clock
}

// NewSigner returns a signer whose links live as long as given, at most seven
// days.
func NewSigner(key []byte, life time.Duration, clock osprey.Clock) *Signer {
	return &Signer{key: key, life: min(life, MaxLinkLife), clock: clock}
}

// Link is base and path with expiry and signature.
func (s *Signer) Link(base, path string) string {
	exp := strconv.FormatInt(s.clock.Now().Add(s.life).Unix(), 10)
	return base + path + "?exp=" + exp + "&sig=" + s.sign(path, exp)
}

func (s *Signer) sign(path, exp string) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(path + "\n" + exp))
	return hex.EncodeToString(mac.Sum(nil))
}

// Check accepts a signed path: 404/10 when the signature is wrong, 403/9 when it
// is right and past its time.
func (s *Signer) Check(path, exp, sig string) error {
	if !hmac.Equal([]byte(s.sign(path, exp)), []byte(sig)) {
		return osprey.NotExist()
	}
	until, err := strconv.ParseInt(exp, 10, 64)
	if err != nil {
		return osprey.NotExist()
	}
	if s.clock.Now().Unix() > until {
		return osprey.Forbidden("link_expired", "The link has expired")
	}
	return nil
}
