package main

import (
	"context"
	"net/url"
	"regexp"
	"strings"

	"example.org/osprey/client"
)

var uuid = regexp.MustCompile(`(?i)^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// companyOf finds a company by id or by name, without regard to case; empty is
// empty.
func (c *call) companyOf(api *client.Client, name string) (string, error) {
	if name == "" || uuid.MatchString(name) {
		return name, nil
	}
	fetch := func(ctx context.Context, l client.List) (client.Page[client.Company], error) {
		return api.Companies(ctx, l)
	}
	for company, err := range client.All(c.ctx, client.List{Search: name}, fetch) {
		if err != nil {
			return "", err
		}
		if strings.EqualFold(company.Name, name) {
			return company.ID, nil
		}
	}
	return "", notFound("no company has the name %q", name)
}

// userOf finds a user by id or by e-mail.
func (c *call) userOf(api *client.Client, name string) (client.User, error) {
	if uuid.MatchString(name) {
		return api.User(c.ctx, name)
	}
	fetch := func(ctx context.Context, l client.List) (client.Page[client.User], error) { return api.Users(ctx, l) }
	for u, err := range client.All(c.ctx, client.List{Search: name}, fetch) {
		if err != nil {
			return client.User{}, err
		}
		if strings.EqualFold(u.Email, name) {
			return u, nil
		}
	}
	return client.User{}, notFound("no user has the e-mail %q", name)
}

// collectionOf finds a collection by id or by alias, in a company when one is
// given. An alias that several companies use needs the company.
func (c *call) collectionOf(api *client.Client, name, company string) (client.Collection, error) {
	if uuid.MatchString(name) {
		return api.Collection(c.ctx, name)
	}
	filter := url.Values{"alias": {name}}
	if company != "" {
		id, err := c.companyOf(api, company)
		if err != nil {
			return client.Collection{}, err
		}
		filter.Set("company_id", id)
	}
	page, err := api.Collections(c.ctx, client.List{Filter: filter, Limit: 2})
	switch {
	case err != nil:
		return client.Collection{}, err
	case len(page.Items) == 0:
		return client.Collection{}, notFound("no collection has the alias %q", name)
	case len(page.Items) > 1:
		return client.Collection{}, usagef("several companies have a collection %q: say --company, or its id", name)
	}
	return page.Items[0], nil
}
