package webhook

import (
	"context"
	"errors"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/egress"
	"example.org/osprey/internal/store"
)

// agent is who the requests come from.
const agent = "Osprey-Webhook/1"

// deliver makes one attempt of a delivery that was taken, and writes down what came of
// it. When the process stops under way, the delivery is left as it was: the next start
// repeats the attempt.
func (s *Service) deliver(ctx context.Context, d osprey.Delivery) {
	err := s.survive(ctx, d)
	if err != nil && ctx.Err() == nil {
		// The database failed. The lease ends by itself, and then there is another attempt.
		s.o.Logger.Error("webhook delivery could not be made, it is tried again", "delivery", d.ID, "error", err)
	}
}

// survive is attempt, of which a panic is a failed attempt: it is this delivery's, and
// the process and the others go on.
func (s *Service) survive(ctx context.Context, d osprey.Delivery) (err error) {
	began := s.o.Clock.Now()
	defer func() {
		if p := recover(); p != nil {
			s.o.Logger.Error("a webhook delivery panicked", "delivery", d.ID, "cause", p, "stack", string(debug.Stack()))
			err = s.failed(ctx, d, began)
		}
	}()
	return s.attempt(ctx, d)
}

// failed writes an attempt down that came to its end here: nothing was sent.
func (s *Service) failed(ctx context.Context, d osprey.Delivery, began time.Time) error {
	return s.record(context.WithoutCancel(ctx), d, osprey.DeliveryAttempt{
		Attempt: d.Attempts + 1, Time: osprey.TimeOf(began), Error: "The event could not be written; see the log of the server",
	})
}

func (s *Service) attempt(ctx context.Context, d osprey.Delivery) error {
	var told Occasion
	err := s.o.Store.Read(ctx, osprey.Within(d.Company), func(tx *store.Tx) (err error) {
		told, err = occasion(tx, d)
		return err
	})
	if errors.Is(err, errErased) {
		return s.o.Store.Write(ctx, osprey.Within(d.Company), func(tx *store.Tx) error {
			_, err := tx.DropDelivery(d.ID, d.Run)
			return err
		})
	}
	if err != nil {
		return err
	}
	began := s.o.Clock.Now()
	answer, err := s.send(ctx, told, d.Attempts+1)
	var own *unwritten
	if errors.As(err, &own) && ctx.Err() == nil {
		s.o.Logger.Error("a webhook event could not be written", "delivery", d.ID, "error", err)
		return s.failed(ctx, d, began)
	}
	if err != nil {
		return err
	}
	if answer.Fault != "" && ctx.Err() != nil {
		return nil //nolint:nilerr // the server is going: the attempt says nothing about the receiver, and its lease ends
	}
	return s.record(context.WithoutCancel(ctx), d, osprey.DeliveryAttempt{
		Attempt: d.Attempts + 1, Time: osprey.TimeOf(began), HTTPStatus: answer.Status, Error: answer.Fault, Duration: answer.Took,
	})
}

// unwritten is why an event could not be rendered: a fault of this side that counts as
// an attempt, so that it has an end.
type unwritten struct{ error }

func (u *unwritten) Unwrap() error { return u.error }

// send renders, signs and posts.
func (s *Service) send(ctx context.Context, told Occasion, attempt int) (egress.Answer, error) {
	d := told.Delivery
	body, err := s.o.Render(told)
	if err != nil {
		return egress.Answer{}, &unwritten{err}
	}
	secrets, err := s.signers(ctx, d.Company)
	if err != nil {
		return egress.Answer{}, err
	}
	header := http.Header{
		"Content-Type":            {"application/json"},
		"User-Agent":              {agent},
		"Osprey-Signature":        {osprey.SignWebhook(secrets, s.o.Clock.Now().Unix(), body)},
		"Osprey-Event-Id":         {string(d.EventID)},
		"Osprey-Delivery-Attempt": {strconv.Itoa(attempt)},
	}
	return s.o.Guard.Post(ctx, d.URL, header, body), nil
}

// record writes the end of an attempt.
func (s *Service) record(ctx context.Context, d osprey.Delivery, a osprey.DeliveryAttempt) error {
	now := osprey.TimeOf(s.o.Clock.Now())
	d = d.Record(a, now, s.o.Random())
	if d.Status == osprey.DeliveryPending {
		d.Next = now.Add(s.o.Hasten(d.Next.Time().Sub(now.Time())))
	}
	err := s.o.Store.Write(ctx, osprey.Within(d.Company), func(tx *store.Tx) error {
		if _, err := tx.EndAttempt(d, a); err != nil {
			return err
		}
		_, err := tx.UseWebhookSecrets(d.Company)
		return err
	})
	if err != nil {
		return err
	}
	s.o.Observe(map[osprey.DeliveryStatus]string{
		osprey.DeliveryDelivered: "delivered", osprey.DeliveryPending: "failed", osprey.DeliveryDead: "dead",
	}[d.Status])
	s.o.Logger.Debug("webhook attempt", "delivery", d.ID, "event", d.Event, "attempt", a.Attempt, "http_status", a.HTTPStatus, "status", d.Status)
	return nil
}

// Test sends one ping to an address, for a company whose secrets sign it, and tells what
// came of it; nothing of it is kept but a line in the audit log (MayTestWebhook).
func (s *Service) Test(ctx context.Context, g access.Grant, company osprey.ID, url string) (osprey.DeliveryAttempt, error) {
	if err := s.o.Guard.Check("url", url); err != nil {
		return osprey.DeliveryAttempt{}, err
	}
	select {
	case s.tests <- struct{}{}:
		defer func() { <-s.tests }()
	default:
		return osprey.DeliveryAttempt{}, osprey.Unavailable("busy", time.Second, "Too many tests of webhooks are running")
	}
	ping := osprey.Delivery{
		EventID: s.o.IDs.New(), Event: osprey.EventPing, Company: company, URL: url, Created: osprey.TimeOf(s.o.Clock.Now()),
	}
	e := access.Event{Action: string(access.MayTestWebhook), Object: "webhook", ObjectID: string(ping.EventID), Company: company}
	err := s.o.Audit.Audited(ctx, s.o.Store, g.View, g.Actor, e, func(tx *store.Tx, _ *access.Event) error {
		if _, err := tx.Company(company); errors.Is(err, store.ErrNotFound) {
			return osprey.NotExistField("company_id")
		} else if err != nil {
			return err
		}
		return g.Check(company, "")
	})
	if err != nil {
		return osprey.DeliveryAttempt{}, err
	}
	began := s.o.Clock.Now()
	answer, err := s.send(ctx, Occasion{Delivery: ping}, 1)
	return osprey.DeliveryAttempt{
		Attempt: 1, Time: osprey.TimeOf(began), HTTPStatus: answer.Status, Error: answer.Fault, Duration: answer.Took,
	}, err
}
