package analysis

import (
	"context"

	"example.org/osprey"
	"example.org/osprey/internal/look"
)

// memory is the source of media that are held in memory, of one request. What was
// seen in a medium serves the further analyses of the request. It belongs to one
// goroutine.
type memory struct {
	held map[osprey.ID]Held
	seen map[osprey.ID]glimpse
}

// glimpse is what is remembered of a look.
type glimpse struct {
	sight   sight
	quality osprey.Quality
}

// see takes what was seen in a medium before, or looks.
func (m *memory) see(ctx context.Context, t *trial, src osprey.SourceMedia, want look.Want) (sight, error) {
	if g, ok := m.seen[src.Media]; ok && !want.Liveness {
		return t.recalled(ctx, src, g.sight, g.quality)
	}
	medium, data, err := m.open(ctx, t, src)
	if err != nil {
		return sight{}, err
	}
	seen, err := t.observe(ctx, src, medium, data, want)
	if err == nil {
		m.seen[src.Media] = glimpse{sight: seen, quality: seen.seen.Quality}
	}
	return seen, err
}

// open gives a medium with its bytes.
func (m *memory) open(_ context.Context, _ *trial, src osprey.SourceMedia) (osprey.Media, []byte, error) {
	h, ok := m.held[src.Media]
	if !ok {
		return osprey.Media{}, nil, mediumGone(src)
	}
	return h.Media, h.Data, nil
}
