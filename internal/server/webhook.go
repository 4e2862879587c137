package server

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"example.org/osprey/internal/analysis"
	"example.org/osprey/internal/config"
	"example.org/osprey/internal/egress"
	"example.org/osprey/internal/killpoint"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/vault"
	"example.org/osprey/internal/webhook"
)

// newGuard makes what checks and opens connections to addresses of webhooks.
func newGuard(c config.Webhook) (*egress.Guard, error) {
	o := egress.Options{Timeout: c.Timeout, AllowHTTP: c.AllowHTTP, Ports: c.AllowedPorts, Networks: c.AllowedNetworks}
	if proxy := c.Proxy.Reveal(); proxy != "" {
		u, err := url.Parse(proxy)
		if err != nil {
			return nil, fmt.Errorf("webhook.proxy: it is not a URL") //nolint:err113,perfsprint // the cause would repeat the credentials
		}
		o.Proxy = u
	}
	return egress.New(o), nil
}

// openWebhooks makes the outbox.
func (h *House) openWebhooks() (err error) {
	if h.guard, err = newGuard(h.config.Webhook); err != nil {
		return err
	}
	h.webhooks = webhook.NewService(webhook.Options{
		Store: h.st, Vault: h.ring, Bind: vault.AAD, Guard: h.guard, Audit: h.record, IDs: h.ids, Clock: h.clock,
		Render:  func(told webhook.Occasion) ([]byte, error) { return h.api.WebhookBody(told) },
		Timeout: h.config.Webhook.Timeout, Hasten: killpoint.Hasten, Observe: h.metrics.WebhookAttempted, Logger: h.log,
	})
	return nil
}

// webhookHook takes part in what happens to analyses.
func (h *House) webhookHook(tx *store.Tx, c analysis.Change) error {
	switch c.Kind {
	case analysis.Ended:
		return h.webhooks.Ended(tx, c.Analysis)
	case analysis.Decided:
		return h.webhooks.Decided(tx, c.Analysis)
	case analysis.Deleted:
		return h.webhooks.Deleted(tx, c.Analysis)
	}
	return nil
}

// pendingWebhooks is the figure of deliveries that wait, and the age of the oldest.
func (h *House) pendingWebhooks() (n int, oldest time.Duration, ok bool) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	n, oldest, err := h.webhooks.Pending(ctx)
	return n, oldest, err == nil
}

// ownURL is the address of the main listener, once it listens.
func (h *House) ownURL() string {
	if u := h.listensAt.Load(); u != nil {
		return *u
	}
	return ""
}
