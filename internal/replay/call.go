package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"example.org/osprey"
	"example.org/osprey/internal/killpoint"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/vault"
)

// Call is a request that holds its key. It belongs to one goroutine.
type Call struct {
	desk    *Desk
	request Request
	digest  string
	row     *store.Replay // what an earlier call kept, nil when this is the first
	key     *vault.OpenKey

	fingerprint string
	render      func(effect any) (Answer, error)
	kept        []byte // the plaintext that the last Keep wrote; nil: none
}

// Known reports whether an earlier call was answered under this key.
func (c *Call) Known() bool { return c.row != nil }

// Again returns the answer of the earlier call if the request is the same. Errors:
// 409/15 for another request, 404/10 when what the answer was about is gone.
func (c *Call) Again(ctx context.Context, fingerprint string) (Answer, error) {
	if c.row.Answer == nil {
		return Answer{}, osprey.NotExist()
	}
	plain, err := c.open(ctx)
	if errors.Is(err, vault.ErrKeyDestroyed) {
		return Answer{}, osprey.NotExist()
	}
	if err != nil {
		return Answer{}, fmt.Errorf("replay: open an answer: %w", err)
	}
	a, of, err := decode(plain)
	if err == nil && of != fingerprint {
		err = mismatch()
	}
	return a, err
}

func (c *Call) open(ctx context.Context) ([]byte, error) {
	if c.row.Company == "" {
		return c.desk.o.Own.Open(c.aad(), c.row.Answer)
	}
	return c.desk.o.Keys.Open(ctx, c.row.Company, purpose, c.aad(), c.row.Answer)
}

func (c *Call) aad() []byte {
	return vault.AAD(purpose, c.request.Company, osprey.ID(c.digest), "")
}

// callKey is the place of a Call in a context.
type callKey struct{}

// With returns a context in which the effect of the request is recorded: the
// service that has it calls Keep, and render turns what the service hands over into
// the answer. fingerprint is that of the whole request.
func (c *Call) With(ctx context.Context, fingerprint string, render func(effect any) (Answer, error)) context.Context {
	c.fingerprint, c.render = fingerprint, render
	return context.WithValue(ctx, callKey{}, c)
}

// Keep records the answer to a request in the transaction of its effect, which
// gives back what the service returns for it. Every effect that a POST can have
// calls it, as the last thing before the commit; without an Idempotency-Key it does
// nothing. When another call has recorded an answer under the key, the error is
// 409/15, when no more may be kept 429/18, and the transaction must end with it.
func Keep(tx *store.Tx, effect any) error {
	c, ok := tx.Context().Value(callKey{}).(*Call)
	if !ok {
		return nil
	}
	answer, err := c.render(effect)
	if err != nil {
		return fmt.Errorf("replay: render the answer: %w", err)
	}
	return c.write(tx, answer, c.desk.o.MaxHeld)
}

// write keeps an answer, unless the company holds most bytes then.
func (c *Call) write(tx *store.Tx, a Answer, most int64) error {
	plain, err := encode(a, c.fingerprint)
	if err != nil {
		return err
	}
	sealed, err := c.key.Seal(c.aad(), plain)
	if err != nil {
		return err
	}
	held, err := tx.ReplayHeld(c.request.Company)
	if err != nil {
		return err
	}
	if held+int64(len(sealed)) > most {
		return full(most)
	}
	won, err := tx.InsertReplay(store.Replay{
		Key: c.digest, Company: c.request.Company, Answer: sealed,
		Objects: append(identifiers(a.Body), c.request.Objects...), Expires: tx.Now().Add(Life),
	})
	if err != nil {
		return err
	}
	if !won {
		return inProgress()
	}
	c.kept = plain
	killpoint.Hit(killpoint.KeepBeforeCommit)
	return nil
}

// Effect returns the answer that was recorded with the effect; call it only after
// the service succeeded. It reports false when no effect was recorded.
func (c *Call) Effect() (Answer, bool) {
	if c.kept == nil {
		return Answer{}, false
	}
	a, _, err := decode(c.kept)
	return a, err == nil
}

// Refuse records, in a transaction of its own, an answer to a request that had no
// effect. Where an answer is recorded already that one stays; where no more may be
// kept none is, and the repetition finds out for itself.
func (c *Call) Refuse(ctx context.Context, fingerprint string, a Answer) error {
	c.fingerprint = fingerprint
	err := c.desk.o.Store.Write(context.WithoutCancel(ctx), osprey.Everything(), func(tx *store.Tx) error {
		return c.write(tx, a, c.desk.o.MaxHeld/2)
	})
	if osprey.IsCode(err, osprey.CodeConflict) || osprey.IsCode(err, osprey.CodeRateLimited) {
		return nil
	}
	return err
}

// Finish replaces the answer that was recorded with the effect by the one that the
// request came to in the end, when they differ: an effect that goes on after its
// transaction is recorded with what was true then.
func (c *Call) Finish(ctx context.Context, a Answer) error {
	plain, err := encode(a, c.fingerprint)
	if err != nil || bytes.Equal(plain, c.kept) {
		return err
	}
	sealed, err := c.key.Seal(c.aad(), plain)
	if err != nil {
		return err
	}
	return c.desk.o.Store.Write(context.WithoutCancel(ctx), osprey.Everything(), func(tx *store.Tx) error {
		_, err := tx.SetReplayAnswer(c.digest, sealed, identifiers(a.Body))
		return err
	})
}

// End gives the key back.
func (c *Call) End() {
	c.desk.mu.Lock()
	defer c.desk.mu.Unlock()
	delete(c.desk.running, c.digest)
}

// head is what precedes the body of a kept answer: one line of JSON. The fingerprint
// is sealed with the rest: that of a body with a password in it would let one try
// passwords against it.
type head struct {
	Fingerprint string `json:"fingerprint"`
	Status      int    `json:"status"`
	Ignored     string `json:"ignored,omitempty"`
	Mark        string `json:"mark,omitempty"`
}

func encode(a Answer, fingerprint string) ([]byte, error) {
	if len(a.Body) > MaxAnswer {
		return nil, fmt.Errorf("replay: an answer of %d bytes, at most %d are kept", len(a.Body), MaxAnswer)
	}
	line, err := json.Marshal(head{Fingerprint: fingerprint, Status: a.Status, Ignored: a.Ignored, Mark: a.Mark})
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(line)+1+len(a.Body))
	return append(append(append(out, line...), '\n'), a.Body...), nil
}

func decode(plain []byte) (a Answer, fingerprint string, err error) {
	line, body, ok := bytes.Cut(plain, []byte{'\n'})
	if !ok {
		return a, "", errors.New("replay: a kept answer without its head")
	}
	var h head
	if err := json.Unmarshal(line, &h); err != nil {
		return a, "", fmt.Errorf("replay: the head of a kept answer: %w", err)
	}
	return Answer{Status: h.Status, Ignored: h.Ignored, Mark: h.Mark, Body: body}, h.Fingerprint, nil
}
