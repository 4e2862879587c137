package folder

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/store"
)

// A take is a shot set that answers a step of a challenge: its manifest names the
// challenge and holds a MAC over the challenge's nonce and the hashes of the frames
// (api.md 8.2, components.md 2.9). It is verified once, in the transaction that
// stores it.

// takeReason is why a take does not count.
type takeReason string

// The reasons (api.md 8.2).
const (
	takeMAC     takeReason = "mac"     // the MAC does not fit nonce and frames
	takeUnknown takeReason = "unknown" // no such challenge of the company, or no such step
	takeExpired takeReason = "expired"
	takeSpent   takeReason = "spent" // the step was answered before
)

// maxManifest bounds manifest.json, in bytes: the bound of a JSON body.
const maxManifest = 1 << 20

// claim is what a manifest claims. What it has in the wrong form is empty, and thus
// never verified.
type claim struct {
	challenge osprey.ID // empty: not an identifier
	step      int       // -1: not a number of a step
	mac       []byte
}

// readClaim reads a manifest, nil when it is none or names no challenge: such a shot
// set is a plain medium.
func readClaim(manifest []byte) *claim {
	if len(manifest) == 0 || len(manifest) > maxManifest {
		return nil
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(manifest, &m); err != nil {
		return nil
	}
	if v, ok := m["challenge_id"]; !ok || string(v) == "null" {
		return nil
	}
	c := &claim{step: -1}
	var id, mac string
	if json.Unmarshal(m["challenge_id"], &id) == nil {
		c.challenge, _ = osprey.ParseID(id)
	}
	var step *int
	if json.Unmarshal(m["step"], &step) == nil && step != nil && *step >= 0 && *step < osprey.MaxChallengeSteps {
		c.step = *step
	}
	if json.Unmarshal(m["mac"], &mac) == nil && len(mac) == hex.EncodedLen(sha256.Size) {
		if b, err := hex.DecodeString(mac); err == nil {
			c.mac = b
		}
	}
	return c
}

// Claims reports whether a manifest makes its shot set a take.
func Claims(manifest []byte) bool { return readClaim(manifest) != nil }

// takeMACOf is the MAC of a take: HMAC-SHA-256 of the nonce and the SHA-256 of each
// frame in order.
func takeMACOf(key, nonce []byte, frames [][32]byte) []byte {
	h := hmac.New(sha256.New, key)
	_, _ = h.Write(nonce) // never fails
	for _, f := range frames {
		_, _ = h.Write(f[:])
	}
	return h.Sum(nil)
}

// judge says what is wrong with a claim on a challenge, "" when it holds. spent are
// the steps that were answered before. A challenge without a session has no key of
// its own and cannot be answered.
func (c claim) judge(of osprey.Challenge, spent []int, frames [][32]byte, key []byte, life time.Duration, now osprey.Time) takeReason {
	switch {
	case c.step < 0 || c.step >= len(of.Steps):
		return takeUnknown
	case of.Session == "" || !hmac.Equal(c.mac, takeMACOf(key, of.Nonce, frames)):
		return takeMAC
	case now > of.Expires || now.Time().Sub(of.Created.Time()) > life:
		return takeExpired
	case slices.Contains(spent, c.step):
		return takeSpent
	}
	return ""
}

// settleTake verifies a take, spends its step when it holds, and notes the outcome
// in the technical metadata. One that does not hold is stored all the same.
func (s *Service) settleTake(tx *store.Tx, r *received) error {
	if r.take == nil {
		return nil
	}
	why, err := s.verify(tx, r.media.Company, r.take, r.seen.Frames)
	if err != nil {
		return err
	}
	r.note(why)
	return nil
}

// note writes the outcome of a take into its medium's technical metadata; why is ""
// for one that holds.
func (r *received) note(why takeReason) {
	note := map[string]any{"challenge_id": nil, "step": nil, "status": string(osprey.TakeVerified), "reason": nil}
	if r.take.challenge != "" {
		note["challenge_id"] = string(r.take.challenge)
	}
	if r.take.step >= 0 {
		note["step"] = r.take.step
	}
	if why != "" {
		note["status"], note["reason"] = string(osprey.TakeInvalid), string(why)
	}
	r.media.Technical[osprey.TechnicalTake] = note
}

// errSpent undoes the spending of several steps, one of which was spent before.
var errSpent = errors.New("folder: a step was spent meanwhile")

// verify says what is wrong with a claim of a company, "" when it holds: the step is then
// spent.
func (s *Service) verify(tx *store.Tx, company osprey.ID, c *claim, frames [][32]byte) (takeReason, error) {
	why, err := s.judgeTake(tx, company, c, frames)
	if why != "" || err != nil {
		return why, err
	}
	won, err := tx.SpendStep(c.challenge, c.step)
	if err == nil && !won {
		return takeSpent, nil
	}
	return "", err
}

// judgeTake says what is wrong with a claim of a company, "" when it holds.
func (s *Service) judgeTake(tx *store.Tx, company osprey.ID, c *claim, frames [][32]byte) (takeReason, error) {
	if c.challenge == "" {
		return takeUnknown, nil
	}
	of, spent, err := tx.Challenge(c.challenge)
	if errors.Is(err, store.ErrNotFound) || err == nil && of.Company != company {
		return takeUnknown, nil
	}
	if err != nil {
		return "", err
	}
	return c.judge(of, spent, frames, s.o.TakeKey(of.Session), s.o.TakeLife, tx.Now()), nil
}

// SettleTake verifies a shot set that is judged and not stored, and spends its step when
// it holds (api.md 8.2). A set that names no challenge is plain.
func (s *Service) SettleTake(ctx context.Context, company osprey.ID, in *look.Intake) (osprey.TakeStatus, error) {
	c := readClaim(in.Manifest)
	if c == nil {
		return osprey.TakePlain, nil
	}
	if company == "" {
		return osprey.TakeInvalid, nil
	}
	var why takeReason
	err := s.o.Store.Write(ctx, osprey.Within(company), func(tx *store.Tx) (err error) {
		why, err = s.verify(tx, company, c, in.Frames)
		return err
	})
	switch {
	case err != nil:
		return osprey.TakePlain, err
	case why != "":
		return osprey.TakeInvalid, nil
	}
	return osprey.TakeVerified, nil
}
