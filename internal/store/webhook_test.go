package store

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"example.org/osprey"
)

// The methods for webhooks in the tests of scopes.
func init() {
	maps.Copy(reads, map[string]probe{
		"WebhookSecrets": func(tx *Tx, e *estate) (any, error) { return tx.WebhookSecrets(e.company.ID) },
		"Delivery":       func(tx *Tx, e *estate) (any, error) { return tx.Delivery(e.waiting) },
		"Deliveries": func(tx *Tx, e *estate) (any, error) {
			return listed(tx.Deliveries(some(FieldCompany, e.company.ID)))
		},
		"DeliveryAttempts": func(tx *Tx, e *estate) (any, error) { return tx.DeliveryAttempts(e.told) },
		"DueCompanies": func(tx *Tx, e *estate) (any, error) {
			due, err := tx.DueCompanies(10)
			return slices.Contains(due, e.company.ID), err
		},
		"DueAddresses": func(tx *Tx, e *estate) (any, error) { return tx.DueAddresses(e.company.ID, 10) },
	})
	maps.Copy(writes, map[string]act{
		"InsertWebhookSecret": func(h *house, tx *Tx, e *estate) error {
			return tx.InsertWebhookSecret(osprey.WebhookSecret{ID: h.ids.New(), Company: e.company.ID, Sealed: []byte("s")})
		},
		"DeleteWebhookSecret":    func(_ *house, tx *Tx, e *estate) error { return tx.DeleteWebhookSecret(e.company.ID, e.secret) },
		"DeleteAutomaticSecrets": func(_ *house, tx *Tx, e *estate) error { return counted(tx.DeleteAutomaticSecrets(e.company.ID)) },
		"UseWebhookSecrets":      func(_ *house, tx *Tx, e *estate) error { return counted(tx.UseWebhookSecrets(e.company.ID)) },
		"InsertDelivery": func(h *house, tx *Tx, e *estate) error {
			return changed(tx.InsertDelivery(osprey.Delivery{ID: h.ids.New(), EventID: h.ids.New(), Company: e.company.ID}))
		},
		"ClaimDeliveries": func(_ *house, tx *Tx, e *estate) error {
			d, err := tx.ClaimDeliveries(DueAddress{e.company.ID, hook}, time.Minute, 10)
			return counted(len(d), err)
		},
		"EndAttempt": func(_ *house, tx *Tx, e *estate) error {
			d := osprey.Delivery{ID: e.waiting, Status: osprey.DeliveryDead}
			return changed(tx.EndAttempt(d, osprey.DeliveryAttempt{Attempt: 1}))
		},
		"Redeliver":    func(_ *house, tx *Tx, e *estate) error { return changed(tx.Redeliver(e.told)) },
		"DropDelivery": func(_ *house, tx *Tx, e *estate) error { return changed(tx.DropDelivery(e.waiting, 0)) },
		"DropGroupDeliveries": func(_ *house, tx *Tx, e *estate) error {
			return counted(tx.DropGroupDeliveries(e.analysis.Group, hook))
		},
		"DropAnalysisDeliveries": func(_ *house, tx *Tx, e *estate) error {
			return counted(tx.DropAnalysisDeliveries(e.analysis.ID))
		},
		"DeleteEndedDeliveries": func(_ *house, tx *Tx, e *estate) error {
			return counted(tx.DeleteEndedDeliveries(tx.Now().Add(1<<50), 10))
		},
	})
	installation["ReleaseDeliveries"] = func(tx *Tx) error { _, err := tx.ReleaseDeliveries(); return err }
	installation["PendingDeliveries"] = func(tx *Tx) error { _, _, err := tx.PendingDeliveries(); return err }
}

const hook = "https://client.example.com/hook"

// buildHook makes a secret, a delivery that waits and one that was given up.
func (e *estate) buildHook(h *house, tx *Tx) error {
	e.secret, e.waiting, e.told = h.ids.New(), h.ids.New(), h.ids.New()
	err := tx.InsertWebhookSecret(osprey.WebhookSecret{ID: e.secret, Company: e.company.ID, Prefix: "whsec_a", Sealed: []byte("s"), Automatic: true})
	group := osprey.Delivery{
		ID: e.waiting, EventID: h.ids.New(), Event: osprey.EventGroupCompleted, Company: e.company.ID,
		Folder: e.folder.ID, Group: e.analysis.Group, Analysis: e.analysis.ID, URL: hook,
	}
	verdict := osprey.Delivery{
		ID: e.told, EventID: h.ids.New(), Event: osprey.EventOperatorDecided, Company: e.company.ID,
		Folder: e.folder.ID, Analysis: e.analysis.ID, URL: hook,
	}
	for _, d := range []osprey.Delivery{group, verdict} {
		_, insertErr := tx.InsertDelivery(d)
		err = errors.Join(err, insertErr)
	}
	verdict.Status = osprey.DeliveryDead
	ended, endErr := tx.EndAttempt(verdict, osprey.DeliveryAttempt{Attempt: 1, HTTPStatus: 410, Error: "x", Duration: time.Second})
	if !ended {
		err = errors.Join(err, errors.New("the attempt was not ended"))
	}
	return errors.Join(err, endErr)
}

