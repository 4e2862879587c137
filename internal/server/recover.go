package server

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// clearTemporary removes what an interrupted process left in the data folder.
func clearTemporary(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, ".socket-") || name == AddressFile || name == AddressFile+".new" || name == SocketFile {
			if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
				return fmt.Errorf("data folder: %w", err)
			}
		}
	}
	return nil
}

// recover makes good what a crash left: half-written blobs, blobs that no row
// names, blobs to be erased, jobs that were running, analyses past their time. It
// runs before anything is put.
func (h *House) recover(ctx context.Context) error {
	if n, err := h.blobs.Sweep(ctx); err != nil {
		return fmt.Errorf("remove temporary blobs: %w", err)
	} else if n > 0 {
		h.log.Info("temporary blobs of an interrupted process removed", "blobs", n)
	}
	if n, err := h.eraser.Resolve(ctx); err != nil {
		return fmt.Errorf("remove blobs without a row: %w", err)
	} else if n > 0 {
		h.log.Info("blobs of interrupted requests removed", "blobs", n)
	}
	h.rebury(ctx)
	if err := h.eraser.Drain(ctx); err != nil {
		// They are unreachable already; the eraser tries again while the house runs.
		h.log.Error("deleted blobs could not be erased yet", "error", err)
	}
	if err := h.measureBlobs(ctx); err != nil {
		return fmt.Errorf("measure stored blobs: %w", err)
	}
	if err := h.queue.Rescue(ctx); err != nil {
		return err
	}
	if err := h.webhooks.Recover(ctx); err != nil {
		return err
	}
	if _, err := h.analyses.Sweep(ctx, h.clock.Now()); err != nil {
		return fmt.Errorf("end overdue analyses: %w", err)
	}
	return nil
}
