package server

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// lockName is the file in the data folder that its user holds locked.
const lockName = "osprey.lock"

// LockedError means that another process uses the data folder.
type LockedError struct {
	Dir string
	PID int // of that process, 0 when it is not known
}

// Error names the folder and the process.
func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("the data folder %s is in use by another process", e.Dir)
	}
	return fmt.Sprintf("the data folder %s is in use by process %d", e.Dir, e.PID)
}

// Lock is the right to use a data folder. The system takes it back when the
// process ends, however it ends.
type Lock struct{ file *os.File }

// LockData makes the data folder when it is absent, for nobody else to read, and
// locks it. The error is a *LockedError when another process holds it.
func LockData(dir string) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // in the data folder
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		held := &LockedError{Dir: dir, PID: pidIn(f)}
		_ = f.Close() // nothing was written
		return nil, held
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("data folder: lock: %w", err), f.Close())
	}
	// The number is for people; a process that cannot leave it holds the lock all
	// the same.
	_ = f.Truncate(0)
	_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return &Lock{file: f}, nil
}

func pidIn(f *os.File) int {
	var b [16]byte
	n, _ := f.ReadAt(b[:], 0)
	pid, err := strconv.Atoi(strings.TrimSpace(string(b[:n])))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}

// Release gives the data folder back.
func (l *Lock) Release() error {
	if l == nil {
		return nil
	}
	// Unlocked first: a child that is being started at this moment has the file too until
	// it becomes another program, and the lock would live as long.
	err := syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN)
	return errors.Join(err, l.file.Close())
}
