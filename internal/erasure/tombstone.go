package erasure

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// A file of tombstones outlives the database: what it names stays deleted when the
// database is restored from a copy that still has it. Only lines are added, each with
// a code that covers the line before it too, so that none can be changed, added or
// taken out without the key.
//
//	1 1767225600123456 folder 01980000-0000-7000-8000-0000000000f1 <HMAC-SHA-256, hex>

// TombstoneFile is the name of the file in the data folder.
const TombstoneFile = "erased.log"

// ErrTombstones says that the file was not written with this key, or was changed.
var ErrTombstones = errors.New("erasure: the file of tombstones was changed, or belongs to another instance secret")

// maxStone bounds a line, in bytes.
const maxStone = 256

// Tombstones is the file. It is safe for concurrent use by one process.
type Tombstones struct {
	mu   sync.Mutex
	file *os.File
	key  []byte
	last []byte // the code of the last line, of zeros before the first
}

// OpenTombstones opens the file, or makes it. A last line that a crash cut off is
// removed: its stones are still in the database.
func OpenTombstones(path string, key []byte) (_ *Tombstones, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the folder of a setting
	if err != nil {
		return nil, fmt.Errorf("erasure: %w", err)
	}
	t := &Tombstones{file: f, key: key, last: make([]byte, sha256.Size)}
	defer func() {
		if err != nil {
			_ = f.Close()
		}
	}()
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("erasure: %w", err)
	}
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("erasure: %w", err)
	}
	tail := make([]byte, min(end, 2*maxStone))
	if _, err := f.ReadAt(tail, end-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("erasure: %w", err)
	}
	whole := bytes.LastIndexByte(tail, '\n') + 1
	if torn := len(tail) - whole; torn > 0 {
		if err := f.Truncate(end - int64(torn)); err != nil {
			return nil, fmt.Errorf("erasure: %w", err)
		}
	}
	if whole > 0 {
		line := tail[bytes.LastIndexByte(tail[:whole-1], '\n')+1 : whole-1]
		if _, t.last, err = splitStone(string(line)); err != nil {
			return nil, err
		}
	}
	_, err = f.Seek(0, io.SeekEnd)
	return t, err
}

// ReadTombstones returns the stones of a file that are newer than the mark of a
// database, without changing the file; one that does not exist has none.
func ReadTombstones(path string, key []byte, mark osprey.Time) ([]store.Tombstone, error) {
	f, err := os.Open(path) //nolint:gosec // the folder of a setting
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("erasure: %w", err)
	}
	defer f.Close()
	return (&Tombstones{file: f, key: key}).Since(mark)
}

func syncFolder(path string) error {
	d, err := os.Open(path) //nolint:gosec // the folder of a setting
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Close closes the file.
func (t *Tombstones) Close() error { return t.file.Close() }

// splitStone cuts a line into its text and its code.
func splitStone(line string) (text string, code []byte, err error) {
	at := strings.LastIndexByte(line, ' ')
	if at < 0 || len(line) > maxStone {
		return "", nil, ErrTombstones
	}
	if code, err = hex.DecodeString(line[at+1:]); err != nil || len(code) != sha256.Size {
		return "", nil, ErrTombstones
	}
	return line[:at], code, nil
}

// sign gives the code of a line after one with the code before.
func (t *Tombstones) sign(before []byte, text string) []byte {
	mac := hmac.New(sha256.New, t.key)
	mac.Write(before)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// Append adds stones; they are on the disk when it returns.
func (t *Tombstones) Append(stones []store.Tombstone) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b bytes.Buffer
	last := t.last
	for _, s := range stones {
		text := fmt.Sprintf("1 %d %s %s", int64(s.Time), s.Kind, s.Object)
		last = t.sign(last, text)
		fmt.Fprintf(&b, "%s %x\n", text, last)
	}
	end, err := t.file.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("erasure: tombstones: %w", err)
	}
	if _, err := t.file.Write(b.Bytes()); err != nil {
		return fmt.Errorf("erasure: tombstones: %w", errors.Join(err, t.file.Truncate(end)))
	}
	if err := t.file.Sync(); err != nil {
		return fmt.Errorf("erasure: tombstones: %w", errors.Join(err, t.file.Truncate(end)))
	}
	t.last = last
	return nil
}

// Since verifies the whole file and returns the stones that are newer than the mark
// of a database, in the order of the file.
func (t *Tombstones) Since(mark osprey.Time) ([]store.Tombstone, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := bufio.NewScanner(io.NewSectionReader(t.file, 0, 1<<62))
	lines.Buffer(make([]byte, 0, 4096), maxStone+1)
	var out []store.Tombstone
	last := make([]byte, sha256.Size)
	for lines.Scan() {
		text, code, err := splitStone(lines.Text())
		if err != nil {
			return nil, err
		}
		if last = t.sign(last, text); !hmac.Equal(code, last) {
			return nil, ErrTombstones
		}
		s, err := readStone(text)
		if err != nil {
			return nil, err
		}
		if s.Time > mark {
			out = append(out, s)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTombstones, err)
	}
	return out, nil
}

// readStone reads the text of a line whose code is right.
func readStone(text string) (s store.Tombstone, err error) {
	var version int
	var at int64
	var id string
	if _, err := fmt.Sscanf(text, "%d %d %s %s", &version, &at, &s.Kind, &id); err != nil || version != 1 || !slices.Contains(store.BuriedKinds, s.Kind) {
		return s, fmt.Errorf("erasure: a tombstone of a newer version: %.100q", text)
	}
	s.Time, s.Object = osprey.Time(at), osprey.ID(id)
	return s, nil
}

// engrave writes the stones of the database into the file.
func (e *Eraser) engrave(ctx context.Context) error {
	if e.stones == nil || e.unburied.Load() {
		return nil
	}
	for {
		stones, err := read(ctx, e.st, func(tx *store.Tx) ([]store.Tombstone, error) { return tx.Tombstones(batch) })
		if err != nil || len(stones) == 0 {
			return err
		}
		if err := e.stones.Append(stones); err != nil {
			return err
		}
		e.truncate.Store(true)
		err = e.st.Write(ctx, osprey.Everything(), func(tx *store.Tx) error { return tx.TombstonesWritten(stones) })
		if err != nil {
			return err
		}
	}
}

// Rebury erases again what the file names and this database still has, because it
// was restored from an older copy; again deletes an object of each kind. It gives how
// many there were. What cannot be deleted is an error, and tried again at the next call; until
// that succeeds, newer tombstones stay in the database alone.
func (e *Eraser) Rebury(ctx context.Context, again map[string]func(context.Context, osprey.ID) error) (erased int, err error) {
	defer func() { e.unburied.Store(err != nil) }()
	mark, err := read(ctx, e.st, (*store.Tx).TombstoneMark)
	if err != nil {
		return 0, err
	}
	stones, err := e.stones.Since(mark)
	if err != nil || len(stones) == 0 {
		return 0, err
	}
	var failed error
	for _, kind := range store.BuriedKinds {
		for _, s := range stones {
			if s.Kind != kind {
				continue
			}
			switch err := again[kind](ctx, s.Object); {
			case err == nil:
				erased++
			case errors.Is(err, store.ErrNotFound), osprey.IsCode(err, osprey.CodeNotExist): // it never came back
			default:
				failed = errors.Join(failed, fmt.Errorf("erase %s %s again: %w", kind, s.Object, err))
			}
		}
	}
	if failed != nil {
		return erased, failed
	}
	return erased, e.st.Write(ctx, osprey.Everything(), func(tx *store.Tx) error { return tx.TombstonesWritten(stones) })
}
