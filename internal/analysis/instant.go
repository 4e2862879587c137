package analysis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
)

// InstantOptions make an Instant.
type InstantOptions struct {
	Looker Looker
	IDs    *osprey.IDs
	Clock  osprey.Clock
	// Capture are the bounds of good capture, for warnings; the zero value is the
	// default table.
	Capture osprey.CaptureBounds
	Workers int           // requests that are worked on at a time
	Waiting int           // requests that wait for a worker; one more is refused
	Timeout time.Duration // of waiting and working together
	Observe Observer      // counts alone: what it is told of an analysis is for nobody's log
	// Reserve asks for units of a company and a user (empty without authentication), by
	// type: 429/18 when the company's quota would be passed. The function that comes back
	// is called once, with the analyses that have ended; none when the request was given
	// up. Optional.
	Reserve func(ctx context.Context, company, user osprey.ID, planned []osprey.Analysis) (end func(ended []osprey.Analysis), err error)
	Logger  *slog.Logger
}

// Instant judges media that are held in memory, and keeps nothing. It has neither a
// store nor blobs, so that nothing can reach a disk from here. It is safe for
// concurrent use.
type Instant struct {
	o      InstantOptions
	kit    *kit
	places chan struct{} // one value for each request that is worked on

	mu      sync.Mutex
	waiting int
}

// NewInstant makes an Instant.
func NewInstant(o InstantOptions) *Instant {
	if o.Observe.Ended == nil {
		o.Observe.Ended = func(osprey.Analysis) {}
	}
	if o.Observe.Stage == nil {
		o.Observe.Stage = func(string, float64) {}
	}
	if o.Reserve == nil {
		o.Reserve = func(context.Context, osprey.ID, osprey.ID, []osprey.Analysis) (func([]osprey.Analysis), error) {
			return func([]osprey.Analysis) {}, nil
		}
	}
	if o.Capture == (osprey.CaptureBounds{}) {
		o.Capture = osprey.DefaultCaptureBounds()
	}
	return &Instant{
		o: o, places: make(chan struct{}, max(1, o.Workers)),
		kit: &kit{Looker: o.Looker, IDs: o.IDs, Capture: o.Capture, Stage: o.Observe.Stage},
	}
}

// retryTimeout is the Retry-After of a request that took too long.
const retryTimeout = 5 * time.Second

// Room refuses with 503/19 while as many requests wait as may.
func (s *Instant) Room() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting < s.o.Waiting || s.waiting == 0 && len(s.places) < cap(s.places) {
		return nil
	}
	return osprey.Unavailable("queue_full", retryQueue, "The queue is full").With("limit", s.o.Waiting)
}

// Do waits for a worker and does the work, both within the time limit. A request
// whose time is over, or whose caller has left, ends the context of its work.
func (s *Instant) Do(ctx context.Context, work func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	leave, err := s.enter(limited)
	if err == nil {
		defer leave() // also when the work panics
		err = work(limited)
	}
	var e *osprey.Error
	refused := errors.As(err, &e) && e.Code.HTTPStatus() < 500
	if err != nil && !refused && ctx.Err() == nil && limited.Err() != nil {
		return osprey.Unavailable("timeout", retryTimeout, "The analyses took too long").With("limit", s.o.Timeout.Seconds())
	}
	return err
}