// deliveries makes n of an address, due in order.
func deliveries(t *testing.T, h *house, e *estate, url string, n int) []osprey.ID {
	t.Helper()
	var ids []osprey.ID
	for range n {
		id := h.ids.New()
		h.do(e.scope(), func(tx *Tx) error {
			ok, err := tx.InsertDelivery(osprey.Delivery{
				ID: id, EventID: h.ids.New(), Event: osprey.EventGroupCompleted, Company: e.company.ID, Group: h.ids.New(), URL: url,
			})
			if !ok {
				t.Error("not inserted")
			}
			return err
		})
		ids = append(ids, id)
	}
	return ids
}

// TestGroupTellsAnAddressOnce: a second event of a group for an address is none.
func TestGroupTellsAnAddressOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	h.do(e.scope(), func(tx *Tx) error {
		d := osprey.Delivery{ID: h.ids.New(), EventID: h.ids.New(), Event: osprey.EventGroupCompleted, Company: e.company.ID, Group: e.analysis.Group, URL: hook}
		again, err := tx.InsertDelivery(d)
		d.URL += "/other"
		other, otherErr := tx.InsertDelivery(d)
		d.ID, d.EventID, d.Event = h.ids.New(), h.ids.New(), osprey.EventOperatorDecided
		decided, decidedErr := tx.InsertDelivery(d)
		if again || !other || !decided {
			t.Errorf("again %t, another address %t, another event %t", again, other, decided)
		}
		return errors.Join(err, otherErr, decidedErr)
	})
}

// TestClaims: what somebody has taken nobody else gets, until the lease is over or given
// back; the result of an older run is void.
func TestClaims(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	ids := deliveries(t, h, e, "https://a.example.com", 3)
	claim := func(lease time.Duration, most int) (out []osprey.Delivery) {
		h.do(osprey.Everything(), func(tx *Tx) (err error) {
			out, err = tx.ClaimDeliveries(DueAddress{e.company.ID, "https://a.example.com"}, lease, most)
			return err
		})
		return out
	}
	first := claim(time.Hour, 2)
	if len(first) != 2 || first[0].ID != ids[0] || first[1].ID != ids[1] || first[0].Run != 1 {
		t.Fatalf("first: %+v", first)
	}
	short := claim(-time.Second, 2)
	if len(short) != 1 || short[0].ID != ids[2] {
		t.Fatalf("second: %+v", short)
	}
	again := claim(time.Hour, 2)
	if len(again) != 1 || again[0].ID != ids[2] || again[0].Run != 2 {
		t.Fatalf("after a lease that is over: %+v", again)
	}
	end := func(d osprey.Delivery) (mine bool) {
		h.do(osprey.Everything(), func(tx *Tx) (err error) {
			d.Status = osprey.DeliveryDelivered
			mine, err = tx.EndAttempt(d, osprey.DeliveryAttempt{Attempt: 1})
			return err
		})
		return mine
	}
	if end(short[0]) {
		t.Error("the result of an older run was taken")
	}
	if !end(again[0]) || end(again[0]) {
		t.Error("the present run ends once")
	}
	h.do(osprey.Everything(), func(tx *Tx) error {
		n, err := tx.ReleaseDeliveries()
		if n != 2 {
			t.Errorf("%d released", n)
		}
		return err
	})
	if back := claim(time.Hour, 9); len(back) != 2 || back[0].Run != 2 {
		t.Errorf("after the release: %+v", back)
	}
}

// TestErasedFoldersSayNothing: what is pending goes with the folder, what was told stays
// in the log.
func TestErasedFoldersSayNothing(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	h.do(e.scope(), func(tx *Tx) error { return tx.DeleteFolder(e.folder.ID) })
	h.see(e.scope(), func(tx *Tx) error {
		if _, err := tx.Delivery(e.waiting); !errors.Is(err, ErrNotFound) {
			t.Errorf("pending: %v", err)
		}
		told, err := tx.DeliveryAttempts(e.told)
		if len(told) != 1 || told[0].HTTPStatus != 410 || told[0].Duration != time.Second {
			t.Errorf("told: %+v", told)
		}
		return err
	})
}
