package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"example.org/osprey/client"
)

// personCommand looks after persons of a collection.
type personCommand struct {
	List   personList   `cmd:"" help:"List the persons of a collection."`
	Show   personShow   `cmd:"" help:"Show a person."`
	Delete personDelete `cmd:"" help:"Delete a person with all photos."`
}

var personColumns = []column[client.Person]{
	{"person_id", func(p client.Person) string { return p.ID }},
	{"name", personName},
	{"images", func(p client.Person) string { return strconv.Itoa(p.ImagesCount) }},
	{"time_created", func(p client.Person) string { return when(p.TimeCreated) }},
}

func personName(p client.Person) string {
	info, _ := p.Metadata["person_info"].(map[string]any)
	var words []string
	for _, key := range []string{"first_name", "middle_name", "last_name"} {
		if s, _ := info[key].(string); s != "" {
			words = append(words, s)
		}
	}
	return strings.Join(words, " ")
}

// inCollection are the flags of commands that work in one collection.
type inCollection struct {
	Collection string `required:"" help:"Id or alias."`
	Company    string `placeholder:"COMPANY" help:"Company of the alias."`
}

type personList struct {
	inCollection
	Search string `placeholder:"TEXT" help:"Only those whose name holds this text."`
}

// Run lists persons.
func (l *personList) Run(c *call) error {
	api, done, err := c.connect()
	if err != nil {
		return err
	}
	defer done()
	found, err := c.collectionOf(api, l.Collection, l.Company)
	if err != nil {
		return err
	}
	items, err := collect(c.ctx, client.List{Search: l.Search}, func(ctx context.Context, p client.List) (client.Page[client.Person], error) {
		return api.Persons(ctx, found.ID, p)
	})
	if err != nil {
		return err
	}
	return list(c, items, personColumns)
}

type personShow struct {
	inCollection
	Person string `arg:"" help:"Id of the person."`
}

// Run shows a person.
func (s *personShow) Run(c *call) error {
	api, done, err := c.connect()
	if err != nil {
		return err
	}
	defer done()
	found, err := c.collectionOf(api, s.Collection, s.Company)
	if err != nil {
		return err
	}
	p, err := api.Person(c.ctx, found.ID, s.Person)
	if err != nil {
		return err
	}
	columns := append(personColumns[:len(personColumns):len(personColumns)], column[client.Person]{
		"photos", func(p client.Person) string {
			names := make([]string, len(p.Images))
			for i, image := range p.Images {
				names[i] = image.ID + " " + image.OriginalName
			}
			return strings.Join(names, ", ")
		},
	})
	return one(c, p, columns)
}

type personDelete struct {
	inCollection
	Person       string `arg:"" help:"Id of the person."`
	WithAnalyses bool   `help:"Delete the analyses that matched the person too."`
}

// Run deletes a person.
func (d *personDelete) Run(c *call) error {
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
		c.notef("would delete the person %s\n", d.Person)
		return nil
	}
	if err := c.confirm("Delete the person " + d.Person + " with all photos?"); err != nil {
		return err
	}
	err = api.DeletePerson(c.ctx, found.ID, d.Person)
	for d.WithAnalyses && client.IsCode(err, client.CodeConflict) {
		if err := c.deleteBlocking(api, err); err != nil {
			return err
		}
		err = api.DeletePerson(c.ctx, found.ID, d.Person)
	}
	return err
}

// deleteBlocking deletes the analyses that a refusal names.
func (c *call) deleteBlocking(api *client.Client, refusal error) error {
	var e *client.Error
	if !errors.As(refusal, &e) {
		return refusal
	}
	named, _ := e.Details["analyses"].([]any)
	if len(named) == 0 {
		return refusal
	}
	if err := c.confirm(fmt.Sprintf("Delete %d analyses that matched the person?", len(named))); err != nil {
		return err
	}
	for _, entry := range named {
		pair, _ := entry.(map[string]any)
		id, _ := pair["analysis_id"].(string)
		if err := api.DeleteAnalysis(c.ctx, id); err != nil && !client.IsCode(err, client.CodeNotExist) {
			return err
		}
	}
	return nil
}
