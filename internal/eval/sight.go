package eval

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"golang.org/x/sync/errgroup"

	"example.org/osprey"
	"example.org/osprey/internal/look"
)

// Progress is told of each file that was looked at.
type Progress func(done, total int)

// seen is what one photograph gave.
type seen struct {
	vector  []float32
	quality osprey.Quality
	reason  string // why there is no vector
}

// sideBySide does one thing for each file, as many at a time as the engine
// computes. The first error ends it.
func sideBySide[T any](ctx context.Context, l *look.Looker, paths []string, tell Progress, do func(context.Context, string) (T, error)) ([]T, error) {
	results := make([]T, len(paths))
	done := make(chan struct{}, len(paths))
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		n := 0
		for range done {
			if n++; tell != nil {
				tell(n, len(paths))
			}
		}
	}()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(l.Engine().Parallel())
	for i, path := range paths {
		g.Go(func() (err error) {
			if err := ctx.Err(); err != nil {
				return err
			}
			results[i], err = do(ctx, path)
			done <- struct{}{}
			return err
		})
	}
	err := g.Wait()
	close(done)
	<-finished
	return results, err
}

// templates looks at every photograph once.
func templates(ctx context.Context, l *look.Looker, paths []string, choice look.Choice, tell Progress) (map[string]seen, error) {
	paths = distinct(paths)
	results, err := sideBySide(ctx, l, paths, tell, func(ctx context.Context, path string) (seen, error) {
		return template(ctx, l, path, choice)
	})
	if err != nil {
		return nil, err
	}
	out := make(map[string]seen, len(paths))
	for i, p := range paths {
		out[p] = results[i]
	}
	return out, nil
}

// distinct sorts paths and drops repetitions.
func distinct(paths []string) []string {
	out := slices.Clone(paths)
	slices.Sort(out)
	return slices.Compact(out)
}

// template looks at one photograph. What the pipeline refuses is a result, a file
// that cannot be read is an error.
func template(ctx context.Context, l *look.Looker, path string, choice look.Choice) (seen, error) {
	data, err := read(path)
	if err != nil {
		return seen{}, err
	}
	s, err := l.Template(ctx, data, l.AnalysisGate(), choice)
	if reason, refused := refusal(err); refused {
		return seen{reason: reason}, nil
	}
	if err != nil {
		return seen{}, fmt.Errorf("eval: %s: %w", path, err)
	}
	return seen{vector: s.Embedding.Vector, quality: s.Quality}, nil
}

// read reads a file within the bound.
func read(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the user's set names what to read
	if err != nil {
		return nil, fmt.Errorf("eval: %w", err)
	}
	defer func() { _ = f.Close() }() // only read from
	data, err := io.ReadAll(io.LimitReader(f, maxMedium+1))
	if err != nil {
		return nil, fmt.Errorf("eval: %w", err)
	}
	if len(data) > maxMedium {
		return nil, fmt.Errorf("eval: %s: larger than %d bytes", path, maxMedium)
	}
	return data, nil
}

// refusal is the word for what the pipeline refuses: the reason in the error's
// details, else its code's name. The end of time and faults of the machine are no
// refusals.
func refusal(err error) (reason string, refused bool) {
	var fault *osprey.Error
	if !errors.As(err, &fault) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return "", false
	}
	if reason, _ = fault.Details["reason"].(string); reason != "" {
		return reason, true
	}
	switch fault.Code {
	case osprey.CodeNoFace:
		return "no_face", true
	case osprey.CodeSeveralFaces:
		return "several_faces", true
	case osprey.CodeLowQuality:
		return "low_quality", true
	}
	return fmt.Sprintf("code_%d", fault.Code), true
}

// Failed is a file that gave nothing to measure, and why.
type Failed struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}
