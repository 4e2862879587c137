package store

import "context"

// Settings returns the run-time settings: key -> text as the registry parses it.
func (tx *Tx) Settings() (map[string]string, error) { panic("unwritten") }

// SetSetting stores one; an empty text removes it.
func (tx *Tx) SetSetting(key, text string) error { panic("unwritten") }

// Problem is one disagreement that Verify found.
type Problem struct {
	Check  string // short name
	Detail string // ids and counts only
}

// Verify checks the database's own integrity (PRAGMA integrity_check, foreign
// keys, counters of collections against rows, metadata rows without object).
func (s *Store) Verify(ctx context.Context) ([]Problem, error) { panic("unwritten") }
