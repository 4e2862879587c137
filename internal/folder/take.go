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
	got, err := s.verify(tx, r.media.Company, r.take, r.seen.Frames)
	if err != nil {
		return err
	}
	r.note(got)
	return nil
}

// outcome is what became of a take.
type outcome struct {
	why    takeReason // "" for one that holds
	action string     // of one that holds: the gesture tag that its step asks for
}

// note writes the outcome of a take into its medium's technical metadata. The action
// is kept with it: analyses hold the medium to it, and the challenge does not live as
// long as the medium.
func (r *received) note(got outcome) {
	note := map[string]any{"challenge_id": nil, "step": nil, "action": nil, "status": string(osprey.TakeVerified), "reason": nil}
	if r.take.challenge != "" {
		note["challenge_id"] = string(r.take.challenge)
	}
	if r.take.step >= 0 {
		note["step"] = r.take.step
	}
	if got.why != "" {
		note["status"], note["reason"] = string(osprey.TakeInvalid), string(got.why)
	} else {
		note["action"] = got.action
	}
	r.media.Technical[osprey.TechnicalTake] = note
}

// errSpent undoes the spending of several steps, one of which was spent before.
var errSpent = errors.New("folder: a step was spent meanwhile")

// verify judges a claim of a company; the step of one that holds is then spent.
func (s *Service) verify(tx *store.Tx, company osprey.ID, c *claim, frames [][32]byte) (outcome, error) {
	got, err := s.judgeTake(tx, company, c, frames)
	if got.why != "" || err != nil {
		return got, err
	}
	won, err := tx.SpendStep(c.challenge, c.step)
	if err == nil && !won {
		return outcome{why: takeSpent}, nil
	}
	return got, err
}

// judgeTake judges a claim of a company.
func (s *Service) judgeTake(tx *store.Tx, company osprey.ID, c *claim, frames [][32]byte) (outcome, error) {
	if c.challenge == "" {
		return outcome{why: takeUnknown}, nil
	}
	of, spent, err := tx.Challenge(c.challenge)
	if errors.Is(err, store.ErrNotFound) || err == nil && of.Company != company {
		return outcome{why: takeUnknown}, nil
	}
	if err != nil {
		return outcome{}, err
	}
	if why := c.judge(of, spent, frames, s.o.TakeKey(of.Session), s.o.TakeLife, tx.Now()); why != "" {
		return outcome{why: why}, nil
	}
	return outcome{action: of.Steps[c.step].Action}, nil
}

// TakeAction is the gesture tag that a shot set which is judged and not stored is held to:
// that of the step which it answers, empty where it is no take that holds. The step is
// not spent.
func (s *Service) TakeAction(ctx context.Context, company osprey.ID, in *look.Intake) (string, error) {
	c := readClaim(in.Manifest)
	if c == nil || company == "" {
		return "", nil
	}
	var got outcome
	err := s.o.Store.Read(ctx, osprey.Within(company), func(tx *store.Tx) (err error) {
		got, err = s.judgeTake(tx, company, c, in.Frames)
		return err
	})
	return got.action, err
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
	var got outcome
	err := s.o.Store.Write(ctx, osprey.Within(company), func(tx *store.Tx) (err error) {
		got, err = s.verify(tx, company, c, in.Frames)
		return err
	})
	switch {
	case err != nil:
		return osprey.TakePlain, err
	case got.why != "":
		return osprey.TakeInvalid, nil
	}
	return osprey.TakeVerified, nil
}
