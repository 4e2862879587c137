package osprey_test

import (
	"errors"
	"testing"
	"time"

	"example.org/osprey"
)

func TestRetentionCheck(t *testing.T) {
	t.Parallel()
	d := func(n int) *int { return &n }
	for _, tt := range []struct {
		name  string
		r     osprey.Retention
		field string // empty: accepted
		limit any
	}{
		{"nothing", osprey.Retention{}, "", nil},
		{"least and most", osprey.Retention{MediaDays: d(1), FolderDays: d(36500), AnalysisDays: d(36500)}, "", nil},
		{"equal", osprey.Retention{MediaDays: d(7), FolderDays: d(7)}, "", nil},
		{"analyses before media", osprey.Retention{MediaDays: d(7), AnalysisDays: d(1)}, "", nil},
		{"no day", osprey.Retention{MediaDays: d(0)}, "retention.media_days", 1},
		{"negative", osprey.Retention{FolderDays: d(-1)}, "retention.folder_days", 1},
		{"too many", osprey.Retention{AnalysisDays: d(36501)}, "retention.analysis_days", 36500},
		{"media outlive their folder", osprey.Retention{MediaDays: d(8), FolderDays: d(7)}, "retention.media_days", 7},
	} {
		err := tt.r.Check("retention.")
		if tt.field == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		var e *osprey.Error
		if !errors.As(err, &e) || e.Code != osprey.CodeInvalidValue || e.Details["field"] != tt.field || e.Details["limit"] != tt.limit {
			t.Errorf("%s: %v, want a refusal of %s at %v", tt.name, err, tt.field, tt.limit)
		}
	}
}

func TestRetentionExpired(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)
	media, century := 30, 36500
	got := osprey.Retention{MediaDays: &media, FolderDays: &century}.Expired(now)
	want := osprey.Expiry{Media: osprey.TimeOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))}
	// A century before now lies before the epoch: nothing is that old.
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if (osprey.Retention{}).Expired(now) != (osprey.Expiry{}) || (osprey.Retention{}).Any() || !(osprey.Retention{MediaDays: &media}).Any() {
		t.Error("what is kept expires")
	}
}
