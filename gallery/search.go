package gallery

import (
	"context"
	"fmt"

	"example.org/osprey"
)

// scratch is what a search needs for itself.
type scratch struct {
	kernel kernel
	codes  []int8  // of the probe
	sums   []int32 // the kernel's, one a row of a block
}

// view is the gallery as one reader sees it, from enter to leave.
type view struct {
	state  State
	blocks []*block
}

// Search finds the best k persons as [Gallery] says. The context is looked at
// between blocks.
func (e *Exact) Search(ctx context.Context, probe Probe, k int) (Result, error) {
	if err := checkK(k); err != nil {
		return Result{}, err
	}
	if err := e.config.checkVector(probe.Model, probe.Vector); err != nil {
		return Result{}, err
	}
	v, err := e.enter()
	if err != nil {
		return Result{}, err
	}
	best, reranked, err := e.scan(ctx, v, probe.Vector, k)
	if !e.leave(v) && err == nil {
		err = ErrClosed
	}
	if err != nil {
		return Result{}, fmt.Errorf("gallery: searching version %d: %w", v.state.Version, err)
	}
	return Result{
		Matches:  best.matches(),
		Version:  v.state.Version,
		Images:   v.state.Images,
		Persons:  v.state.Persons,
		Reranked: reranked,
	}, nil
}

// enter begins to read the present version. Rows of that version stay in place
// until leave.
func (e *Exact) enter() (view, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return view{}, ErrClosed
	}
	e.rows.enter(e.state.Version)
	return view{state: e.state, blocks: e.rows.blocks}, nil
}

// leave ends what enter began. It reports false when the gallery was closed
// meanwhile: then what was read is worth nothing.
func (e *Exact) leave(v view) bool {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return false
	}
	e.rows.leave(v.state.Version)
	due := e.rows.due()
	e.mu.Unlock()
	e.free(due)
	return true
}

func (e *Exact) scan(ctx context.Context, v view, probe []float32, k int) (*ranking, int, error) {
	s := e.scratch.Get().(*scratch)
	defer func() {
		clear(s.codes)
		e.scratch.Put(s)
	}()
	y := quantiseProbe(s.codes, probe)
	s.kernel.prepare(y.codes)
	best := newRanking(k)
	reranked := 0
	for _, b := range v.blocks {
		if ctx.Err() != nil {
			return nil, 0, context.Cause(ctx)
		}
		reranked += s.scanBlock(b, v.state.Version, probe, &y, best)
	}
	return best, reranked, nil
}

// scanBlock offers the ranking every row of the block that could be in it and
// returns how many those were.
//
// A row is passed over only where its similarity is surely below the k-th best
// person's so far, or surely below what its own person has already. The ranking
// only ever gets better, so neither kind could be in the result; equality is not
// passed over, since the ids then decide.
func (s *scratch) scanBlock(b *block, version int64, probe []float32, y *quantisedProbe, best *ranking) int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	sums := s.sums[:b.high]
	s.kernel.score(sums, b.codes[:b.high*len(y.codes)])
	dim, reranked := len(probe), 0
	for i, sum := range sums {
		if !b.visible(i, version) {
			continue
		}
		upper := y.upperBound(sum, b.scale[i], b.residual[i])
		if upper < best.floor || upper < best.of(b.person[i]) {
			continue
		}
		reranked++
		best.offer(candidate{
			person:     b.person[i],
			image:      b.image[i],
			similarity: osprey.Similarity(probe, b.vectors[i*dim:][:dim]),
		})
	}
	return reranked
}
