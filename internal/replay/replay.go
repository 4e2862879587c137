package replay

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"sync"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/vault"
)

// Life is how long an answer is given again.
const Life = 24 * time.Hour

// MaxAnswer bounds what is kept of one answer, in bytes. The largest that the API
// gives is a person with 100 photographs, each with 64 KiB of metadata.
const MaxAnswer = 16 << 20

// sweepBatch is how many answers one transaction of the sweep removes: others wait
// for it.
const sweepBatch = 500

// purpose is what the answers' data keys are for.
const purpose = "answer"

// Options make a Desk; every field is required.
type Options struct {
	Store *store.Store
	// Keys are the data keys of companies: they seal the answers to their users.
	Keys *vault.Ring
	// Own seals the answers to those who stand outside any company.
	Own *vault.OpenKey
	// MaxHeld bounds what is kept of the answers to one company, in bytes: every answer
	// is bounded by MaxAnswer, and without a bound on all of them one caller could fill
	// the disk with calls that do nothing. Refusals may take half of it, so that they do
	// not crowd out effects.
	MaxHeld int64
}

// Desk keeps answers. It is safe for concurrent use.
type Desk struct {
	o       Options
	mu      sync.Mutex
	running map[string]bool // keys of the calls under way
}

// New makes a Desk.
func New(o Options) *Desk { return &Desk{o: o, running: make(map[string]bool)} }

// Request says whose request it is and under which key it came.
type Request struct {
	User    osprey.ID // empty: the owner of the machine
	Company osprey.ID // of the user; empty outside any
	Method  string
	Path    string // as it is routed: both spellings of a path are one
	Key     string
	// Objects are the ids in the path.
	Objects []osprey.ID
}

// digest is the key of the request's row. The client's own key may hold anything,
// so that it is not kept as it is.
func (r Request) digest() string {
	h := sha256.New()
	for _, s := range []string{string(r.User), r.Method, r.Path, r.Key} {
		writeText(h, s)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Answer is a response as it is kept.
type Answer struct {
	Status  int
	Ignored string // Osprey-Ignored-Params
	// Mark stands in the body where a link is to be signed; it is random, so that
	// nothing a client sent can look like it.
	Mark string
	Body []byte
}

// errors of the contract (api.md 1.9).
func inProgress() *osprey.Error {
	e := osprey.Conflict("Idempotency-Key", "idempotency_in_progress", "The first request with this key still runs")
	e.RetryAfter = time.Second
	return e
}

func mismatch() *osprey.Error {
	return osprey.Conflict("Idempotency-Key", "idempotency_mismatch", "The key was used for another request")
}

func full(limit int64) *osprey.Error {
	e := osprey.Errorf(osprey.CodeRateLimited, "Too many answers are kept under Idempotency-Keys; they leave after 24 hours").
		With("field", "Idempotency-Key").With("reason", "kept_answers").With("limit", limit)
	e.RetryAfter = time.Hour
	return e
}

// Begin claims the key of a request until End, or reports 409/15 while another call
// has it. Call End in any case.
func (d *Desk) Begin(ctx context.Context, r Request) (*Call, error) {
	c := &Call{desk: d, request: r, digest: r.digest()}
	if !d.claim(c.digest) {
		return nil, inProgress()
	}
	err := c.load(ctx)
	if err != nil {
		c.End()
		return nil, err
	}
	return c, nil
}

func (d *Desk) claim(digest string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.running[digest] {
		return false
	}
	d.running[digest] = true
	return true
}

// Sweep removes what is older than Life.
func (d *Desk) Sweep(ctx context.Context) error {
	for {
		var n int
		err := d.o.Store.Write(ctx, osprey.Everything(), func(tx *store.Tx) (err error) {
			n, err = tx.DeleteExpiredReplays(tx.Now(), sweepBatch)
			return err
		})
		if err != nil || n < sweepBatch {
			return err
		}
	}
}

// load reads what is kept under the key and opens the data key: sealing happens in
// the transaction of the effect, where nothing may be read or made but rows.
func (c *Call) load(ctx context.Context) error {
	err := c.desk.o.Store.Read(ctx, osprey.Everything(), func(tx *store.Tx) error {
		row, err := tx.Replay(c.digest, tx.Now())
		if err == nil {
			c.row = &row
		}
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
	if err != nil || c.row != nil {
		return err
	}
	if c.key = c.desk.o.Own; c.request.Company != "" {
		c.key, err = c.desk.o.Keys.Key(ctx, c.request.Company, purpose)
	}
	return err
}

// writeText adds a text to a digest in such a way that no two lists of texts are
// the same bytes.
func writeText(h interface{ Write([]byte) (int, error) }, s string) {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(s)))
	_, _ = h.Write(n[:]) // a digest never fails
	_, _ = h.Write([]byte(s))
}
