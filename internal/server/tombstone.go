package server

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/erasure"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/vault"
)

// stoneKey is the key of the file of tombstones.
func stoneKey(s *vault.Secret) []byte { return s.Derive("erasure tombstones", 32) }

// openTombstones opens the file that keeps what was erased from coming back with a
// restored database. One that cannot be trusted is left alone: the database keeps its
// stones until the file was looked after.
func (h *House) openTombstones() (err error) {
	h.stones, err = erasure.OpenTombstones(filepath.Join(h.config.DataDir, erasure.TombstoneFile), stoneKey(h.secret))
	if errors.Is(err, erasure.ErrTombstones) {
		h.log.Error("what was erased is not written down until this is mended", "file", erasure.TombstoneFile, "error", err)
		h.stones = nil
		return nil
	}
	return err
}

// rebury erases what a database that was restored from a copy has brought back. It
// runs before anything is served; what cannot be erased is told and tried again at the
// next start.
func (h *House) rebury(ctx context.Context) {
	if h.stones == nil {
		return
	}
	deleteBy := func(fn func(*store.Tx, osprey.ID) error) func(context.Context, osprey.ID) error {
		return func(ctx context.Context, id osprey.ID) error {
			return h.st.Write(ctx, osprey.Everything(), func(tx *store.Tx) error { return fn(tx, id) })
		}
	}
	by := func(r erasure.Remover) func(context.Context, osprey.ID) error {
		return func(ctx context.Context, id osprey.ID) error { return r.Delete(ctx, access.System(), id) }
	}
	n, err := h.eraser.Rebury(ctx, map[string]func(context.Context, osprey.ID) error{
		store.BuriedAnalysis: by(h.analyses), store.BuriedFolder: by(h.folders), store.BuriedCollection: by(h.collections),
		// An analysis that takes the medium ends without it.
		store.BuriedMedia: deleteBy((*store.Tx).DeleteMedia), store.BuriedBytes: deleteBy((*store.Tx).ClearMedia),
		store.BuriedReport: deleteBy((*store.Tx).DeleteReport),
		store.BuriedPerson: h.reburyPerson, store.BuriedImage: h.reburyImage,
	})
	if n > 0 {
		h.log.Warn("the database is older than the file of tombstones: what was erased since has been erased again", "objects", n)
	}
	if err != nil {
		h.log.Error("what was erased before the database was restored could not be erased again", "error", err)
	}
}

func (h *House) reburyPerson(ctx context.Context, id osprey.ID) error {
	var collection osprey.ID
	err := h.st.Read(ctx, osprey.Everything(), func(tx *store.Tx) (err error) {
		collection, err = tx.HomeOfPerson(id)
		return err
	})
	if err != nil {
		return err
	}
	return h.collections.DeletePerson(ctx, access.System(), collection, id)
}

func (h *House) reburyImage(ctx context.Context, id osprey.ID) error {
	var collection, person osprey.ID
	err := h.st.Read(ctx, osprey.Everything(), func(tx *store.Tx) (err error) {
		collection, person, err = tx.HomeOfImage(id)
		return err
	})
	if err != nil {
		return err
	}
	return h.collections.DeleteImage(ctx, access.System(), collection, person, id)
}

// tombstones holds the file of tombstones against its key and the database.
func (k *checker) tombstones(ctx context.Context) error {
	var mark osprey.Time
	err := k.st.Read(ctx, osprey.Everything(), func(tx *store.Tx) (err error) {
		mark, err = tx.TombstoneMark()
		return err
	})
	if err != nil {
		return err
	}
	secret, err := vault.LoadSecret(k.config.Keys.File, k.config.Server.SecretKey.Reveal())
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	newer, err := erasure.ReadTombstones(filepath.Join(k.config.DataDir, erasure.TombstoneFile), stoneKey(secret), mark)
	switch {
	case err != nil:
		k.add("tombstones", Failed, "put the file back from its copy: without it a restored database brings back what was erased", "%v", err)
	case len(newer) > 0:
		k.add("tombstones", Warning, "start the server once: it erases them again", "the database is older than %d erasures", len(newer))
	default:
		k.add("tombstones", Passed, "", "nothing that was erased has come back")
	}
	return nil
}
