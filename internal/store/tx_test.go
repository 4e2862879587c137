package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/osprey"
)

func company(h *house, name string) osprey.Company {
	return osprey.Company{ID: h.ids.New(), Name: name, Active: true}
}

func (h *house) companies() (n int) {
	h.t.Helper()
	h.see(osprey.Everything(), func(tx *Tx) (err error) {
		_, n, err = tx.Companies(Query{})
		return err
	})
	return n
}

func TestWriteRollsBack(t *testing.T) {
	t.Parallel()
	h := open(t)
	own := errors.New("the service's own")
	if err := h.try(func(tx *Tx) error { return errors.Join(tx.InsertCompany(company(h, "a")), own) }); !errors.Is(err, own) {
		t.Errorf("error: %v", err)
	}
	func() {
		defer func() {
			if recover() != "boom" {
				t.Error("the panic did not go on")
			}
		}()
		_ = h.try(func(tx *Tx) error {
			if err := tx.InsertCompany(company(h, "b")); err != nil {
				t.Error(err)
			}
			panic("boom")
		})
	}()
	ctx, cancel := context.WithCancel(context.Background())
	err := h.Write(ctx, osprey.Everything(), func(tx *Tx) error {
		err := tx.InsertCompany(company(h, "c"))
		cancel()
		return err
	})
	if !errors.Is(err, context.Canceled) || osprey.IsCode(err, osprey.CodeDatabase) {
		t.Errorf("cancelled: %v", err)
	}
	if err := h.Write(ctx, osprey.Everything(), func(*Tx) error { t.Error("began"); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
	if n := h.companies(); n != 0 {
		t.Errorf("%d companies were left", n)
	}
	if err := h.try(func(tx *Tx) error { return tx.InsertCompany(company(h, "d")) }); err != nil || h.companies() != 1 {
		t.Errorf("afterwards: %v", err)
	}
}

// TestCancelledQuery ends the context in the middle of a statement.
func TestCancelledQuery(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	err := h.Write(ctx, osprey.Everything(), func(tx *Tx) error {
		_, err := readLines(tx, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n")
		return err
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if n := h.companies(); n != 0 {
		t.Error("the store does not answer", n)
	}
}

// TestFailureIsFinal: a statement that failed cannot be swallowed.
func TestFailureIsFinal(t *testing.T) {
	t.Parallel()
	h := open(t)
	a := company(h, "a")
	h.do(osprey.Everything(), func(tx *Tx) error { return tx.InsertCompany(a) })
	err := h.try(func(tx *Tx) error {
		_ = tx.InsertCompany(company(h, "A"))
		_ = tx.InsertCompany(company(h, "b"))
		return nil
	})
	if !errors.Is(err, ErrDuplicate) || h.companies() != 1 {
		t.Errorf("got %v, %d companies", err, h.companies())
	}
	err = h.try(func(tx *Tx) error {
		_, _ = tx.Company("none")
		return tx.InsertCompany(company(h, "c"))
	})
	if err != nil || h.companies() != 2 {
		t.Errorf("a row that is not there is no failure: %v", err)
	}
}

func TestNestedWrite(t *testing.T) {
	t.Parallel()
	h := open(t)
	err := h.try(func(tx *Tx) error {
		err := h.Write(tx.Context(), tx.Scope(), func(*Tx) error { return nil })
		if readErr := h.Read(tx.Context(), tx.Scope(), func(*Tx) error { return nil }); readErr != nil {
			t.Errorf("a read inside: %v", readErr)
		}
		return err
	})
	if !errors.Is(err, errNested) {
		t.Errorf("got %v", err)
	}
}

func TestReadCannotWrite(t *testing.T) {
	t.Parallel()
	h := open(t)
	err := h.Read(context.Background(), osprey.Everything(), func(tx *Tx) error { return tx.InsertCompany(company(h, "a")) })
	if !osprey.IsCode(err, osprey.CodeDatabase) || osprey.ErrorOf(err).Message != "The store failed; the change was not made" {
		t.Errorf("got %v", err)
	}
}

// TestReadIsASnapshot: what is committed meanwhile is not seen.
func TestReadIsASnapshot(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.see(osprey.Everything(), func(tx *Tx) error {
		_, before, err := tx.Companies(Query{})
		h.do(osprey.Everything(), func(tx *Tx) error { return tx.InsertCompany(company(h, "a")) })
		_, after, err2 := tx.Companies(Query{})
		if before != 0 || after != 0 {
			t.Errorf("%d, then %d", before, after)
		}
		return errors.Join(err, err2)
	})
	if h.companies() != 1 {
		t.Error("the write is lost")
	}
}

func TestNowGrows(t *testing.T) {
	t.Parallel()
	h := open(t)
	var last osprey.Time
	for i := range 5 {
		if i == 3 {
			h.clock.add(-time.Hour) // the machine's clock was set back
		}
		h.do(osprey.Everything(), func(tx *Tx) error {
			now := tx.Now()
			h.clock.add(time.Second)
			if now <= last || tx.Now() != now {
				t.Errorf("%d after %d, then %d", now, last, tx.Now())
			}
			last = now
			return nil
		})
	}
}

func TestDuplicateOf(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	for want, fn := range map[string]func(tx *Tx) error{
		"name":  func(tx *Tx) error { return tx.InsertCompany(company(h, "ACME")) },
		"email": func(tx *Tx) error { return tx.InsertUser(osprey.User{ID: h.ids.New(), Email: "ANN@acme.EXAMPLE"}) },
		"alias": func(tx *Tx) error {
			return tx.InsertCollection(osprey.Collection{ID: h.ids.New(), Company: e.company.ID, Alias: "BLOCK LIST"})
		},
		"id": func(tx *Tx) error { return tx.InsertFolder(e.folder) },
	} {
		err := h.try(fn)
		column, ok := DuplicateOf(fmt.Errorf("wrapped: %w", err))
		if !ok || column != want || !errors.Is(err, ErrDuplicate) {
			t.Errorf("%s: %q, %t, %v", want, column, ok, err)
		}
	}
	if _, ok := DuplicateOf(ErrNotFound); ok {
		t.Error("ErrNotFound is no duplicate")
	}
	// The same alias in another company, and in one's own row, is free.
	other := h.build("beta")
	h.do(other.scope(), func(tx *Tx) error { return tx.UpdateCollection(other.collection) })
}

// TestManyWritersAndReaders: no error, nothing lost, every snapshot whole.
func TestManyWritersAndReaders(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	const writers, each = 6, 25
	var writing, reading sync.WaitGroup
	done := make(chan struct{})
	for range writers {
		writing.Go(func() {
			for range each {
				err := h.Write(context.Background(), e.scope(), func(tx *Tx) error {
					c, err := tx.LockCollection(e.collection.ID)
					if err != nil {
						return err
					}
					c.Version, c.Images = c.Version+1, c.Images+1
					i := h.image(e.person)
					return errors.Join(tx.InsertPersonImage(i), tx.TouchPerson(e.person.ID, c.Images), tx.SetCollectionState(c),
						tx.AppendChange(Change{Collection: c.ID, Version: c.Version, Op: ChangeAdd, Image: i.ID, Person: i.Person}))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 4 {
		reading.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				err := h.Read(context.Background(), e.scope(), func(tx *Tx) error {
					c, err := tx.Collection(e.collection.ID)
					rows, err2 := tx.GalleryRows(c.ID, "", 1000)
					changes, err3 := tx.Changes(c.ID, 0, 1000)
					if len(rows) != c.Images || int64(len(changes)) != c.Version {
						t.Errorf("%d photos, %d changes, the row says %d and %d", len(rows), len(changes), c.Images, c.Version)
					}
					return errors.Join(err, err2, err3)
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	writing.Wait()
	close(done)
	reading.Wait()
	h.see(e.scope(), func(tx *Tx) error {
		c, err := tx.Collection(e.collection.ID)
		if c.Version != 2+writers*each {
			t.Errorf("version %d", c.Version)
		}
		return err
	})
	h.whole()
}

func TestCloseWaits(t *testing.T) {
	t.Parallel()
	h := open(t)
	inside, goOn := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		err := h.Write(context.Background(), osprey.Everything(), func(tx *Tx) error {
			close(inside)
			<-goOn
			return tx.InsertCompany(company(h, "a"))
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-inside
	closed := make(chan error, 1)
	go func() { closed <- h.Close() }()
	select {
	case <-closed:
		t.Fatal("Close did not wait")
	case <-time.After(20 * time.Millisecond):
	}
	close(goOn)
	wg.Wait()
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if err := h.Ping(context.Background()); !osprey.IsCode(err, osprey.CodeUnavailable) {
		t.Errorf("after Close: %v", err)
	}
	again := openAt(t, h.path, h.clock)
	if again.companies() != 1 {
		t.Error("what was written before Close is gone")
	}
}

// TestLockedByAnotherProcess: a foreign lock is CodeUnavailable, not an odd error.
func TestLockedByAnotherProcess(t *testing.T) {
	t.Parallel()
	h := open(t)
	other := openWriter(h.path)
	defer func() { _ = other.Close() }()
	foreign, err := other.BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = foreign.Rollback() }()
	if _, err := h.DB().ExecContext(context.Background(), "PRAGMA busy_timeout = 1"); err != nil {
		t.Fatal(err)
	}
	err = h.try(func(*Tx) error { return nil })
	if e := osprey.ErrorOf(err); e.Code != osprey.CodeUnavailable || e.Details["reason"] != "database_busy" || e.RetryAfter == 0 {
		t.Errorf("got %v", err)
	}
}

// TestDiskFull lets the database reach its greatest size.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	h := open(t)
	if _, err := h.DB().ExecContext(context.Background(), "PRAGMA max_page_count = 1"); err != nil {
		t.Fatal(err)
	}
	err := h.try(func(tx *Tx) error {
		for i := range 1000 {
			if err := tx.SetSetting(fmt.Sprint(i), strings.Repeat("x", 4096)); err != nil {
				return err
			}
		}
		return nil
	})
	if e := osprey.ErrorOf(err); e.Code != osprey.CodeUnavailable || e.Details["reason"] != "disk_full" {
		t.Errorf("got %v", err)
	}
}

func TestErasedBytesAreGone(t *testing.T) {
	t.Parallel()
	h := open(t)
	const secret = "a template that must not survive"
	e := h.build("acme")
	h.do(e.scope(), func(tx *Tx) error {
		return tx.PutLook(Look{Media: e.media[1].ID, Seen: "x", Template: osprey.SealedTemplate{Model: "m", Bytes: []byte(secret)}})
	})
	if !onDisk(t, h.path, secret) {
		t.Fatal("the test sees nothing")
	}
	h.do(e.scope(), func(tx *Tx) error { return tx.DeleteMedia(e.media[1].ID) })
	if err := h.Checkpoint(context.Background()); err != nil {
		t.Fatal(err)
	}
	if onDisk(t, h.path, secret) {
		t.Error("the bytes are on the disk after the checkpoint")
	}
	if info, err := os.Stat(h.path + "-wal"); err != nil || info.Size() != 0 {
		t.Errorf("the log has %d bytes: %v", info.Size(), err)
	}
}

func onDisk(t *testing.T, path, text string) bool {
	t.Helper()
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), text) {
			return true
		}
	}
	return false
}

// TestCheckpointWithReader: an old snapshot keeps the log; its end frees it.
func TestCheckpointWithReader(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.do(osprey.Everything(), func(tx *Tx) error { return tx.InsertCompany(company(h, "a")) })
	h.see(osprey.Everything(), func(tx *Tx) error {
		if _, _, err := tx.Companies(Query{}); err != nil {
			return err
		}
		h.do(osprey.Everything(), func(tx *Tx) error { return tx.InsertCompany(company(h, "b")) })
		ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
		defer cancel()
		if err := h.Checkpoint(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("beside a reader: %v", err)
		}
		return nil
	})
	if err := h.Checkpoint(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestFilesArePrivate(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.build("acme")
	files, err := filepath.Glob(h.path + "*")
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", filepath.Base(f), info.Mode(), err)
		}
	}
	if h.Size() < 4096 {
		t.Errorf("size %d", h.Size())
	}
}

func TestOddPaths(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a b", "what?", "50%", "#1", "ünï", "a&b=c;d"} {
		dir := filepath.Join(t.TempDir(), name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		h := openAt(t, filepath.Join(dir, name+".db"), newClock())
		h.do(osprey.Everything(), func(tx *Tx) error { return tx.InsertCompany(company(h, "a")) })
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 3 {
			t.Errorf("%q: %v, %v", name, entries, err)
		}
	}
	if _, err := Open(context.Background(), Options{Path: filepath.Join(t.TempDir(), "none", "x.db")}); err == nil {
		t.Error("a missing folder was taken")
	}
}

func TestSettingsOfConnections(t *testing.T) {
	t.Parallel()
	h := open(t)
	for name, db := range map[string]*sql.DB{"write": h.write, "read": h.read} {
		for pragma, want := range map[string]int{
			"synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "busy_timeout": 10000, "temp_store": 2, "trusted_schema": 0,
			"query_only": map[string]int{"write": 0, "read": 1}[name],
		} {
			var got int
			if err := db.QueryRowContext(context.Background(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s: %s is %d, want %d: %v", name, pragma, got, want, err)
			}
		}
	}
}
