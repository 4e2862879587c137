package main

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"example.org/osprey/client"
)

// importCommand enrols many photos.
type importCommand struct {
	Input       string `arg:"" help:"A folder, a ZIP, a CSV file with the columns file, first_name, middle_name, last_name, person and any metadata, or - for a CSV on stdin."`
	Collection  string `required:"" help:"Id or alias."`
	Company     string `placeholder:"COMPANY" help:"Company of the alias."`
	Mode        string `enum:"auto,person-dir,person-file,csv" default:"auto" help:"A folder, a file or a row is a person: ${enum}."`
	Concurrency int    `placeholder:"N" help:"Persons at a time (default: the number of cores)."`
	OnDuplicate string `enum:"skip,add,fail" default:"skip" help:"What to do with bytes that the collection has already: ${enum}."`
	Resume      string `placeholder:"FILE" help:"Journal to continue from (default: the input's name and .osprey-import). Delete it to begin anew."`
	Report      string `placeholder:"FILE" help:"Write what came of every photo as CSV."`
	MaxErrors   int    `default:"-1" placeholder:"N" help:"Stop after so many refused photos (default: never)."`
}

// importSummary is the result of an import.
type importSummary struct {
	CollectionID string `json:"collection_id"`
	DryRun       bool   `json:"dry_run"`
	Total        int    `json:"total"`
	Done         int    `json:"done"`
	Added        int    `json:"added"`
	Skipped      int    `json:"skipped_duplicate"`
	Rejected     int    `json:"rejected"`
	Ignored      int    `json:"ignored"` // files that are no photos
}

// Run imports. It ends with exit code 9 when photos were refused, and can be run
// again after whatever ended it.
func (m *importCommand) Run(c *call) error {
	in, err := c.openImport(m.Input, m.Mode)
	if err != nil {
		return err
	}
	defer in.close() //nolint:errcheck // only read
	api, done, err := c.connect()
	if err != nil {
		return err
	}
	defer done()
	found, err := c.collectionOf(api, m.Collection, m.Company)
	if err != nil {
		return err
	}
	notes, err := openJournal(m.journalPath(c), journalHead{Collection: found.ID, DryRun: c.DryRun})
	if err != nil {
		return err
	}
	defer notes.close()
	if found, err = c.settled(api, found, notes); err != nil {
		return err
	}
	have, err := loadEnrolled(c.ctx, api, found)
	if err != nil {
		return err
	}
	work := &importer{importCommand: m, c: c, api: api, collection: found, journal: notes, have: have}
	fault := work.all(in)
	summary := work.summary(in)
	if m.Report != "" {
		fault = errors.Join(fault, work.writeReport(in))
	}
	if err := one(c, summary, summaryColumns); err != nil {
		return err
	}
	switch {
	case fault != nil:
		return fault
	case summary.Rejected > 0:
		return silent(exitSomeRejected)
	}
	return nil
}

// graceOfKilled is how long the server gets to end what a killed run has sent: it
// gives up with the connection, unless it is about to commit.
const graceOfKilled = 2 * time.Second

// settled waits where an earlier run did not learn what came of its last photos,
// and returns the collection as it is then. Asked too early, it would not show a
// photo that is being committed, which would be sent again.
func (c *call) settled(api *client.Client, found client.Collection, notes *journal) (client.Collection, error) {
	if !notes.hasUnsure() {
		return found, nil
	}
	select {
	case <-c.ctx.Done():
		return found, context.Cause(c.ctx)
	case <-time.After(graceOfKilled):
	}
	return api.Collection(c.ctx, found.ID)
}

// journalPath is where the journal lies. A list on stdin has none unless it is
// named, because nothing tells that the next one is the same; neither has a dry
// run, which is to begin anew each time.
func (m *importCommand) journalPath(c *call) string {
	switch {
	case m.Resume != "":
		return m.Resume
	case m.Input == "-" || c.DryRun:
		return ""
	}
	return filepath.Clean(m.Input) + ".osprey-import"
}

// errTooMany ends an import at --max-errors.
var errTooMany = &coded{exitSomeRejected, errors.New("too many photos were refused: stopped as --max-errors asks")}

