package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// journal is the memory of an import: one JSON line for what is about to be sent
// and one for what came of it, each on the disk before the import goes on. A run
// that was killed is continued from it.
//
// Between the two lines of a photo the server may have taken it or not. Which, the
// collection itself tells: the first line holds how many photos with these bytes
// it had then.
type journal struct {
	mu   sync.Mutex
	file *os.File // nil: nothing is kept

	results map[string]importResult // by path
	pending map[string]intent       // sent, outcome unknown
	persons map[string]string       // person of the input -> person of the collection
}

// journalHead is the first line: what the journal belongs to.
type journalHead struct {
	Format     int    `json:"osprey_import"`
	Collection string `json:"collection_id"`
	DryRun     bool   `json:"dry_run"`
}

const journalFormat = 1

// intent is written before a photo is sent.
type intent struct {
	Path   string `json:"path"`
	Person string `json:"person"` // of the input
	Hash   string `json:"hash"`
	Copies int    `json:"copies"` // photos with these bytes in the collection
}

// importResult is what came of a photo.
type importResult struct {
	Row      int    `json:"row"`
	Path     string `json:"file"`
	Result   string `json:"result"` // added, skipped_duplicate, rejected
	Code     *int   `json:"error_code,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Person   string `json:"person,omitempty"` // of the input
	PersonID string `json:"person_id,omitempty"`
}

// The results of a photo.
const (
	resultAdded     = "added"
	resultDuplicate = "skipped_duplicate"
	resultRejected  = "rejected"
)

type journalLine struct {
	Head   *journalHead  `json:"head,omitempty"`
	Intent *intent       `json:"intent,omitempty"`
	Result *importResult `json:"result,omitempty"`
}

// openJournal opens or begins the journal of an import into a collection; an empty
// path keeps none. A line that a kill cut off is dropped.
func openJournal(path string, head journalHead) (*journal, error) {
	head.Format = journalFormat
	j := &journal{results: map[string]importResult{}, pending: map[string]intent{}, persons: map[string]string{}}
	if path == "" {
		return j, nil
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the user names the file
	if err != nil {
		return nil, err
	}
	whole, err := j.read(f, head)
	if err == nil {
		err = f.Truncate(whole)
	}
	if err == nil {
		_, err = f.Seek(whole, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("journal %s: %w", path, err), f.Close())
	}
	j.file = f
	if whole == 0 {
		if err := j.append(journalLine{Head: &head}); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	return j, nil
}

// read takes in the lines that are whole and returns where they end.
func (j *journal) read(f io.Reader, want journalHead) (whole int64, err error) {
	lines := bufio.NewReader(f)
	for n := 1; ; n++ {
		raw, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return whole, nil // what follows the last line end was cut off
		}
		if err != nil {
			return 0, err
		}
		var line journalLine
		if json.Unmarshal(bytes.TrimSpace(raw), &line) != nil {
			return 0, usagef("line %d is no line of an import's journal", n)
		}
		if err := j.take(n, line, want); err != nil {
			return 0, err
		}
		whole += int64(len(raw))
	}
}

func (j *journal) take(n int, line journalLine, want journalHead) error {
	switch {
	case (n == 1) != (line.Head != nil):
		return usagef("line %d is no line of an import's journal", n)
	case line.Head != nil && *line.Head != want:
		return usagef("it belongs to another import (collection %s); name another file with --resume", line.Head.Collection)
	case line.Intent != nil:
		j.pending[line.Intent.Path] = *line.Intent
	case line.Result != nil:
		j.note(*line.Result)
	}
	return nil
}

func (j *journal) note(r importResult) {
	delete(j.pending, r.Path)
	j.results[r.Path] = r
	// The photos that follow join the person whom the first one made, or who had it
	// already: the same bytes are the same face.
	if r.PersonID != "" && j.persons[r.Person] == "" {
		j.persons[r.Person] = r.PersonID
	}
}

// append writes a line and waits until it is on the disk.
func (j *journal) append(line journalLine) error {
	if j.file == nil {
		return nil
	}
	raw, err := json.Marshal(line)
	if err != nil {
		return err
	}
	if _, err := j.file.Write(append(raw, '\n')); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// begin notes that a photo is about to be sent.
func (j *journal) begin(in intent) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.pending[in.Path] = in
	return j.append(journalLine{Intent: &in})
}

// end notes what came of a photo.
func (j *journal) end(r importResult) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.note(r)
	return j.append(journalLine{Result: &r})
}

// known is what came of a photo in this run or an earlier one.
func (j *journal) known(path string) (importResult, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	r, ok := j.results[path]
	return r, ok
}

// unsure is the intent of a photo whose outcome an earlier run did not learn.
func (j *journal) unsure(path string) (intent, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	in, ok := j.pending[path]
	return in, ok
}

// hasUnsure tells whether there is such a photo.
func (j *journal) hasUnsure() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.pending) > 0
}

// person is the person of the collection that a person of the input has become.
func (j *journal) person(name string) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.persons[name]
}

func (j *journal) close() error {
	if j.file == nil {
		return nil
	}
	return j.file.Close()
}
