package vault

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// Purpose names what a ring of rotatable keys is for.
type Purpose string

// PurposeTemplate is the protection of templates that are handed out by API Lite.
const PurposeTemplate Purpose = "template"

// Purposes lists the purposes whose keys can be rotated.
var Purposes = []Purpose{PurposeTemplate}

func (p Purpose) known() bool { return slices.Contains(Purposes, p) }

// ErrNoKey is returned for a key that its ring does not hold.
var ErrNoKey = errors.New("vault: there is no such key")

// ErrKeyInUse is returned for a key that protects what is made now.
var ErrKeyInUse = errors.New("vault: the key is in use: rotate first")

// ErrRingFull is returned where a ring has as many keys as it may.
var ErrRingFull = fmt.Errorf("vault: the ring holds %d keys: remove old ones first", maxRingKeys)

// Key is one key of a ring, as people see it.
type Key struct {
	Purpose Purpose
	ID      uint32
	Created string // RFC 3339; empty where nobody knows
	Current bool   // it protects what is made now
}

// Keys lists the keys of a purpose in a key file, oldest first. Without a file there
// is the first key alone.
func Keys(path string, p Purpose) ([]Key, error) {
	f, err := readKeyFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return keysOf(p, f.ring(p)), nil
}

func keysOf(p Purpose, r keyRing) []Key {
	out := make([]Key, len(r))
	for i, k := range r {
		out[i] = Key{Purpose: p, ID: k.ID, Created: k.Created, Current: i == len(r)-1}
	}
	return out
}

// RotateKey adds a key to the ring of a purpose, which is in use from now on; what the
// older ones protect stays valid. It is durable when it returns, and a running server
// takes it up with its next use. ErrRingFull when there are too many.
func RotateKey(path string, p Purpose, now time.Time) (Key, error) {
	var made Key
	created := now.UTC().Format(time.RFC3339)
	err := changeKeyFile(path, created, func(f *keyFile) error {
		r := f.ring(p)
		if len(r) >= maxRingKeys {
			return ErrRingFull
		}
		next := ringKey{ID: r[len(r)-1].ID + 1, Created: created}
		f.set(p, append(slices.Clone(r), next))
		made = Key{Purpose: p, ID: next.ID, Created: created, Current: true}
		return nil
	})
	return made, err
}

// RemoveKey takes a key out of the ring of a purpose: what it protects is not valid any
// more, for ever. ErrNoKey when the ring does not hold it, ErrKeyInUse when it is the
// one in use.
func RemoveKey(path string, p Purpose, id uint32, now time.Time) error {
	return changeKeyFile(path, now.UTC().Format(time.RFC3339), func(f *keyFile) error {
		r := f.ring(p)
		at := slices.IndexFunc(r, func(k ringKey) bool { return k.ID == id })
		switch {
		case at < 0:
			return ErrNoKey
		case at == len(r)-1:
			return ErrKeyInUse
		}
		f.set(p, slices.Delete(slices.Clone(r), at, at+1))
		return nil
	})
}

func (f *keyFile) set(p Purpose, r keyRing) {
	if f.Rings == nil {
		f.Rings = make(map[Purpose]keyRing)
	}
	f.Rings[p] = r
}
