package httpapi

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"example.org/osprey"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/wire"
)

// endpointKey is the key of a webhook's address, in all scopes.
const endpointKey = "resolution_endpoint"

// checkEndpoints refuses addresses in a body, at its root or in an entry of analyses,
// that no webhook would be sent to. An empty one switches the webhook off.
func (a *API) checkEndpoints(o *wire.Object) {
	for _, scope := range append([]*wire.Object{o}, o.Objects("analyses")...) {
		if url := scope.String(endpointKey); url != nil && *url != "" {
			if err := a.CheckEndpoint(scope.Name(endpointKey), *url); err != nil {
				o.Fail(err)
				return
			}
		}
	}
}

func (a *API) listWebhookSecrets(c *call) (answer, error) {
	page, fault := pageUnder(wire.List{}, c.params)
	secrets, err := a.Webhooks.Secrets(c.ctx(), c.grant, c.id("company_id"))
	if err = cmp.Or(err, fault); err != nil {
		return nil, err
	}
	total := len(secrets)
	if s := page.Query.Sort; s == store.CreatedAsc || s == store.UpdatedAsc {
		slices.Reverse(secrets)
	}
	secrets = secrets[min(page.Query.Offset, total):]
	secrets = secrets[:min(page.Query.Limit, len(secrets))]
	return ok(wire.Body(page, wire.Each(secrets, showSecret), total))
}

func (a *API) createWebhookSecret(c *call) (answer, error) {
	secret, text, err := a.Webhooks.CreateSecret(c.ctx(), c.grant, c.id("company_id"))
	if err != nil {
		return nil, err
	}
	return created(newSecretObject{ID: secret.ID, Secret: text, Created: secret.Created})
}

func (a *API) deleteWebhookSecret(c *call) (answer, error) {
	return done(a.Webhooks.DeleteSecret(c.ctx(), c.grant, c.id("company_id"), c.id("secret_id")))
}

var deliveryList = wire.List{Times: true, Filters: []wire.Filter{
	wire.ByID("delivery_id", store.FieldID),
	wire.ByID("company_id", store.FieldCompany),
	wire.ByID("folder_id", store.FieldFolder),
	wire.ByWord("status", store.FieldStatus, osprey.ParseDeliveryStatus),
	wire.ByWord("event", store.FieldEvent, osprey.ParseWebhookEvent),
}}

func (a *API) listDeliveries(c *call) (answer, error) {
	page, err := deliveryList.Page(c.params)
	if err != nil {
		return nil, err
	}
	deliveries, total, err := a.Webhooks.Deliveries(c.ctx(), c.grant, page.Query)
	if err != nil {
		return nil, err
	}
	return ok(wire.Body(page, wire.Each(deliveries, showDelivery), total))
}

func (a *API) getDelivery(c *call) (answer, error) {
	d, attempts, err := a.Webhooks.Delivery(c.ctx(), c.grant, c.id("delivery_id"))
	if err != nil {
		return nil, err
	}
	return ok(deliveryLogObject{deliveryObject: showDelivery(d), Attempts: wire.Each(attempts, showAttempt)})
}

func (a *API) redeliver(c *call) (answer, error) {
	return effect(c, http.StatusAccepted,
		func(ctx context.Context) (osprey.Delivery, error) {
			return a.Webhooks.Redeliver(ctx, c.grant, c.id("delivery_id"))
		},
		func(d osprey.Delivery) any { return showDelivery(d) })
}

func (a *API) testWebhook(c *call) (answer, error) {
	o, err := c.body()
	if err != nil {
		return nil, err
	}
	o.Require("url")
	url, named := o.Text("url"), o.ID("company_id")
	if err := o.Err(); err != nil {
		return nil, err
	}
	company, err := c.grant.Company(named)
	if err != nil {
		return nil, err
	}
	c.withoutEffect() // it is sent before anything could be committed
	attempt, err := a.Webhooks.Test(c.ctx(), c.grant, company, url)
	if err != nil {
		return nil, err
	}
	shown := showAttempt(attempt)
	return ok(webhookTestObject{Status: shown.Status, Error: shown.Error, Took: shown.Took})
}
