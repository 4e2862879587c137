package face

import (
	"context"
	"image"
)

// Smile gives how likely the face smiles, 0 to 1. It needs a model for
// TaskExpression, which is large: the default pack's takes ten times as long
// as any other, so ask only where a smile matters.
func (e *Engine) Smile(ctx context.Context, img image.Image, d Detection) (float64, error) {
	l, _, err := e.enter(ctx, img, &d)
	if err != nil {
		return 0, err
	}
	defer e.leave(l)
	k, err := e.only(l, TaskExpression)
	if err != nil {
		return 0, err
	}
	n := k.session.manifest.Input.Shape[2]
	m := square(n, d.Box.Center(), d.Box.Height(), 0)
	src := view(img, bounds(m, n, n).rect(), &l.patch)
	warp(src, m, n, n, borderNearest, careful, &l.mip[0], &l.mip[1])
	k.feed(l.mip[1])
	if err := k.run(); err != nil {
		return 0, err
	}
	return sigmoid(k.logOdds("happy")), nil
}
