package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/egress"
	"example.org/osprey/internal/store"
)

const (
	hookA = "https://a.example.com/hook"
	hookB = "https://b.example.com/hook"
)

func status(code int) func(context.Context, string) egress.Answer {
	return func(context.Context, string) egress.Answer {
		a := egress.Answer{Status: code, Took: 5 * time.Millisecond}
		if code/100 != 2 {
			a.Fault = fmt.Sprintf("The receiver answered %d", code)
		}
		return a
	}
}

// TestGroups: an address is told once, when the last of its analyses has ended.
func TestGroups(t *testing.T) {
	t.Parallel()
	o := open(t)
	company, _ := o.company("one", "")
	_, as := o.group(company, hookA, hookB, hookA, "")
	o.end(&as[0])
	o.end(&as[3])
	if n := len(o.all()); n != 0 {
		t.Fatalf("%d deliveries before any address is complete", n)
	}
	o.end(&as[1])
	o.end(&as[2])
	o.drain()
	a, b := o.wires.to(hookA), o.wires.to(hookB)
	if len(a) != 1 || len(b) != 1 || len(o.all()) != 2 {
		t.Fatalf("%d and %d requests, %d deliveries", len(a), len(b), len(o.all()))
	}
	told := fmt.Sprint(a[0].body["analyses"], b[0].body["analyses"])
	if want := fmt.Sprint([]osprey.ID{as[0].ID, as[2].ID}, []osprey.ID{as[1].ID}); told != want {
		t.Errorf("told of %s, want %s", told, want)
	}
	if a[0].body["event_id"] == b[0].body["event_id"] {
		t.Error("two addresses share an event")
	}
	o.drain()
	if len(o.wires.sent) != 2 {
		t.Error("told again")
	}
}

// TestDeletedAnalysesDoNotCount: an open one that goes completes its group; the last one
// takes the event with it.
func TestDeletedAnalysesDoNotCount(t *testing.T) {
	t.Parallel()
	o := open(t)
	company, _ := o.company("one", "")
	_, as := o.group(company, hookA, hookA)
	o.end(&as[0])
	o.remove(as[1])
	if d := o.all(); len(d) != 1 || d[0].Group != as[0].Group {
		t.Fatalf("an open analysis went: %+v", d)
	}
	o.remove(as[0])
	if d := o.all(); len(d) != 0 {
		t.Errorf("none is left, and there is %+v", d)
	}
	_, as = o.group(company, hookA, hookA, hookA)
	for i := range 2 {
		o.end(&as[i])
	}
	o.remove(as[0]) // it had ended: the group is as open as before
	if d := o.all(); len(d) != 0 {
		t.Errorf("an ended analysis went, one is open: %+v", d)
	}
	o.end(&as[2])
	o.drain()
	o.remove(as[1]) // after the group was told
	o.drain()
	if n := len(o.wires.to(hookA)); n != 1 {
		t.Errorf("told %d times", n)
	}
	_, as = o.group(company, hookB)
	o.remove(as[0])
	if n := len(o.all()); n != 1 {
		t.Errorf("%d deliveries; a group that never ended tells nobody", n)
	}
}

// TestRolledBack: what did not happen is not told.
func TestRolledBack(t *testing.T) {
	t.Parallel()
	o := open(t)
	company, _ := o.company("one", "")
	_, as := o.group(company, hookA)
	err := o.st.Write(t.Context(), osprey.Everything(), func(tx *store.Tx) error {
		as[0].State = osprey.StateFailed
		if _, err := tx.EndAnalysis(as[0]); err != nil {
			return err
		}
		if err := o.Ended(tx, as[0]); err != nil {
			return err
		}
		return context.Canceled
	})
	if err == nil || len(o.all()) != 0 {
		t.Errorf("%v, %+v", err, o.all())
	}
}

