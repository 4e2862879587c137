package client

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"example.org/osprey"
)

// WebhookSecret signs the webhook requests of a company. Secret is there only in the
// answer that made it.
type WebhookSecret struct {
	ID          string `json:"secret_id"`
	Prefix      string `json:"prefix,omitempty"`
	Secret      string `json:"secret,omitempty"`
	TimeCreated Time   `json:"time_created"`
	LastUsed    Time   `json:"last_used"`
}

func webhookSecretsPath(company string) string { return companyPath(company) + "webhook_secrets/" }

// WebhookSecrets lists the secrets of a company.
func (c *Client) WebhookSecrets(ctx context.Context, company string, l List) (Page[WebhookSecret], error) {
	return page[WebhookSecret](ctx, c, webhookSecretsPath(company), l)
}

// CreateWebhookSecret makes a secret; a company has two at most.
func (c *Client) CreateWebhookSecret(ctx context.Context, company string) (WebhookSecret, error) {
	var s WebhookSecret
	err := c.Do(ctx, http.MethodPost, webhookSecretsPath(company), nil, &s)
	return s, err
}

// DeleteWebhookSecret removes a secret.
func (c *Client) DeleteWebhookSecret(ctx context.Context, company, secret string) error {
	return c.Do(ctx, http.MethodDelete, webhookSecretsPath(company)+url.PathEscape(secret)+"/", nil, nil)
}

// Delivery is one event on its way to one address. Attempts are there only in the answer
// of Delivery.
type Delivery struct {
	ID              string            `json:"delivery_id"`
	EventID         string            `json:"event_id"`
	Event           string            `json:"event"`
	CompanyID       string            `json:"company_id"`
	FolderID        *string           `json:"folder_id"`
	URL             string            `json:"url"`
	Status          string            `json:"status"` // pending, delivered, dead
	AttemptsCount   int               `json:"attempts_count"`
	NextAttemptTime Time              `json:"next_attempt_time"`
	TimeCreated     Time              `json:"time_created"`
	Attempts        []DeliveryAttempt `json:"attempts,omitempty"`
}

// DeliveryAttempt is one request to the address of a delivery.
type DeliveryAttempt struct {
	Attempt    int     `json:"attempt"`
	Time       Time    `json:"time"`
	HTTPStatus *int    `json:"http_status"` // nil: no answer came
	Error      *string `json:"error"`       // nil: the receiver answered 2xx
	DurationMS int64   `json:"duration_ms"`
}

// Deliveries lists deliveries; filters delivery_id, company_id, folder_id, status, event.
func (c *Client) Deliveries(ctx context.Context, l List) (Page[Delivery], error) {
	return page[Delivery](ctx, c, "/api/webhooks/deliveries/", l)
}

func deliveryPath(id string) string { return "/api/webhooks/deliveries/" + url.PathEscape(id) + "/" }

// Delivery returns one with its attempts.
func (c *Client) Delivery(ctx context.Context, id string) (Delivery, error) {
	var d Delivery
	err := c.Do(ctx, http.MethodGet, deliveryPath(id), nil, &d)
	return d, err
}

// Redeliver begins a new schedule of a delivery that was delivered or given up.
func (c *Client) Redeliver(ctx context.Context, id string) (Delivery, error) {
	var d Delivery
	err := c.Do(ctx, http.MethodPost, deliveryPath(id)+"redeliver/", nil, &d)
	return d, err
}

// TestWebhook sends a ping to an address, signed with the secrets of the company, and
// tells what came of it. An empty company is the caller's own.
func (c *Client) TestWebhook(ctx context.Context, address, company string) (DeliveryAttempt, error) {
	body := map[string]string{"url": address}
	if company != "" {
		body["company_id"] = company
	}
	var a DeliveryAttempt
	err := c.Do(ctx, http.MethodPost, "/api/webhooks/test/", body, &a)
	return a, err
}

// MaxSignatureAge is how old a signature may be, and how far in the future.
const MaxSignatureAge = 300 * time.Second

// The reasons why VerifySignature refuses.
var (
	ErrSignature    = errors.New("client: the signature is not valid")
	ErrSignatureOld = errors.New("client: the signature is too old, or of the future")
)

// VerifySignature checks the header Osprey-Signature of a webhook request against its
// body, byte for byte as it came, at the moment now. One of the signatures must be made
// with one of the secrets. The errors are ErrSignature and ErrSignatureOld.
//
// Requests come at least once: a receiver drops those whose event_id it has seen.
func VerifySignature(header string, body []byte, now time.Time, secrets ...string) error {
	stamp, given, ok := readSignature(header)
	if !ok {
		return ErrSignature
	}
	valid := 0
	for _, secret := range secrets {
		_, want, _ := strings.Cut(osprey.SignWebhook([]string{secret}, stamp, body), ",v1=")
		for _, g := range given {
			valid |= subtle.ConstantTimeCompare([]byte(want), []byte(g))
		}
	}
	if valid != 1 {
		return ErrSignature
	}
	if age := now.Sub(time.Unix(stamp, 0)); age > MaxSignatureAge || age < -MaxSignatureAge {
		return ErrSignatureOld
	}
	return nil
}

// maxSignatures bounds the signatures that are compared.
const maxSignatures = 8

// readSignature reads t and the v1 values; what it does not know it passes over.
func readSignature(header string) (stamp int64, v1 []string, ok bool) {
	times := 0
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			n, err := strconv.ParseUint(value, 10, 40)
			if err != nil {
				return 0, nil, false
			}
			stamp = int64(n)
			times++
		case "v1":
			v1 = append(v1, value)
		}
	}
	return stamp, v1, times == 1 && len(v1) > 0 && len(v1) <= maxSignatures
}
