package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
)

// tallyVariable names the file in which a step's go tests leave their counts.
const tallyVariable = "TESTRUN_TALLY"

// tally counts tests, subtests included.
type tally struct{ Passed, Failed, Skipped int }

func (t *tally) add(other tally) {
	t.Passed += other.Passed
	t.Failed += other.Failed
	t.Skipped += other.Skipped
}

// readTally gives the counts in the file; an absent file has none.
func readTally(path string) (tally, error) {
	var t tally
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	if err != nil {
		return t, err
	}
	return t, json.Unmarshal(data, &t)
}

// leave adds the counts to the step's file, when testrun runs inside a step.
func (t *tally) leave() error {
	path := os.Getenv(tallyVariable)
	if path == "" {
		return nil
	}
	sum, err := readTally(path)
	if err != nil {
		return err
	}
	sum.add(*t)
	data, err := json.Marshal(sum)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}