// TestSchedule walks through all attempts with a clock: 1 m, 5 m, 30 m, 2 h, 12 h, then
// dead; a redelivery begins anew under the same event.
func TestSchedule(t *testing.T) {
	t.Parallel()
	o := open(t)
	company, g := o.company("one", "")
	_, as := o.group(company, hookA)
	o.wires.answers(status(500))
	o.end(&as[0])
	for _, wait := range []time.Duration{0, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 12 * time.Hour} {
		n := len(o.wires.to(hookA))
		if wait > 0 {
			o.clock.move(wait - time.Second)
			o.drain()
			if len(o.wires.to(hookA)) != n {
				t.Fatalf("an attempt came before %s were over", wait)
			}
			o.clock.move(time.Second)
		}
		o.drain()
		if len(o.wires.to(hookA)) != n+1 {
			t.Fatalf("%d attempts after %s", len(o.wires.to(hookA))-n, wait)
		}
	}
	d := o.all()[0]
	if d.Status != osprey.DeliveryDead || d.Attempts != 6 || d.Next != 0 {
		t.Fatalf("%+v", d)
	}
	o.clock.move(24 * time.Hour)
	o.drain()
	if _, err := o.Redeliver(t.Context(), g, d.ID); err != nil {
		t.Fatal(err)
	}
	o.wires.answers(status(204))
	o.drain()
	sent := o.wires.to(hookA)
	if len(sent) != 7 {
		t.Fatalf("%d attempts", len(sent))
	}
	for i, s := range sent {
		if s.body["event_id"] != string(d.EventID) || s.header.Get("Osprey-Event-Id") != string(d.EventID) || s.header.Get("Osprey-Delivery-Attempt") != fmt.Sprint(i+1) {
			t.Errorf("attempt %d: %v", i+1, s.header)
		}
	}
	d, attempts, err := o.Delivery(t.Context(), g, d.ID)
	if err != nil || d.Status != osprey.DeliveryDelivered || len(attempts) != 7 || attempts[6].HTTPStatus != 204 || attempts[0].HTTPStatus != 500 {
		t.Errorf("%+v, %+v, %v", d, attempts, err)
	}
	if o.ended["failed"] != 5 || o.ended["dead"] != 1 || o.ended["delivered"] != 1 {
		t.Errorf("counted %v", o.ended)
	}
}

// TestGone: 410 ends it at once.
func TestGone(t *testing.T) {
	t.Parallel()
	o := open(t)
	company, _ := o.company("one", "")
	_, as := o.group(company, hookA)
	o.wires.answers(status(410))
	o.end(&as[0])
	o.drain()
	if d := o.all()[0]; d.Status != osprey.DeliveryDead || d.Attempts != 1 {
		t.Errorf("%+v", d)
	}
}

// TestUnwritten: an event that cannot be rendered ends like one that nobody takes, and
// neither a panic nor an error of it stops what others wait for.
func TestUnwritten(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]func() error{
		"an error": func() error { return errors.New("broken") },
		"a panic":  func() error { panic("broken") },
	} {
		o := open(t)
		company, _ := o.company("one", "")
		_, as := o.group(company, hookA)
		o.broken = broken
		o.end(&as[0])
		o.drain()
		if d := o.all()[0]; d.Status != osprey.DeliveryPending || d.Attempts != 1 {
			t.Errorf("%s: %+v", name, d)
		}
		for range 10 {
			o.clock.move(24 * time.Hour)
			o.drain()
		}
		if d := o.all()[0]; d.Status != osprey.DeliveryDead || d.Attempts != 6 {
			t.Errorf("%s, in the end: %+v", name, d)
		}
	}
}

// TestKeptThirtyDays: the log forgets what ended 30 days ago, and nothing that is pending.
func TestKeptThirtyDays(t *testing.T) {
	t.Parallel()
	o := open(t)
	company, _ := o.company("one", "")
	_, as := o.group(company, hookA, hookB)
	o.wires.answers(func(_ context.Context, url string) egress.Answer {
		if url == hookA {
			return status(410)(nil, "")
		}
		return status(500)(nil, "")
	})
	o.end(&as[0])
	o.end(&as[1])
	o.drain()
	for _, tt := range []struct {
		after time.Duration
		left  int
	}{{30*24*time.Hour - time.Minute, 2}, {2 * time.Minute, 1}} {
		o.clock.move(tt.after)
		if err := o.Sweep(t.Context()); err != nil || len(o.all()) != tt.left {
			t.Errorf("%d left, want %d, error %v", len(o.all()), tt.left, err)
		}
	}
	if n, age, err := o.Pending(t.Context()); n != 1 || age < 30*24*time.Hour || err != nil {
		t.Errorf("%d pending for %s, %v", n, age, err)
	}
}