// all brings every photo in, several persons at a time, the photos of one person
// one after the other.
func (m *importer) all(in *importInput) error {
	groups := byPerson(in.photos)
	known := 0
	for _, p := range in.photos {
		if _, ok := m.journal.known(p.path); ok {
			known++
		}
	}
	bar := m.c.newProgress(len(in.photos), known, "photos")
	defer bar.end()
	refused := make(chan struct{}, len(in.photos))
	width := m.Concurrency
	if width <= 0 {
		width = runtime.GOMAXPROCS(0)
	}
	work, ctx := errgroup.WithContext(m.c.ctx)
	work.SetLimit(width)
	for _, group := range groups {
		if ctx.Err() != nil {
			break
		}
		work.Go(func() error {
			for _, p := range group {
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				_, before := m.journal.known(p.path)
				r, err := m.photo(p)
				if err != nil {
					return err
				}
				if before {
					continue
				}
				bar.add()
				if r.Result != resultRejected {
					continue
				}
				bar.linef("rejected: %s: %s\n", p.path, rejection(r))
				refused <- struct{}{}
				if m.MaxErrors >= 0 && len(refused) > m.MaxErrors {
					return errTooMany
				}
			}
			return nil
		})
	}
	err := work.Wait()
	if err == nil {
		err = context.Cause(m.c.ctx)
	}
	var unreachable *client.Unreachable
	if errors.As(err, &unreachable) {
		m.c.notef("the same command goes on where this one stopped\n")
	}
	return err
}

// byPerson groups photos in the order in which their persons appear.
func byPerson(photos []importPhoto) [][]importPhoto {
	at := make(map[string]int)
	var groups [][]importPhoto
	for _, p := range photos {
		i, ok := at[p.person]
		if !ok {
			i = len(groups)
			at[p.person] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], p)
	}
	return groups
}

func rejection(r importResult) string {
	if r.Code == nil {
		return r.Reason
	}
	return r.Reason + " (code " + strconv.Itoa(*r.Code) + ")"
}

func (m *importer) summary(in *importInput) importSummary {
	s := importSummary{CollectionID: m.collection.ID, DryRun: m.c.DryRun, Total: len(in.photos), Ignored: in.ignored}
	for _, p := range in.photos {
		r, ok := m.journal.known(p.path)
		if !ok {
			continue
		}
		s.Done++
		switch r.Result {
		case resultAdded:
			s.Added++
		case resultDuplicate:
			s.Skipped++
		case resultRejected:
			s.Rejected++
		}
	}
	return s
}

var summaryColumns = []column[importSummary]{
	{"collection_id", func(s importSummary) string { return s.CollectionID }},
	{"total", func(s importSummary) string { return strconv.Itoa(s.Total) }},
	{"done", func(s importSummary) string { return strconv.Itoa(s.Done) }},
	{"added", func(s importSummary) string { return strconv.Itoa(s.Added) }},
	{"skipped_duplicate", func(s importSummary) string { return strconv.Itoa(s.Skipped) }},
	{"rejected", func(s importSummary) string { return strconv.Itoa(s.Rejected) }},
	{"ignored", func(s importSummary) string { return strconv.Itoa(s.Ignored) }},
}

// writeReport writes what came of the photos, those of earlier runs included, in
// the order of the input.
func (m *importer) writeReport(in *importInput) error {
	if m.Report == "-" {
		return m.report(m.c.stdout, in)
	}
	f, err := os.OpenFile(m.Report, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(m.report(f, in), f.Sync(), f.Close())
}

func (m *importer) report(out io.Writer, in *importInput) error {
	w := csv.NewWriter(out)
	_ = w.Write([]string{"row", "file", "result", "error_code", "reason", "person_id"}) // the first fault is kept
	for _, p := range in.photos {
		r, ok := m.journal.known(p.path)
		if !ok {
			continue
		}
		code := ""
		if r.Code != nil {
			code = strconv.Itoa(*r.Code)
		}
		_ = w.Write([]string{strconv.Itoa(p.row), p.path, r.Result, code, r.Reason, r.PersonID}) // as above
	}
	w.Flush()
	return w.Error()
}
