package httpapi

import (
	"encoding/json"
	"fmt"

	"example.org/osprey"
	"example.org/osprey/internal/webhook"
	"example.org/osprey/internal/wire"
)

// secretObject is a secret in the list; its text is never among the keys.
type secretObject struct {
	ID       osprey.ID   `json:"secret_id"`
	Prefix   string      `json:"prefix"`
	Created  osprey.Time `json:"time_created"`
	LastUsed osprey.Time `json:"last_used"`
}

func showSecret(s osprey.WebhookSecret) secretObject {
	return secretObject{ID: s.ID, Prefix: s.Prefix, Created: s.Created, LastUsed: s.LastUsed}
}

// newSecretObject is a secret when it is made.
type newSecretObject struct {
	ID      osprey.ID   `json:"secret_id"`
	Secret  string      `json:"secret"`
	Created osprey.Time `json:"time_created"`
}

// deliveryObject is a delivery in the list (api.md 13.4).
type deliveryObject struct {
	ID       osprey.ID             `json:"delivery_id"`
	Event    osprey.ID             `json:"event_id"`
	Name     osprey.WebhookEvent   `json:"event"`
	Company  osprey.ID             `json:"company_id"`
	Folder   *osprey.ID            `json:"folder_id"`
	URL      string                `json:"url"`
	Status   osprey.DeliveryStatus `json:"status"`
	Attempts int                   `json:"attempts_count"`
	Next     osprey.Time           `json:"next_attempt_time"`
	Created  osprey.Time           `json:"time_created"`
}

func showDelivery(d osprey.Delivery) deliveryObject {
	return deliveryObject{
		ID: d.ID, Event: d.EventID, Name: d.Event, Company: d.Company, Folder: orNull(d.Folder), URL: d.URL,
		Status: d.Status, Attempts: d.Attempts, Next: d.Next, Created: d.Created,
	}
}

// deliveryLogObject is a delivery with what was tried.
type deliveryLogObject struct {
	deliveryObject
	Attempts []attemptObject `json:"attempts"`
}

type attemptObject struct {
	Attempt int         `json:"attempt"`
	Time    osprey.Time `json:"time"`
	Status  *int        `json:"http_status"`
	Error   *string     `json:"error"`
	Took    int64       `json:"duration_ms"`
}

func showAttempt(a osprey.DeliveryAttempt) attemptObject {
	return attemptObject{
		Attempt: a.Attempt, Time: a.Time, Status: orNull(a.HTTPStatus), Error: orNull(a.Error), Took: a.Duration.Milliseconds(),
	}
}

// webhookTestObject is what came of a ping.
type webhookTestObject struct {
	Status *int    `json:"http_status"`
	Error  *string `json:"error"`
	Took   int64   `json:"duration_ms"`
}

// webhookObject is the body of a request to an address (api.md 13.2): folder and
// analyses, or for events of a company as such its id and what they are about.
type webhookObject struct {
	EventID  osprey.ID           `json:"event_id"`
	Event    osprey.WebhookEvent `json:"event"`
	Time     osprey.Time         `json:"time"`
	Folder   *folderObject       `json:"folder,omitempty"`
	Analyses *[]analysisObject   `json:"analyses,omitempty"`
	Company  *osprey.ID          `json:"company_id,omitempty"`
	Quota    any                 `json:"quota,omitempty"`
}

// WebhookBody is the body of a webhook's request. Its links are signed now, like those
// of any answer.
func (a *API) WebhookBody(told webhook.Occasion) ([]byte, error) {
	d := told.Delivery
	o := webhookObject{EventID: d.EventID, Event: d.Event, Time: d.Created, Quota: d.Details["quota"]}
	if told.Folder == nil {
		o.Company = &d.Company
	} else {
		s := show{signer: a.Signer, base: a.ownBase()}
		rows := byID(told.Media, told.Results)
		o.Folder = some(s.folder(*told.Folder, told.Media))
		o.Analyses = some(wire.Each(told.Analyses, func(an osprey.Analysis) analysisObject { return s.analysis(an, rows) }))
	}
	b, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("webhook body: %w", err)
	}
	return b, nil
}

// ownBase is what links begin with that are made without a request.
func (a *API) ownBase() string {
	if url := a.Config.HTTP.PublicURL; url != "" || a.OwnURL == nil {
		return url
	}
	return a.OwnURL()
}