// enter takes a worker's place, or one among those who wait for it.
func (s *Instant) enter(ctx context.Context) (leave func(), err error) {
	leave = func() { <-s.places }
	s.mu.Lock()
	select {
	case s.places <- struct{}{}:
		s.mu.Unlock()
		return leave, nil
	default:
	}
	s.mu.Unlock()
	if err := s.Room(); err != nil {
		return nil, err
	}
	s.wait(1)
	defer s.wait(-1)
	select {
	case s.places <- struct{}{}:
		return leave, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *Instant) wait(n int) {
	s.mu.Lock()
	s.waiting += n
	s.mu.Unlock()
}

// Held is a medium in memory with its bytes.
type Held struct {
	Media osprey.Media
	Data  []byte
}

// Unstored is a request that nothing is kept of: a folder that exists nowhere, with
// its media. Company and user in it are the caller's, for counting alone.
type Unstored struct {
	Folder   osprey.Folder
	Media    []Held
	Requests []Request
	Settings osprey.Thresholds // of the company, over the installation's
	// Settle is asked when the analyses have ended, where they rest on what another
	// request may take meanwhile: it returns the media as they are to be judged again,
	// nil when the outcome stands. Nil: it does.
	Settle func(ctx context.Context) ([]Held, error)
}

// Outcome is what became of it.
type Outcome struct {
	Folder   osprey.Folder // with its status
	Analyses []osprey.Analysis
	Results  []osprey.Media       // the images that were cut out
	Images   map[osprey.ID][]byte // their JPEGs
}

// Check refuses analyses that are not offered without a store, and numbers of them.
func (s *Instant) Check(requests []Request) error {
	if err := checkCount(requests); err != nil {
		return err
	}
	for n, r := range requests {
		if r.Type == osprey.AnalysisCollection {
			return osprey.InvalidValue(fmt.Sprintf("analyses.%d.type", n), "There are no collections in a request of which nothing is stored").
				With("reason", "not_in_instant")
		}
	}
	return nil
}

// Judge makes the analyses of a request, one after the other. It is called in Do. The
// units are those of one round, however often the media are judged.
func (s *Instant) Judge(ctx context.Context, g access.Grant, u Unstored) (out Outcome, err error) {
	planned, from, err := s.prepare(u)
	if err != nil {
		return Outcome{}, err
	}
	if err := mayStart(g, u.Requests); err != nil {
		return Outcome{}, err
	}
	end, err := s.o.Reserve(ctx, u.Folder.Company, u.Folder.User, planned)
	if err != nil {
		return Outcome{}, err
	}
	var ended []osprey.Analysis
	defer func() { end(ended) }()
	for {
		if out, err = s.round(ctx, u.Folder, planned, from); err != nil {
			return Outcome{}, err
		}
		if u.Settle == nil {
			break
		}
		again, err := u.Settle(ctx)
		if err != nil {
			return Outcome{}, err
		}
		if again == nil {
			break
		}
		u.Media = again
		if planned, from, err = s.prepare(u); err != nil {
			return Outcome{}, err
		}
	}
	now := osprey.TimeOf(s.o.Clock.Now())
	out.Folder.Status, out.Folder.System = osprey.FoldFolder(planned)
	out.Folder.ResolutionTime, out.Folder.Updated = now, now
	for _, a := range planned {
		s.o.Observe.Ended(a)
	}
	ended = planned
	return out, nil
}

// prepare makes the analyses of a request as they are before anything was looked at.
func (s *Instant) prepare(u Unstored) ([]osprey.Analysis, *memory, error) {
	media := make([]osprey.Media, len(u.Media))
	from := &memory{held: make(map[osprey.ID]Held, len(u.Media)), seen: make(map[osprey.ID]glimpse)}
	for i, m := range u.Media {
		media[i], from.held[m.Media.ID] = m.Media, m
	}
	planned, err := s.kit.draft(u.Folder, media, u.Requests, u.Settings, osprey.TimeOf(s.o.Clock.Now()), nil)
	return planned, from, err
}

// round makes each analysis once.
func (s *Instant) round(ctx context.Context, f osprey.Folder, planned []osprey.Analysis, from *memory) (Outcome, error) {
	out := Outcome{Folder: f, Analyses: planned, Images: make(map[osprey.ID][]byte)}
	for _, i := range lookersFirst(planned) {
		shots, err := s.judge(ctx, &planned[i], from)
		if err != nil {
			return Outcome{}, err
		}
		for _, one := range shots {
			out.Results, out.Images[one.media.ID] = append(out.Results, one.media), one.data
		}
	}
	return out, nil
}

// lookersFirst orders the analyses so that those of liveness, which look at media
// anew, come first: what they saw serves the others.
func lookersFirst(planned []osprey.Analysis) []int {
	order := make([]int, len(planned))
	for i := range order {
		order[i] = i
	}
	anew := func(i int) int {
		if planned[i].Type == osprey.AnalysisQuality {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(order, func(i, j int) int { return anew(i) - anew(j) })
	return order
}

// judge ends one analysis. The error is the context's alone: every other fault makes
// the analysis FAILED.
func (s *Instant) judge(ctx context.Context, a *osprey.Analysis, from source) ([]shot, error) {
	a.Run = 1
	t := s.kit.trial(*a, from, s.o.Clock.Now())
	v, err := t.judge(ctx)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	a.Finished = osprey.TimeOf(s.o.Clock.Now())
	a.Updated = a.Finished
	if err == nil {
		a.Technical = v.notes
		return v.shots, a.Finish(v.word, v.result)
	}
	var ends final
	fault := blame(err)
	if errors.As(err, &ends) {
		fault = ends.fault
	} else {
		s.o.Logger.Error("an analysis of the Instant API failed", "type", string(a.Type), "cause", err)
	}
	a.Technical = t.technical(nil)
	return nil, failWith(a, fault)
}
