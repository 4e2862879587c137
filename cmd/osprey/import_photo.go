package main

import (
	"context"
	"crypto/md5" //nolint:gosec // the server tells photos by MD5 and size; nothing trusts it
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strconv"
	"sync"
	"time"

	"example.org/osprey/client"
)

// maxPhotoBytes bounds a photo that is read; servers take much smaller ones.
const maxPhotoBytes = 256 << 20

// readPhoto reads a photo, - being stdin.
func (c *call) readPhoto(path string) ([]byte, error) {
	if path == "-" {
		return readBounded(c.stdin)
	}
	f, err := os.Open(path) //nolint:gosec // the user names the file
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readBounded(f)
}

func readBounded(from io.Reader) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(from, maxPhotoBytes+1))
	if err == nil && len(content) > maxPhotoBytes {
		err = fmt.Errorf("larger than %d bytes", maxPhotoBytes)
	}
	return content, err
}

// hashOf tells photos apart, in the form that the server's answers allow.
func hashOf(md5Hex string, size int64) string { return md5Hex + "/" + strconv.FormatInt(size, 10) }

func contentHash(content []byte) string {
	sum := md5.Sum(content) //nolint:gosec // see the import
	return hashOf(hex.EncodeToString(sum[:]), int64(len(content)))
}

// enrolled knows the photos that the collection has, by their bytes. Work on the
// same bytes is done by one at a time.
type enrolled struct {
	mu      sync.Mutex
	persons map[string][]string // hash -> person of each copy, oldest first
	busy    map[string]*sync.Mutex
}

// loadEnrolled asks for all photos of the collection.
func loadEnrolled(ctx context.Context, api *client.Client, collection client.Collection) (*enrolled, error) {
	e := &enrolled{persons: map[string][]string{}, busy: map[string]*sync.Mutex{}}
	if collection.Images == 0 {
		return e, nil
	}
	fetch := func(ctx context.Context, l client.List) (client.Page[client.Person], error) {
		return api.Persons(ctx, collection.ID, l)
	}
	for p, err := range client.All(ctx, client.List{}, fetch) {
		if err != nil {
			return nil, err
		}
		for _, image := range p.Images {
			facts, _ := image.Info["image"].(map[string]any)
			sum, _ := facts["md5"].(string)
			size, _ := facts["size"].(float64)
			hash := hashOf(sum, int64(size))
			e.persons[hash] = append(e.persons[hash], p.ID)
		}
	}
	return e, nil
}

// hold waits for the turn of these bytes.
func (e *enrolled) hold(hash string) (release func()) {
	e.mu.Lock()
	turn := e.busy[hash]
	if turn == nil {
		turn = &sync.Mutex{}
		e.busy[hash] = turn
	}
	e.mu.Unlock()
	turn.Lock()
	return turn.Unlock
}

// copies lists the persons that have these bytes.
func (e *enrolled) copies(hash string) []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.persons[hash]
}

func (e *enrolled) add(hash, person string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.persons[hash] = append(e.persons[hash], person)
}

// errStop ends the import: going on would only repeat the fault.
type errStop struct{ err error }

func (e *errStop) Error() string { return e.err.Error() }
func (e *errStop) Unwrap() error { return e.err }

// importer enrols photos.
type importer struct {
	*importCommand
	c          *call
	api        *client.Client
	collection client.Collection
	journal    *journal
	have       *enrolled
}

// photo brings one photo in, unless an earlier run did, and returns what came of
// it. Its error ends the import.
func (m *importer) photo(p importPhoto) (importResult, error) {
	if r, ok := m.journal.known(p.path); ok {
		return r, nil
	}
	r := importResult{Row: p.row, Path: p.path, Person: p.person}
	content, err := m.read(p)
	if err != nil {
		r.Result, r.Reason = resultRejected, "unreadable"
		return r, m.journal.end(r)
	}
	hash := contentHash(content)
	defer m.have.hold(hash)()
	copies := m.have.copies(hash)
	if in, ok := m.journal.unsure(p.path); ok && in.Hash == hash && len(copies) > in.Copies {
		// The server had taken it when the earlier run was killed.
		r.Result, r.PersonID = resultAdded, copies[len(copies)-1]
		return r, m.journal.end(r)
	}
	if len(copies) > 0 && m.OnDuplicate != "add" {
		r.Result, r.PersonID = resultDuplicate, copies[0]
		if m.OnDuplicate == "fail" {
			r.Result, r.Reason = resultRejected, "duplicate"
		}
		return r, m.journal.end(r)
	}
	if err := m.journal.begin(intent{Path: p.path, Person: p.person, Hash: hash, Copies: len(copies)}); err != nil {
		return r, &errStop{err}
	}
	r.PersonID, err = m.send(p, content)
	var refusal *client.Error
	switch {
	case err == nil:
		r.Result = resultAdded
		if !m.c.DryRun {
			m.have.add(hash, r.PersonID)
		}
	case errors.As(err, &refusal) && codeOfRefusal(refusal) == exitRejected:
		r.Result, r.Code, r.Reason = resultRejected, &refusal.Code, reasonOf(refusal)
	default:
		return r, &errStop{err}
	}
	return r, m.journal.end(r)
}

func (m *importer) read(p importPhoto) ([]byte, error) {
	f, err := p.open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readBounded(f)
}

func reasonOf(e *client.Error) string {
	if r := e.Reason(); r != "" {
		return r
	}
	return e.Message
}

// patience is how often a photo is sent again to a server that is overloaded.
const patience = 20

// send enrols a photo: the first good one makes the person, the others join it. It
// waits where the server asks to.
func (m *importer) send(p importPhoto, content []byte) (person string, err error) {
	e := client.Enrolment{
		Photos:   []client.File{client.Bytes("photo", path.Base(p.path), string(content))},
		Metadata: p.metadata, DryRun: m.c.DryRun,
	}
	for try := 1; ; try++ {
		var got client.Person
		if id := m.journal.person(p.person); id != "" && !m.c.DryRun {
			got, err = m.api.AddImages(m.c.ctx, m.collection.ID, id, e)
		} else {
			got, err = m.api.AddPerson(m.c.ctx, m.collection.ID, e)
		}
		if err == nil || !client.IsCode(err, client.CodeRateLimited, client.CodeUnavailable) || try == patience {
			return got.ID, err
		}
		var refusal *client.Error
		errors.As(err, &refusal)
		select {
		case <-m.c.ctx.Done():
			return "", context.Cause(m.c.ctx)
		case <-time.After(max(refusal.RetryAfter, time.Second)):
		}
	}
}
