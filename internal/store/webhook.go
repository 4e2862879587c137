package store

import (
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

var deliveryList = &list{
	table:   "webhook_delivery",
	company: "company_id",
	updated: "updated",
	fields: map[Field]condition{
		FieldID: column("id"), FieldCompany: column("company_id"), FieldFolder: column("folder_id"),
		FieldEvent: column("event"), FieldStatus: column("status"),
	},
}

func deliveryOf(r query.WebhookDelivery) (osprey.Delivery, error) {
	var d decoder
	return osprey.Delivery{
		ID: r.ID, EventID: r.EventID, Event: r.Event, Company: r.CompanyID, Folder: r.FolderID, Group: r.GroupID,
		Analysis: r.AnalysisID, URL: r.Url, Details: d.object(r.Details), Status: r.Status,
		Attempts: int(r.Attempts), Tries: int(r.Tries), Next: r.NextAttempt, Run: int(r.Run), Created: r.Created, Updated: r.Updated,
	}, d.err
}

// InsertDelivery stores a new one, pending and due now. It reports false, having
// changed nothing, when the group has told that address already.
func (tx *Tx) InsertDelivery(d osprey.Delivery) (bool, error) {
	if !tx.scope.Covers(d.Company, tx.scope.Owner) {
		return false, ErrNotFound
	}
	var e encoder
	p := query.InsertDeliveryParams{
		ID: d.ID, EventID: d.EventID, Event: d.Event, CompanyID: d.Company, FolderID: d.Folder, GroupID: d.Group,
		AnalysisID: d.Analysis, Url: d.URL, Details: e.object(d.Details), Status: osprey.DeliveryPending,
		NextAttempt: tx.now, Created: tx.moment(d.Created), Updated: tx.now,
	}
	if e.err != nil {
		return false, e.err
	}
	n, err := tx.q.InsertDelivery(tx.ctx, p)
	return n == 1, tx.fail(err)
}

// Delivery returns one.
func (tx *Tx) Delivery(id osprey.ID) (osprey.Delivery, error) {
	r, err := tx.q.Delivery(tx.ctx, query.DeliveryParams{ID: id, Scope: tx.company()})
	if err != nil {
		return osprey.Delivery{}, tx.fail(err)
	}
	return deliveryOf(r)
}

// Deliveries lists them; fields: id, company_id, folder_id, event, status.
func (tx *Tx) Deliveries(q Query) ([]osprey.Delivery, int, error) {
	return page(tx, deliveryList, q, deliveryOf)
}

// DeliveryAttempts returns those of a delivery, first to last.
func (tx *Tx) DeliveryAttempts(id osprey.ID) ([]osprey.DeliveryAttempt, error) {
	rows, err := tx.q.DeliveryAttempts(tx.ctx, query.DeliveryAttemptsParams{ID: id, Scope: tx.company()})
	if err != nil {
		return nil, tx.fail(err)
	}
	return all(rows, func(r query.WebhookAttempt) (osprey.DeliveryAttempt, error) {
		return osprey.DeliveryAttempt{
			Attempt: int(r.Attempt), Time: r.Created, HTTPStatus: int(r.HttpStatus), Error: r.Error,
			Duration: time.Duration(r.Duration) * time.Microsecond,
		}, nil
	})
}

// DueAddress is an address of a company that deliveries wait for.
type DueAddress struct {
	Company osprey.ID
	URL     string
}

// DueCompanies lists the companies with deliveries that are due and that nobody has
// taken, those that have waited longest first, at most most.
func (tx *Tx) DueCompanies(most int) ([]osprey.ID, error) {
	rows, err := tx.q.DueCompanies(tx.ctx, query.DueCompaniesParams{Now: tx.now, Scope: tx.company(), Most: int64(most)})
	if err != nil {
		return nil, tx.fail(err)
	}
	return all(rows, func(r query.DueCompaniesRow) (osprey.ID, error) { return r.CompanyID, nil })
}

// DueAddresses lists the addresses of a company in the same way.
func (tx *Tx) DueAddresses(company osprey.ID, most int) ([]DueAddress, error) {
	rows, err := tx.q.DueAddresses(tx.ctx, query.DueAddressesParams{CompanyID: company, Now: tx.now, Scope: tx.company(), Most: int64(most)})
	if err != nil {
		return nil, tx.fail(err)
	}
	return all(rows, func(r query.DueAddressesRow) (DueAddress, error) { return DueAddress{company, r.Url}, nil })
}

// ClaimDeliveries takes deliveries of an address that are due, at most most, for the
// time given: nobody else gets them until then, and results of earlier runs are void.
func (tx *Tx) ClaimDeliveries(a DueAddress, lease time.Duration, most int) ([]osprey.Delivery, error) {
	ids, err := tx.q.DueDeliveries(tx.ctx, query.DueDeliveriesParams{
		CompanyID: a.Company, Url: a.URL, Now: tx.now, Scope: tx.company(), Most: int64(most),
	})
	if err != nil {
		return nil, tx.fail(err)
	}
	var out []osprey.Delivery
	for _, id := range ids {
		r, err := tx.q.ClaimDelivery(tx.ctx, query.ClaimDeliveryParams{
			ID: id, Until: tx.now.Add(lease), Now: tx.now, Scope: tx.company(),
		})
		if err := tx.fail(err); isNotFound(err) {
			continue // another node was quicker
		} else if err != nil {
			return nil, err
		}
		d, err := deliveryOf(r)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// ReleaseDeliveries gives back all that was taken: whoever took it does not live any
// more. It returns how many.
func (tx *Tx) ReleaseDeliveries() (int, error) {
	if err := tx.everything(); err != nil {
		return 0, err
	}
	n, err := tx.q.ReleaseDeliveries(tx.ctx, tx.company())
	return int(n), tx.fail(err)
}

// EndAttempt writes what an attempt made of a delivery (Delivery.Record) and adds the
// attempt to its log, if d.Run still has it; it reports false, having changed nothing,
// when it is gone or somebody else's.
func (tx *Tx) EndAttempt(d osprey.Delivery, a osprey.DeliveryAttempt) (bool, error) {
	n, err := tx.q.EndAttempt(tx.ctx, query.EndAttemptParams{
		ID: d.ID, Run: int64(d.Run), Status: d.Status, Attempts: int64(d.Attempts), Tries: int64(d.Tries),
		NextAttempt: d.Next, Updated: tx.now, Scope: tx.company(),
	})
	if err != nil || n == 0 {
		return false, tx.fail(err)
	}
	return true, tx.fail(tx.q.InsertAttempt(tx.ctx, query.InsertAttemptParams{
		DeliveryID: d.ID, Attempt: int64(a.Attempt), Created: tx.moment(a.Time), HttpStatus: int64(a.HTTPStatus),
		Error: a.Error, Duration: a.Duration.Microseconds(),
	}))
}

// Redeliver begins a new schedule of a delivery that has ended, due now; it reports
// false when it has not, or is not there.
func (tx *Tx) Redeliver(id osprey.ID) (bool, error) {
	n, err := tx.q.Redeliver(tx.ctx, query.RedeliverParams{ID: id, Now: tx.now, Scope: tx.company()})
	return n == 1, tx.fail(err)
}

// DropDelivery removes a pending one that run has; it reports false when it is gone or
// somebody else's.
func (tx *Tx) DropDelivery(id osprey.ID, run int) (bool, error) {
	n, err := tx.q.DropDelivery(tx.ctx, query.DropDeliveryParams{ID: id, Run: int64(run), Scope: tx.company()})
	return n == 1, tx.fail(err)
}

// DropGroupDeliveries removes what is pending for an address of a group, and returns
// how many.
func (tx *Tx) DropGroupDeliveries(group osprey.ID, url string) (int, error) {
	n, err := tx.q.DropGroupDeliveries(tx.ctx, query.DropGroupDeliveriesParams{GroupID: group, Url: url, Scope: tx.company()})
	return int(n), tx.fail(err)
}

// DropAnalysisDeliveries removes what is pending for an analysis alone, and returns how
// many.
func (tx *Tx) DropAnalysisDeliveries(analysis osprey.ID) (int, error) {
	n, err := tx.q.DropAnalysisDeliveries(tx.ctx, query.DropAnalysisDeliveriesParams{AnalysisID: analysis, Scope: tx.company()})
	return int(n), tx.fail(err)
}

// DeleteEndedDeliveries removes those that ended before the moment, with their
// attempts, at most limit of them, and returns how many.
func (tx *Tx) DeleteEndedDeliveries(before osprey.Time, limit int) (int, error) {
	n, err := tx.q.DeleteEndedDeliveries(tx.ctx, query.DeleteEndedDeliveriesParams{Before: before, Most: int64(limit), Scope: tx.company()})
	return int(n), tx.fail(err)
}

// PendingDeliveries counts those that wait and returns the creation of the oldest, 0
// when there is none.
func (tx *Tx) PendingDeliveries() (n int, oldest osprey.Time, err error) {
	if err := tx.everything(); err != nil {
		return 0, 0, err
	}
	r, err := tx.q.PendingDeliveries(tx.ctx, tx.company())
	return int(r.Pending), osprey.Time(r.Oldest), tx.fail(err)
}

func secretOf(r query.WebhookSecret) (osprey.WebhookSecret, error) {
	return osprey.WebhookSecret{
		ID: r.ID, Company: r.CompanyID, Prefix: r.Prefix, Sealed: r.Sealed, Automatic: r.Automatic,
		LastUsed: r.LastUsed, Created: r.Created,
	}, nil
}

// InsertWebhookSecret stores a new one. ErrReferenced: there is no such company.
func (tx *Tx) InsertWebhookSecret(s osprey.WebhookSecret) error {
	if !tx.scope.Covers(s.Company, tx.scope.Owner) {
		return ErrNotFound
	}
	return tx.one(tx.q.InsertWebhookSecret(tx.ctx, query.InsertWebhookSecretParams{
		ID: s.ID, CompanyID: s.Company, Prefix: s.Prefix, Sealed: s.Sealed, Automatic: s.Automatic,
		LastUsed: s.LastUsed, Created: tx.moment(s.Created),
	}))
}

// WebhookSecrets returns those of a company, newest first.
func (tx *Tx) WebhookSecrets(company osprey.ID) ([]osprey.WebhookSecret, error) {
	rows, err := tx.q.WebhookSecretsOf(tx.ctx, query.WebhookSecretsOfParams{CompanyID: company, Scope: tx.company()})
	if err != nil {
		return nil, tx.fail(err)
	}
	return all(rows, secretOf)
}

// DeleteWebhookSecret removes one of a company.
func (tx *Tx) DeleteWebhookSecret(company, id osprey.ID) error {
	return tx.one(tx.q.DeleteWebhookSecret(tx.ctx, query.DeleteWebhookSecretParams{ID: id, CompanyID: company, Scope: tx.company()}))
}

// DeleteAutomaticSecrets removes what the server made for a company, and returns how
// many.
func (tx *Tx) DeleteAutomaticSecrets(company osprey.ID) (int, error) {
	n, err := tx.q.DeleteAutomaticSecrets(tx.ctx, query.DeleteAutomaticSecretsParams{CompanyID: company, Scope: tx.company()})
	return int(n), tx.fail(err)
}

// UseWebhookSecrets notes that those of a company signed something now, and returns how
// many there are.
func (tx *Tx) UseWebhookSecrets(company osprey.ID) (int, error) {
	n, err := tx.q.UseWebhookSecrets(tx.ctx, query.UseWebhookSecretsParams{CompanyID: company, LastUsed: tx.now, Scope: tx.company()})
	return int(n), tx.fail(err)
}
