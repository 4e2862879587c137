package gallerytest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// testTies holds everything equal, so that the ids alone decide.
func testTies(t *testing.T, factory Factory) {
	g := open(t, factory, 16)
	m := &script{}
	// Rising and falling ids, so that the order of adding cannot help.
	for _, n := range []int{5, 1, 9, 3, 7, 2, 8, 4, 6, 0} {
		apply(t, g, m.add(image(n), person(n%4), axis(16, 0)))
	}
	opposite := axis(16, 0)
	opposite[0] = -1
	for k := 1; k <= 6; k++ {
		for _, probe := range [][]float32{axis(16, 0), axis(16, 1), opposite} {
			compare(t, search(t, g, probe, k), m.at(m.version()), probe, k, m.version())
		}
	}
	if r := search(t, g, axis(16, 0), 2); r.Matches[0].Person != person(0) || r.Matches[0].Image != image(0) ||
		r.Matches[1].Person != person(1) || r.Matches[1].Image != image(1) {
		t.Errorf("ties do not go to the smaller ids: %+v", r.Matches)
	}
}

// testDimensions compares with the full scan around every width of a register.
func testDimensions(t *testing.T, factory Factory) {
	for _, dim := range []int{1, 2, 7, 8, 31, 32, 33, 63, 64, 65, 127, 128, 512, 4096} {
		t.Run(fmt.Sprint(dim), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(1, uint64(dim)))
			g := open(t, factory, dim)
			m := &script{}
			for i := range 40 {
				apply(t, g, m.add(image(i), person(i/2), random(rng, dim)))
			}
			for range 5 {
				probe := random(rng, dim)
				compare(t, search(t, g, probe, 5), m.at(40), probe, 5, 40)
			}
		})
	}
}

// population makes vectors of one kind, each an adversary of some shortcut.
var populations = map[string]func(rng *rand.Rand, dim, n int) [][]float32{
	"scattered": func(rng *rand.Rand, dim, n int) [][]float32 {
		return several(n, func(int) []float32 { return random(rng, dim) })
	},
	"one cluster": func(rng *rand.Rand, dim, n int) [][]float32 {
		centre := random(rng, dim)
		return several(n, func(int) []float32 { return near(rng, centre, 0.3) })
	},
	"near ties": func(rng *rand.Rand, dim, n int) [][]float32 {
		// Closer together than any code can tell.
		centre := random(rng, dim)
		return several(n, func(int) []float32 { return near(rng, centre, 1e-6) })
	},
	"duplicates": func(rng *rand.Rand, dim, n int) [][]float32 {
		few := several(3, func(int) []float32 { return random(rng, dim) })
		return several(n, func(int) []float32 { return few[rng.IntN(len(few))] })
	},
	"last bits": func(rng *rand.Rand, dim, n int) [][]float32 {
		centre := random(rng, dim)
		return several(n, func(int) []float32 {
			v := slices.Clone(centre)
			i := rng.IntN(dim)
			v[i] = math.Nextafter32(v[i], float32(rng.IntN(3)-1))
			return v
		})
	},
	"spikes": func(rng *rand.Rand, dim, n int) [][]float32 {
		// One component takes the whole range, the codes of the others are 0.
		return several(n, func(int) []float32 {
			v := near(rng, make([]float32, dim), 1)
			for i := range v {
				v[i] *= 0.003
			}
			v[rng.IntN(dim)] = 1
			return normalised(v)
		})
	},
	"edges of the length": func(rng *rand.Rand, dim, n int) [][]float32 {
		return several(n, func(i int) []float32 {
			v := random(rng, dim)
			for j := range v {
				v[j] *= 1 + float32(i%3-1)*0.00099
			}
			return v
		})
	},
	"denormal tails": func(rng *rand.Rand, dim, n int) [][]float32 {
		return several(n, func(int) []float32 {
			v := make([]float32, dim)
			for j := range v {
				v[j] = math.SmallestNonzeroFloat32 * float32(rng.IntN(5)-2)
			}
			v[rng.IntN(dim)] = float32(1 - 2*rng.IntN(2))
			return v
		})
	},
}

func several(n int, make func(i int) []float32) [][]float32 {
	out := [][]float32{}
	for i := range n {
		out = append(out, make(i))
	}
	return out
}

// testEqualsFullScan is promise 4 of the design, by property.
func testEqualsFullScan(t *testing.T, factory Factory) {
	for name, population := range populations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t2 *rapid.T) {
				dim := rapid.SampledFrom([]int{4, 24, 64, 96, 512}).Draw(t2, "dim")
				n := rapid.IntRange(1, 120).Draw(t2, "images")
				perPerson := rapid.SampledFrom([]int{1, 2, 7, 120}).Draw(t2, "images a person")
				k := rapid.SampledFrom([]int{1, 2, 10, 200}).Draw(t2, "k")
				rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t2, "seed"), 0))

				g := open(t, factory, dim)
				m := &script{}
				for i, v := range population(rng, dim, n) {
					apply(t2, g, m.add(image(rng.IntN(1<<20)<<8+i), person(rng.IntN((n+perPerson-1)/perPerson)), v))
				}
				now := m.at(m.version())
				for _, probe := range population(rng, dim, 3) {
					compare(t2, search(t2, g, probe, k), now, probe, k, m.version())
				}
				for _, e := range now {
					compare(t2, search(t2, g, e.Vector, k), now, e.Vector, k, m.version())
					break
				}
				if err := g.Close(); err != nil {
					t2.Fatalf("Close: %v", err)
				}
			})
		})
	}
}

// testHistory draws whole lives of a gallery: after each change state and search
// have to be what the log says, also where slots are used again.
func testHistory(t *testing.T, factory Factory) {
	rapid.Check(t, func(t2 *rapid.T) {
		const dim = 8
		g := open(t, factory, dim)
		m := &script{}
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t2, "seed"), 0))
		images := rapid.SampledFrom([]int{3, 20, 100}).Draw(t2, "images")
		added := 0
		for range rapid.IntRange(1, 150).Draw(t2, "changes") {
			now := m.at(m.version())
			n, p := image(rng.IntN(images)), person(rng.IntN(1+images/3))
			_, there := now[n]
			switch choice := rng.IntN(10); {
			case !there && choice < 8:
				apply(t2, g, m.add(n, p, random(rng, dim)))
				added++
			case there && choice < 5:
				apply(t2, g, m.remove(n))
			case there && choice < 8:
				apply(t2, g, m.move(n, p))
			case choice == 8:
				apply(t2, g, m.remove(n))
			default:
				apply(t2, g, m.skip())
			}
			now = m.at(m.version())
			if got, want := g.State(), now.state(m.version()); got != want {
				t2.Fatalf("state %+v, want %+v", got, want)
			}
			probe := random(rng, dim)
			compare(t2, search(t2, g, probe, 3), now, probe, 3, m.version())
		}
		if err := g.Close(); err != nil {
			t2.Fatalf("Close: %v", err)
		}
	})
}
