package osprey

import "time"

// MaxRetentionDays is the longest retention that can be set, about a century.
const MaxRetentionDays = 36500

// Retention says after how many days, counted from its creation, what a company
// stores is erased (api.md 5.2); nil keeps it until somebody deletes it. Collections
// know no retention.
type Retention struct {
	MediaDays    *int `json:"media_days,omitempty"`    // the bytes of media: originals, previews, thumbnails, result images
	FolderDays   *int `json:"folder_days,omitempty"`   // folders with all that hangs on them
	AnalysisDays *int `json:"analysis_days,omitempty"` // analyses with their results
}

// Any reports whether anything is erased at all.
func (r Retention) Any() bool {
	return r.MediaDays != nil || r.FolderDays != nil || r.AnalysisDays != nil
}

// Check refuses days outside 1 to MaxRetentionDays, and media that would outlive
// their folder. prefix stands before the names of the fields: "retention." or "".
func (r Retention) Check(prefix string) error {
	for _, d := range []struct {
		name string
		days *int
	}{{"media_days", r.MediaDays}, {"folder_days", r.FolderDays}, {"analysis_days", r.AnalysisDays}} {
		field := prefix + d.name
		switch {
		case d.days == nil:
		case *d.days < 1:
			return OutOfRange(field, 1, *d.days, "%s must be between 1 and %d", field, MaxRetentionDays)
		case *d.days > MaxRetentionDays:
			return OutOfRange(field, MaxRetentionDays, *d.days, "%s must be between 1 and %d", field, MaxRetentionDays)
		}
	}
	if r.MediaDays != nil && r.FolderDays != nil && *r.MediaDays > *r.FolderDays {
		return OutOfRange(prefix+"media_days", *r.FolderDays, *r.MediaDays, "media_days must be at most folder_days")
	}
	return nil
}

// Expiry holds the moments before which objects were created that are erased now; 0
// for a kind that is kept.
type Expiry struct{ Media, Folders, Analyses Time }

// Expired tells what expires at a moment. A day has 24 hours.
func (r Retention) Expired(now time.Time) Expiry {
	before := func(days *int) Time {
		if days == nil {
			return 0
		}
		return max(0, TimeOf(now.Add(-time.Duration(*days)*24*time.Hour)))
	}
	return Expiry{Media: before(r.MediaDays), Folders: before(r.FolderDays), Analyses: before(r.AnalysisDays)}
}

// Erased counts what a sweep erases.
type Erased struct{ Media, Folders, Analyses int }
