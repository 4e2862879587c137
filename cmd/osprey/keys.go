package main

import (
	"errors"
	"os"
	"strconv"
	"time"

	"example.org/osprey/internal/vault"
)

// keysCommand keeps the rotatable keys of the key file.
type keysCommand struct {
	List   keysList   `cmd:"" help:"List the keys that can be rotated."`
	Rotate keysRotate `cmd:"" help:"Add a key, which is in use from now on; what the older ones protect stays valid."`
	Remove keysRemove `cmd:"" help:"Remove an old key; what it protects is not valid any more."`
}

// keyRow is one key as it is shown.
type keyRow struct {
	Purpose string `json:"purpose"`
	ID      uint32 `json:"id"`
	Created string `json:"created"`
	Current bool   `json:"current"`
}

func rowOf(k vault.Key) keyRow {
	return keyRow{Purpose: string(k.Purpose), ID: k.ID, Created: k.Created, Current: k.Current}
}

var keyColumns = []column[keyRow]{
	{"purpose", func(k keyRow) string { return k.Purpose }},
	{"id", func(k keyRow) string { return strconv.FormatUint(uint64(k.ID), 10) }},
	{"created", func(k keyRow) string { return k.Created }},
	{"current", func(k keyRow) string { return yesNo(k.Current) }},
}

// keyFile is the key file of the settings. Its keys are kept on this machine alone:
// no server hands them out.
func (c *call) keyFile() (string, error) {
	if c.Server != "" {
		return "", usagef("keys are kept where the server runs: leave out --server")
	}
	r, err := c.resolve(nil)
	if err != nil {
		return "", err
	}
	file := r.Config.Keys.File
	if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) && r.Config.Server.SecretKey.Reveal() == "" {
		return "", notFound("there is no key file %s yet: the first start makes it", file)
	}
	return file, nil
}

// keyFault gives the faults of a ring their exit codes.
func keyFault(err error) error {
	switch {
	case errors.Is(err, vault.ErrNoKey):
		return &coded{exitNotFound, err}
	case errors.Is(err, vault.ErrKeyInUse), errors.Is(err, vault.ErrRingFull):
		return &coded{exitConflict, err}
	}
	return err
}

type keysList struct {
	Purpose string `enum:"template," default:"" help:"Only the keys of this purpose: template."`
}

// Run lists keys, oldest first.
func (l *keysList) Run(c *call) error {
	file, err := c.keyFile()
	if err != nil {
		return err
	}
	var rows []keyRow
	for _, p := range vault.Purposes {
		if l.Purpose != "" && l.Purpose != string(p) {
			continue
		}
		keys, err := vault.Keys(file, p)
		if err != nil {
			return err
		}
		for _, k := range keys {
			rows = append(rows, rowOf(k))
		}
	}
	return list(c, rows, keyColumns)
}

type keysRotate struct {
	Purpose string `required:"" enum:"template" help:"What the key is for: template."`
}

// Run adds a key. A running server takes it up at once.
func (k *keysRotate) Run(c *call) error {
	file, err := c.keyFile()
	if err != nil {
		return err
	}
	if c.DryRun {
		c.notef("would add a key to the ring %s of %s\n", k.Purpose, file)
		return nil
	}
	made, err := vault.RotateKey(file, vault.Purpose(k.Purpose), time.Now())
	if err != nil {
		return keyFault(err)
	}
	return one(c, rowOf(made), keyColumns)
}

type keysRemove struct {
	ID      uint32 `arg:"" help:"Number of the key."`
	Purpose string `required:"" enum:"template" help:"What the key is for: template."`
}

// Run removes a key for ever, after asking.
func (k *keysRemove) Run(c *call) error {
	file, err := c.keyFile()
	if err != nil {
		return err
	}
	if c.DryRun {
		c.notef("would remove key %d from the ring %s of %s\n", k.ID, k.Purpose, file)
		return nil
	}
	if err := c.confirm("Remove key " + strconv.FormatUint(uint64(k.ID), 10) + "? What it protects can never be verified again"); err != nil {
		return err
	}
	return keyFault(vault.RemoveKey(file, vault.Purpose(k.Purpose), k.ID, time.Now()))
}
