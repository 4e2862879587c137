package webhook

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/egress"
	"example.org/osprey/internal/replay"
	"example.org/osprey/internal/store"
)

// Options make a Service.
type Options struct {
	Store *store.Store
	Vault Vault
	// Bind makes the additional data of a seal.
	Bind  func(purpose string, company, object osprey.ID, model string) []byte
	Guard Guard
	Audit access.Audit
	IDs   *osprey.IDs
	Clock osprey.Clock
	// Render makes the body of a request, links in it signed for that moment.
	Render func(Occasion) ([]byte, error)
	// Timeout is that of one attempt; a lease lasts longer.
	Timeout time.Duration
	// Random moves the waits between attempts: 0 up to 1; nil is a good source.
	Random func() float64
	// Hasten shortens those waits in tests; nil leaves them.
	Hasten func(time.Duration) time.Duration
	// Observe is told how each attempt ended: "delivered", "failed" (there will be another
	// one) or "dead"; nil is not called.
	Observe func(result string)
	Logger  *slog.Logger
}

// Vault seals and opens bytes with the data key of a company and purpose.
type Vault interface {
	Seal(ctx context.Context, company osprey.ID, purpose string, aad, plaintext []byte) ([]byte, error)
	Open(ctx context.Context, company osprey.ID, purpose string, aad, sealed []byte) ([]byte, error)
}

// Guard makes the requests (*egress.Guard).
type Guard interface {
	Check(field, url string) error
	Post(ctx context.Context, url string, header http.Header, body []byte) egress.Answer
}

// Occasion is what one request tells. Folder is nil, and Media, Results and Analyses are
// empty, for events that are about no folder.
type Occasion struct {
	Delivery osprey.Delivery
	Folder   *osprey.Folder
	Media    []osprey.Media
	Results  []osprey.Media // result images of the analyses
	Analyses []osprey.Analysis
}

// Service is the room's desk. It is safe for concurrent use.
type Service struct {
	o     Options
	wake  chan struct{} // holds one: several pokes before a look are one
	tests chan struct{} // places of test calls
	desk  desk
}

// maxTests is how many test calls run at a time.
const maxTests = 8

// NewService makes a Service.
func NewService(o Options) *Service {
	if o.Random == nil {
		o.Random = rand.Float64
	}
	if o.Hasten == nil {
		o.Hasten = func(d time.Duration) time.Duration { return d }
	}
	if o.Observe == nil {
		o.Observe = func(string) {}
	}
	return &Service{o: o, wake: make(chan struct{}, 1), tests: make(chan struct{}, maxTests), desk: newDesk()}
}

// Poke makes the drainer look for deliveries now; call it after the commit of an event.
func (s *Service) Poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Deliveries returns a page of those that the grant shows (MayReadDeliveries).
func (s *Service) Deliveries(ctx context.Context, g access.Grant, q store.Query) (items []osprey.Delivery, total int, err error) {
	err = s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		items, total, err = tx.Deliveries(q)
		return err
	})
	return items, total, err
}

// Delivery returns one with its attempts, first to last (MayReadDeliveries).
func (s *Service) Delivery(ctx context.Context, g access.Grant, id osprey.ID) (d osprey.Delivery, attempts []osprey.DeliveryAttempt, err error) {
	err = s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		if d, err = tx.Delivery(id); err != nil {
			return notExist(err)
		}
		attempts, err = tx.DeliveryAttempts(id)
		return err
	})
	return d, attempts, err
}

// Redeliver begins a new schedule of a delivery that was delivered or given up, under the
// same event id (MayRedeliver). 409/15: it is pending, or what it was about is erased.
func (s *Service) Redeliver(ctx context.Context, g access.Grant, id osprey.ID) (d osprey.Delivery, err error) {
	e := access.Event{Action: string(access.MayRedeliver), Object: "webhook_delivery", ObjectID: string(id), Company: g.Actor.Company}
	err = s.o.Audit.Audited(ctx, s.o.Store, g.View, g.Actor, e, func(tx *store.Tx, e *access.Event) error {
		if d, err = tx.Delivery(id); err != nil {
			return notExist(err)
		}
		e.Company = d.Company
		if err := g.Check(d.Company, ""); err != nil {
			return err
		}
		if d.Status == osprey.DeliveryPending {
			return osprey.Conflict("status", "pending", "The delivery is pending").With("actual", string(d.Status))
		}
		if _, err := occasion(tx, d); errors.Is(err, errErased) {
			return osprey.Conflict("", "erased", "What the delivery is about was erased")
		} else if err != nil {
			return err
		}
		if _, err := tx.Redeliver(id); err != nil {
			return err
		}
		if d, err = tx.Delivery(id); err != nil {
			return err
		}
		return replay.Keep(tx, d)
	})
	if err != nil {
		return osprey.Delivery{}, err
	}
	s.Poke()
	return d, nil
}

// keepEnded is how long the log holds deliveries that have ended.
const keepEnded = 30 * 24 * time.Hour

// sweepBatch is how many deliveries one transaction of the sweep removes.
const sweepBatch = 500

// Sweep removes deliveries that ended more than 30 days ago.
func (s *Service) Sweep(ctx context.Context) error {
	for {
		var n int
		err := s.o.Store.Write(ctx, osprey.Everything(), func(tx *store.Tx) (err error) {
			n, err = tx.DeleteEndedDeliveries(tx.Now().Add(-keepEnded), sweepBatch)
			return err
		})
		if err != nil || n < sweepBatch {
			return err
		}
	}
}

// Pending counts the deliveries that wait and tells the age of the oldest, 0 when there
// is none.
func (s *Service) Pending(ctx context.Context) (n int, oldest time.Duration, err error) {
	err = s.o.Store.Read(ctx, osprey.Everything(), func(tx *store.Tx) error {
		var since osprey.Time
		n, since, err = tx.PendingDeliveries()
		if n > 0 {
			oldest = max(0, tx.Now().Time().Sub(since.Time()))
		}
		return err
	})
	return n, oldest, err
}

// notExist turns a missing row into the contract's answer.
func notExist(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return osprey.NotExist()
	}
	return err
}