// TestErasedBetween: a folder that is erased after the event says nothing.
func TestErasedBetween(t *testing.T) {
	t.Parallel()
	o := open(t)
	company, _ := o.company("one", "")
	folder, as := o.group(company, hookA)
	o.end(&as[0])
	o.do(func(tx *store.Tx) error { return tx.DeleteFolder(folder) })
	o.drain()
	if len(o.wires.sent) != 0 || len(o.all()) != 0 {
		t.Errorf("%d requests, %d deliveries", len(o.wires.sent), len(o.all()))
	}
}

// TestQuotaEvents: they go to the address of the company, with what the maker of the event
// says; without an address nothing happens.
func TestQuotaEvents(t *testing.T) {
	t.Parallel()
	o := open(t)
	told, _ := o.company("told", hookA)
	quiet, _ := o.company("quiet", "")
	quota := osprey.Metadata{"quota": map[string]any{"name": "quality", "period": "2026-01", "used": 8000, "limit": 10000}}
	o.do(func(tx *store.Tx) error {
		if err := o.Announce(tx, quiet, osprey.EventQuotaWarning, quota); err != nil {
			return err
		}
		return o.Announce(tx, told, osprey.EventQuotaWarning, quota)
	})
	o.drain()
	s := o.wires.to(hookA)
	if len(o.wires.sent) != 1 || len(s) != 1 || s[0].body["event"] != "quota_warning" || fmt.Sprint(s[0].body["quota"]) != "map[limit:10000 name:quality period:2026-01 used:8000]" {
		t.Errorf("%+v", o.wires.sent)
	}
}

// TestInterrupted: an attempt that the end of the process cuts off does not count; the
// next process makes it again.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	o := open(t)
	company, _ := o.company("one", "")
	_, as := o.group(company, hookA)
	ctx, cancel := context.WithCancel(t.Context())
	o.wires.answers(func(ctx context.Context, _ string) egress.Answer {
		cancel()
		<-ctx.Done()
		return egress.Answer{Fault: "cut off"}
	})
	o.end(&as[0])
	o.clock.move(time.Second)
	o.Run(ctx) // returns when ctx has ended and the attempt is over
	o.wires.answers(nil)
	o.drain() // the lease is still that of the process that ended
	if n := len(o.wires.to(hookA)); n != 1 || o.all()[0].Attempts != 0 {
		t.Fatalf("%d requests, %+v", n, o.all())
	}
	if err := o.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.drain()
	sent := o.wires.to(hookA)
	if len(sent) != 2 || sent[0].body["event_id"] != sent[1].body["event_id"] || o.all()[0].Status != osprey.DeliveryDelivered {
		t.Errorf("%d requests, %+v", len(sent), o.all())
	}
}

// TestLeaseEnds: what another node took and never ended is taken again when its lease is
// over.
func TestLeaseEnds(t *testing.T) {
	t.Parallel()
	o := open(t)
	company, _ := o.company("one", "")
	_, as := o.group(company, hookA)
	o.end(&as[0])
	o.do(func(tx *store.Tx) error {
		_, err := tx.ClaimDeliveries(store.DueAddress{Company: company, URL: hookA}, time.Minute, 1)
		return err
	})
	o.drain()
	if len(o.wires.sent) != 0 {
		t.Fatal("taken from under its holder")
	}
	o.clock.move(time.Minute + time.Second)
	o.drain()
	if len(o.wires.sent) != 1 {
		t.Errorf("%d requests", len(o.wires.sent))
	}
}

// TestSlowReceivers: receivers that do not answer hold up their own events alone, and of
// one company not more than its places.
func TestSlowReceivers(t *testing.T) {
	t.Parallel()
	o := open(t)
	slow, _ := o.company("slow", "")
	quick, _ := o.company("quick", "")
	hold := make(chan struct{})
	var release sync.Once
	done := make(chan struct{}, 100)
	o.wires.answers(func(_ context.Context, url string) egress.Answer {
		if strings.HasPrefix(url, "https://slow") {
			<-hold
		} else {
			done <- struct{}{}
		}
		return egress.Answer{Status: 200}
	})
	for i := range 30 {
		_, as := o.group(slow, fmt.Sprintf("https://slow%d.example.com", i%15))
		o.end(&as[0])
	}
	for range 20 {
		_, as := o.group(slow, "https://slow0.example.com")
		o.end(&as[0])
	}
	for range 10 {
		_, as := o.group(quick, hookA)
		o.end(&as[0])
	}
	o.clock.move(time.Second)
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() { defer close(over); o.Run(ctx) }()
	defer func() { release.Do(func() { close(hold) }); cancel(); <-over }()
	for range 10 {
		<-done // the quick ones arrive while no slow one has been answered
	}
	o.wires.mu.Lock()
	held, most := o.wires.now[""], o.wires.most
	o.wires.mu.Unlock()
	if held > 8 {
		t.Errorf("a company holds %d places", held)
	}
	release.Do(func() { close(hold) })
	cancel()
	<-over
	o.drain()
	if n := len(o.wires.to("https://slow0.example.com")); n < 22 {
		t.Errorf("%d of 22 arrived", n)
	}
	for url, n := range most {
		if url != "" && n > 4 {
			t.Errorf("%s: %d at a time", url, n)
		}
	}
}

