package main

import (
	"context"
	"encoding/json"
	"strings"

	"example.org/osprey/client"
)

// companyCommand keeps companies.
type companyCommand struct {
	List   companyList   `cmd:"" help:"List companies."`
	Create companyCreate `cmd:"" help:"Create a company."`
	Update companyUpdate `cmd:"" help:"Change a company."`
	Delete companyDelete `cmd:"" help:"Delete a company that holds nothing any more."`
}

var companyColumns = []column[client.Company]{
	{"company_id", func(c client.Company) string { return c.ID }},
	{"name", func(c client.Company) string { return c.Name }},
	{"active", func(c client.Company) string { return yesNo(c.Active) }},
}

type companyList struct {
	Search string `placeholder:"TEXT" help:"Only those whose name holds this text."`
}

// Run lists companies.
func (l *companyList) Run(c *call) error {
	api, done, err := c.connect()
	if err != nil {
		return err
	}
	defer done()
	items, err := collect(c.ctx, client.List{Search: l.Search}, api.Companies)
	if err != nil {
		return err
	}
	return list(c, items, companyColumns)
}

// collect reads a list to its end.
func collect[T any](ctx context.Context, l client.List, fetch func(context.Context, client.List) (client.Page[T], error)) ([]T, error) {
	items := []T{}
	for item, err := range client.All(ctx, l, fetch) {
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

type companyCreate struct {
	Name     string   `required:"" help:"Name of the company."`
	Settings []string `arg:"" optional:"" name:"key=value" help:"Settings, as in analysis_settings.collection.threshold=0.9."`
}

// Run creates a company.
func (n *companyCreate) Run(c *call) error {
	fields, err := parseFields(n.Settings)
	if err != nil {
		return err
	}
	api, done, err := c.connect()
	if err != nil {
		return err
	}
	defer done()
	if c.DryRun {
		c.notef("would create the company %q\n", n.Name)
		return nil
	}
	company, err := api.CreateCompany(c.ctx, n.Name, fields)
	if err != nil {
		return err
	}
	return one(c, company, companyColumns)
}

type companyUpdate struct {
	Company  string   `arg:"" help:"Id or name."`
	Name     string   `help:"New name."`
	Settings []string `arg:"" optional:"" name:"key=value" help:"Settings, as in analysis_settings.collection.threshold=0.9; null resets one."`
}

// Run changes a company.
func (u *companyUpdate) Run(c *call) error {
	fields, err := parseFields(u.Settings)
	if err != nil {
		return err
	}
	if u.Name != "" {
		fields["name"] = u.Name
	}
	api, done, err := c.connect()
	if err != nil {
		return err
	}
	defer done()
	id, err := c.companyOf(api, u.Company)
	if err != nil {
		return err
	}
	if c.DryRun {
		c.notef("would change the company %s\n", id)
		return nil
	}
	company, err := api.UpdateCompany(c.ctx, id, fields)
	if err != nil {
		return err
	}
	return one(c, company, companyColumns)
}

type companyDelete struct {
	Company string `arg:"" help:"Id or name."`
}

// Run deletes a company.
func (d *companyDelete) Run(c *call) error {
	api, done, err := c.connect()
	if err != nil {
		return err
	}
	defer done()
	id, err := c.companyOf(api, d.Company)
	if err != nil {
		return err
	}
	if c.DryRun {
		c.notef("would delete the company %s\n", id)
		return nil
	}
	if err := c.confirm("Delete the company " + d.Company + "?"); err != nil {
		return err
	}
	return api.DeleteCompany(c.ctx, id)
}

// parseFields reads a.b.c=value into nested objects. A value that is JSON is
// taken as such, anything else as text.
func parseFields(pairs []string) (client.Fields, error) {
	fields := client.Fields{}
	for _, pair := range pairs {
		path, text, ok := strings.Cut(pair, "=")
		if !ok || path == "" {
			return nil, usagef("%q is not KEY=VALUE", pair)
		}
		var value any = text
		var parsed any
		if json.Unmarshal([]byte(text), &parsed) == nil {
			value = parsed
		}
		keys := strings.Split(path, ".")
		at := map[string]any(fields)
		for _, key := range keys[:len(keys)-1] {
			next, ok := at[key].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[key] = next
			}
			at = next
		}
		at[keys[len(keys)-1]] = value
	}
	return fields, nil
}
