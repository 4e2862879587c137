package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"example.org/osprey"
	"example.org/osprey/internal/index"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/pack"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/vault"
)

// storage holds the blobs against the rows: every blob that a row names is there,
// and nothing else.
func (k *checker) storage(ctx context.Context) error {
	named, err := k.keys(ctx, (*store.Tx).BlobKeys)
	if err != nil {
		return err
	}
	noted, err := k.notedKeys(ctx)
	if err != nil {
		return err
	}
	var foreign []string
	blobs := 0
	err = k.blobs.Keys(ctx, func(key string) error {
		blobs++
		switch {
		case named[key]:
			delete(named, key)
		case !noted[key]:
			foreign = append(foreign, key)
		}
		return nil
	})
	if err != nil {
		k.add("storage", Failed, "make the media folder readable for the server's user", "%v", err)
		return nil
	}
	for key := range named {
		k.add("storage", Failed, "restore the media folder from a backup", "the blob %s is named by a row and missing", key)
	}
	switch {
	case len(foreign) == 0 && len(named) == 0:
		k.add("storage", Passed, "", "%d blobs, as the rows say", blobs)
	case len(foreign) > 0 && k.Fix:
		for _, key := range foreign {
			if err := k.blobs.Delete(ctx, key); err != nil {
				return err
			}
		}
		k.add("storage", Fixed, "", "%d blobs that nothing names removed", len(foreign))
	case len(foreign) > 0:
		k.add("storage", Failed, "run: osprey check --fix", "%d blobs that nothing names, the first %s", len(foreign), foreign[0])
	}
	return nil
}

// keys reads all keys that a listing gives.
func (k *checker) keys(ctx context.Context, list func(tx *store.Tx, after string, limit int) ([]string, error)) (map[string]bool, error) {
	const page = 1000
	all := make(map[string]bool)
	for after := ""; ; {
		var keys []string
		err := k.st.Read(ctx, osprey.Everything(), func(tx *store.Tx) (err error) {
			keys, err = list(tx, after, page)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			all[key], after = true, key
		}
		if len(keys) < page {
			return all, nil
		}
	}
}

// notedKeys are the blobs that a note tells of: about to be written, or to be
// erased.
func (k *checker) notedKeys(ctx context.Context) (map[string]bool, error) {
	noted := make(map[string]bool)
	err := k.st.Read(ctx, osprey.Everything(), func(tx *store.Tx) error {
		intents, err := tx.BlobIntents(tx.Now(), noteBatch)
		if err != nil {
			return err
		}
		erases, err := tx.BlobErases(noteBatch)
		for _, key := range append(intents, erases...) {
			noted[key] = true
		}
		return err
	})
	return noted, err
}

// galleries loads each collection twice: from its snapshot, as a start would, and
// from the templates of the rows, which must open and agree with the collection's
// row.
func (k *checker) galleries(ctx context.Context) error {
	p, err := pack.Verify(filepath.Join(k.config.Models.Dir, k.config.Models.Profile))
	if err != nil {
		k.add("index", Warning, "install the model pack first", "not checked: the model of the templates is not known")
		return nil
	}
	model, dim := "", 0
	for _, m := range p.Models {
		if m.Calibration != nil && len(m.Output.Sizes) > 0 {
			model, dim = m.SHA256, m.Output.Sizes[0]
		}
	}
	temp, err := os.MkdirTemp("", "osprey-check-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	fresh, images, err := k.load(ctx, filepath.Join(temp, "fresh"), model, dim)
	if err != nil {
		k.add("index", Failed, "restore a backup of database and key file that belong together", "%v", err)
		return nil
	}
	for _, w := range fresh {
		k.add("index", Failed, "restore a backup, and report this", "%s", w)
	}
	snapshots := filepath.Join(temp, "snapshots")
	if err := linkFiles(k.dataFile("index"), snapshots); err != nil {
		return err
	}
	stale, _, err := k.load(ctx, snapshots, model, dim)
	if err != nil {
		return err
	}
	switch {
	case len(stale) > len(fresh) && k.Fix:
		if err := os.RemoveAll(k.dataFile("index")); err != nil {
			return err
		}
		k.add("index", Fixed, "", "snapshots removed: the next start builds the galleries from the rows")
	case len(stale) > len(fresh):
		k.add("index", Warning, "nothing has to be done: the next start builds the galleries from the rows", "%s", stale[0])
	case len(fresh) == 0:
		k.add("index", Passed, "", "%d photos, templates open and agree with rows and snapshots", images)
	}
	return nil
}

// load fills galleries with the snapshots of a folder and returns what it warned
// of.
func (k *checker) load(ctx context.Context, dir, model string, dim int) (warnings []string, images int, err error) {
	told := &collected{}
	x := index.New(index.Options{
		Store: k.st, Templates: look.NewTemplates(k.ring, vault.AAD), Seals: k.ring, Dir: dir,
		Model: model, Dim: dim, Logger: slog.New(told),
	})
	defer x.Close()
	if err := x.Load(ctx); err != nil {
		return nil, 0, err
	}
	_, images, _ = x.Size()
	return told.lines, images, nil
}

// linkFiles links the files of a folder into another, so that who opens them there
// can remove none of the originals.
func linkFiles(from, to string) error {
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	from, err = filepath.Abs(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.Symlink(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// collected is a log handler that keeps warnings and errors as lines.
type collected struct {
	mu    sync.Mutex
	lines []string
}

func (c *collected) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

// Handle keeps a line.
func (c *collected) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	b.WriteString(r.Message)
	r.Attrs(func(a slog.Attr) bool {
		fmt.Fprintf(&b, " %s=%v", a.Key, a.Value)
		return true
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines = append(c.lines, b.String())
	return nil
}

// WithAttrs and WithGroup are not used by those who log here.
func (c *collected) WithAttrs([]slog.Attr) slog.Handler { return c }

// WithGroup returns the handler itself.
func (c *collected) WithGroup(string) slog.Handler { return c }
