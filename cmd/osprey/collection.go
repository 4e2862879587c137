package main

import (
	"net/url"
	"os"
	"strconv"

	"example.org/osprey/client"
)

// collectionCommand keeps collections.
type collectionCommand struct {
	List   collectionList   `cmd:"" help:"List collections."`
	Info   collectionInfo   `cmd:"" help:"Show a collection: its sizes, the threshold in force and what it means."`
	Create collectionCreate `cmd:"" help:"Create a collection."`
	Update collectionUpdate `cmd:"" help:"Change a collection."`
	Delete collectionDelete `cmd:"" help:"Delete an empty collection."`
	Import importCommand    `cmd:"" help:"Enrol many photos."`
	Export collectionExport `cmd:"" help:"Write all persons of a collection to a ZIP that can be imported again."`
	Search searchCommand    `cmd:"" help:"Look for the persons of photos. Exit code 3: nobody matches."`
}

var collectionColumns = []column[client.Collection]{
	{"collection_id", func(x client.Collection) string { return x.ID }},
	{"alias", func(x client.Collection) string { return x.Alias }},
	{"on_match", func(x client.Collection) string { return x.OnMatch }},
	{"persons", func(x client.Collection) string { return strconv.Itoa(x.Persons) }},
	{"images", func(x client.Collection) string { return strconv.Itoa(x.Images) }},
	{"threshold", func(x client.Collection) string { return number(x.Threshold) }},
	{"target_fpir", func(x client.Collection) string { return number(x.TargetFPIR) }},
	{"face_rule", func(x client.Collection) string { return x.FaceRule }},
	{"company_id", func(x client.Collection) string { return x.CompanyID }},
}

type collectionList struct {
	Company string `placeholder:"COMPANY" help:"Only collections of this company (id or name)."`
	Search  string `placeholder:"TEXT" help:"Only those whose alias holds this text."`
}

// Run lists collections.
func (l *collectionList) Run(c *call) error {
	api, done, err := c.connect()
	if err != nil {
		return err
	}
	defer done()
	filter := url.Values{}
	company, err := c.companyOf(api, l.Company)
	if err != nil {
		return err
	}
	if company != "" {
		filter.Set("company_id", company)
	}
	items, err := collect(c.ctx, client.List{Search: l.Search, Filter: filter}, api.Collections)
	if err != nil {
		return err
	}
	return list(c, items, collectionColumns)
}

// collectionRules are the settings of a collection that create and update share.
type collectionRules struct {
	OnMatch    string `help:"decline, operator or accept."`
	Threshold  string `placeholder:"NUMBER" help:"Confidence from which a score is a match, or null for the company's."`
	TargetFPIR string `name:"target-fpir" placeholder:"NUMBER" help:"Wanted bound on the share of strangers that match, or null."`
	FaceRule   string `help:"strict or largest."`
}

// fields are the rules that were given, as the API takes them.
func (r collectionRules) fields() (client.Fields, error) {
	fields := client.Fields{}
	if r.OnMatch != "" {
		fields["on_match"] = r.OnMatch
	}
	if r.FaceRule != "" {
		fields["face_rule"] = r.FaceRule
	}
	for key, text := range map[string]string{"threshold": r.Threshold, "target_fpir": r.TargetFPIR} {
		switch text {
		case "":
		case "null":
			fields[key] = nil
		default:
			v, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return nil, usagef("--%s: %q is neither a number nor null", key, text)
			}
			fields[key] = v
		}
	}
	return fields, nil
}

type collectionCreate struct {
	Alias   string `required:"" help:"Name of the collection, unique in its company."`
	Company string `placeholder:"COMPANY" help:"Id or name of the company that owns it."`
	collectionRules
}

// Run creates a collection.
func (n *collectionCreate) Run(c *call) error {
	fields, err := n.fields()
	if err != nil {
		return err
	}
	api, done, err := c.connect()
	if err != nil {
		return err
	}
	defer done()
	company, err := c.companyOf(api, n.Company)
	if err != nil {
		return err
	}
	fields["alias"] = n.Alias
	if company != "" {
		fields["company_id"] = company
	}
	if c.DryRun {
		c.notef("would create the collection %q\n", n.Alias)
		return nil
	}
	var made client.Collection
	if err := api.Do(c.ctx, "POST", "/api/collections/", fields, &made); err != nil {
		return err
	}
	return one(c, made, collectionColumns)
}

type collectionUpdate struct {
	Collection string `arg:"" help:"Id or alias."`
	Company    string `placeholder:"COMPANY" help:"Company of the alias."`
	Alias      string `help:"New alias."`
	collectionRules
}

// Run changes a collection.
func (u *collectionUpdate) Run(c *call) error {
	fields, err := u.fields()
	if err != nil {
		return err
	}
	if u.Alias != "" {
		fields["alias"] = u.Alias
	}
	api, done, err := c.connect()
	if err != nil {
		return err
	}
	defer done()
	found, err := c.collectionOf(api, u.Collection, u.Company)
	if err != nil {
		return err
	}
	if c.DryRun {
		c.notef("would change the collection %s\n", found.Alias)
		return nil
	}
	changed, err := api.UpdateCollection(c.ctx, found.ID, fields)
	if err != nil {
		return err
	}
	return one(c, changed, collectionColumns)
}

type collectionDelete struct {
	Collection string `arg:"" help:"Id or alias."`
	Company    string `placeholder:"COMPANY" help:"Company of the alias."`
}

// Run deletes a collection.
func (d *collectionDelete) Run(c *call) error {
	api, done, err := c.connect()
	if err != nil {
		return err
	}
	defer done()
	found, err := c.collectionOf(api, d.Collection, d.Company)
	if err != nil {
		return err
	}
	if c.DryRun {
		c.notef("would delete the collection %s\n", found.Alias)
		return nil
	}
	if err := c.confirm("Delete the collection " + found.Alias + "?"); err != nil {
		return err
	}
	return api.DeleteCollection(c.ctx, found.ID)
}

type collectionExport struct {
	Collection string `required:"" help:"Id or alias."`
	Company    string `placeholder:"COMPANY" help:"Company of the alias."`
	Out        string `required:"" placeholder:"FILE" help:"The ZIP to write, - for stdout."`
}

// Run exports a collection. A file appears whole or not at all.
func (x *collectionExport) Run(c *call) error {
	api, done, err := c.connect()
	if err != nil {
		return err
	}
	defer done()
	found, err := c.collectionOf(api, x.Collection, x.Company)
	if err != nil {
		return err
	}
	if x.Out == "-" {
		return api.ExportCollection(c.ctx, found.ID, c.stdout)
	}
	part := x.Out + ".part"
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // the user names the file
	if err != nil {
		return err
	}
	err = api.ExportCollection(c.ctx, found.ID, f)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		_ = os.Remove(part)
		return err
	}
	if err := os.Rename(part, x.Out); err != nil {
		return err
	}
	c.notef("%d persons with %d photos written to %s\n", found.Persons, found.Images, x.Out)
	return nil
}