// TestSecrets: sealed in the database, made when they are lacking, replaced, two at most.
func TestSecrets(t *testing.T) {
	t.Parallel()
	o := open(t)
	company, g := o.company("one", "")
	_, other := o.company("other", "")
	_, as := o.group(company, hookA)
	o.end(&as[0])
	o.drain()
	have, err := o.Secrets(t.Context(), g, company)
	if err != nil || len(have) != 1 || !have[0].Automatic || have[0].LastUsed == 0 {
		t.Fatalf("%+v, %v", have, err)
	}
	one, text, err := o.CreateSecret(t.Context(), g, company)
	if err != nil || !strings.HasPrefix(text, "whsec_") || one.Prefix != text[:10] {
		t.Fatalf("%+v, %q, %v", one, text, err)
	}
	if strings.Contains(string(one.Sealed), text) || strings.Contains(string(one.Sealed), text[6:]) {
		t.Error("the secret lies open")
	}
	two, _, err := o.CreateSecret(t.Context(), g, company)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = o.CreateSecret(t.Context(), g, company)
	if !osprey.IsCode(err, osprey.CodeConflict) || osprey.ErrorOf(err).Details["limit"] != osprey.MaxWebhookSecrets {
		t.Errorf("a third: %v", err)
	}
	have, err = o.Secrets(t.Context(), g, company)
	if err != nil || !slices.EqualFunc(have, []osprey.ID{two.ID, one.ID}, func(s osprey.WebhookSecret, id osprey.ID) bool { return s.ID == id }) {
		t.Errorf("%+v, %v", have, err)
	}
	if _, err := o.Secrets(t.Context(), other, company); !osprey.IsCode(err, osprey.CodeNotExist) {
		t.Errorf("another company reads: %v", err)
	}
	if _, _, err := o.CreateSecret(t.Context(), other, company); !osprey.IsCode(err, osprey.CodeNotExist) {
		t.Errorf("another company makes: %v", err)
	}
	if err := o.DeleteSecret(t.Context(), other, company, one.ID); !osprey.IsCode(err, osprey.CodeNotExist) {
		t.Errorf("another company deletes: %v", err)
	}
	if err := o.DeleteSecret(t.Context(), g, company, one.ID); err != nil {
		t.Error(err)
	}
	for _, e := range o.log {
		if strings.Contains(fmt.Sprint(e), text) {
			t.Error("the audit log holds a secret")
		}
	}
	if n := len(o.log); n != 5 { // one automatic, two, one refused, one deleted
		t.Errorf("%d events: %+v", n, o.log)
	}
}

// TestTestCalls: their number at a time is bounded.
func TestTestCalls(t *testing.T) {
	t.Parallel()
	o := open(t)
	company, g := o.company("one", "")
	begun, hold := make(chan struct{}), make(chan struct{})
	o.wires.answers(func(context.Context, string) egress.Answer {
		begun <- struct{}{}
		<-hold
		return egress.Answer{Status: 200}
	})
	var calls sync.WaitGroup
	for range 8 {
		calls.Go(func() {
			if _, err := o.Test(context.Background(), g, company, hookA); err != nil {
				t.Error(err)
			}
		})
		<-begun
	}
	if _, err := o.Test(t.Context(), g, company, hookA); !osprey.IsCode(err, osprey.CodeUnavailable) {
		t.Errorf("one more: %v", err)
	}
	if _, err := o.Test(t.Context(), g, company, "refused"); !osprey.IsCode(err, osprey.CodeInvalidValue) {
		t.Errorf("a closed address: %v", err)
	}
	close(hold)
	calls.Wait()
	if n := len(o.all()); n != 0 {
		t.Errorf("%d deliveries in the log", n)
	}
}
