package account

import (
	"context"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/store"
)

// RetentionInput holds the keys of retention in a request, in days; null keeps for
// ever.
type RetentionInput struct {
	MediaDays    Nullable[int]
	FolderDays   Nullable[int]
	AnalysisDays Nullable[int]
}

// apply lays the keys present over the retention and checks it as it will be in
// force.
func (in *RetentionInput) apply(to *osprey.Retention) error {
	if in == nil {
		return nil
	}
	r := *to
	for _, d := range []struct {
		to *(*int)
		in Nullable[int]
	}{{&r.MediaDays, in.MediaDays}, {&r.FolderDays, in.FolderDays}, {&r.AnalysisDays, in.AnalysisDays}} {
		if d.in.Present {
			*d.to = d.in.Value
		}
	}
	if err := r.Check("retention."); err != nil {
		return err
	}
	*to = r
	return nil
}

// RetentionPreview counts what a sweep with this retention would erase of a company
// at the moment (MayPreviewRetention).
func (s *Service) RetentionPreview(ctx context.Context, g access.Grant, id osprey.ID, r osprey.Retention, now time.Time) (n osprey.Erased, err error) {
	if err := r.Check(""); err != nil {
		return n, err
	}
	err = s.read(ctx, g, func(tx *store.Tx) error {
		n, err = tx.CountExpired(id, r.Expired(now))
		return hidden(err)
	})
	return n, err
}
