package gallery

import (
	"cmp"
	"math"
	"slices"
)

// candidate is an image whose similarity to the probe is known.
type candidate struct {
	person, image id
	similarity    float32
}

// byRank orders the best images of different persons, best first.
func byRank(x, y candidate) int {
	if c := cmp.Compare(y.similarity, x.similarity); c != 0 {
		return c
	}
	return x.person.compare(y.person)
}

// ranking keeps the best k persons of the candidates offered to it, each with
// its best image.
type ranking struct {
	k     int
	best  []candidate      // sorted byRank, one a person
	known map[id]candidate // the same by person
	floor float64          // similarity of the k-th person, -Inf while there are fewer
}

func newRanking(k int) *ranking {
	return &ranking{k: k, known: make(map[id]candidate), floor: math.Inf(-1)}
}

// of returns the similarity of the person's best image, -Inf where the person
// is not in the ranking.
func (r *ranking) of(person id) float64 {
	if c, ok := r.known[person]; ok {
		return float64(c.similarity)
	}
	return math.Inf(-1)
}

// offer ranks a candidate.
//
// Forgetting a person who falls out of the ranking is safe. At that moment k
// others are better, and they only get better still; should a better image bring
// the person back, the forgotten one would not have been the person's best.
func (r *ranking) offer(c candidate) {
	if old, ok := r.known[c.person]; ok {
		if c.similarity < old.similarity ||
			c.similarity == old.similarity && c.image.compare(old.image) >= 0 {
			return
		}
		at, _ := slices.BinarySearchFunc(r.best, old, byRank)
		r.best = slices.Delete(r.best, at, at+1)
	}
	at, _ := slices.BinarySearchFunc(r.best, c, byRank)
	if at == r.k {
		return
	}
	if len(r.best) == r.k {
		delete(r.known, r.best[r.k-1].person)
		r.best = r.best[:r.k-1]
	}
	r.best = slices.Insert(r.best, at, c)
	r.known[c.person] = c
	if len(r.best) == r.k {
		r.floor = float64(r.best[r.k-1].similarity)
	}
}

// matches returns the ranking as a search's result.
func (r *ranking) matches() []Match {
	out := make([]Match, len(r.best))
	for i, c := range r.best {
		out[i] = Match{Person: c.person.String(), Image: c.image.String(), Similarity: c.similarity}
	}
	return out
}
