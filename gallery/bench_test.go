package gallery

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// BenchmarkSearch asks for the best 10 of galleries with two images a person:
// for somebody who is not there, and for somebody who is (similarity about 0.7,
// the threshold in use near 0.5). brute-ratio is how many times as long a full
// scan takes.
func BenchmarkSearch(b *testing.B) {
	const dim, k = 512, 10
	for _, n := range []int{1_000, 10_000, 100_000} {
		exact := build(b, dim, n)
		brute := bruteLike(b, dim, n)
		rng := rand.New(rand.NewPCG(5, uint64(n)))
		stranger := make([]float32, dim)
		fillUnit(rng, stranger)
		mated := make([]float32, dim)
		_, enrolled := exact.row(exact.images[mustID(b, testID('8', n/2))])
		for i, x := range enrolled {
			mated[i] = 0.7*x + 0.714*stranger[i]
		}
		normalise(mated)
		for name, probe := range map[string][]float32{"stranger": stranger, "mated": mated} {
			p := Probe{Model: testModel, Vector: probe}
			b.Run(fmt.Sprintf("%d/%s", n, name), func(b *testing.B) {
				began := time.Now()
				want, err := brute.Search(b.Context(), p, k)
				if err != nil {
					b.Fatal(err)
				}
				full := time.Since(began)
				b.ReportAllocs()
				var got Result
				for b.Loop() {
					if got, err = exact.Search(b.Context(), p, k); err != nil {
						b.Fatal(err)
					}
				}
				if fmt.Sprint(got.Matches) != fmt.Sprint(want.Matches) {
					b.Fatal("the result is not that of the full scan")
				}
				perSearch := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
				b.ReportMetric(perSearch/float64(n), "ns/image")
				b.ReportMetric(float64(full.Nanoseconds())/perSearch, "brute-ratio")
				b.ReportMetric(float64(got.Reranked), "reranked")
			})
		}
	}
}

func BenchmarkBrute(b *testing.B) {
	const n = 10_000
	brute := bruteLike(b, 512, n)
	probe := Probe{Model: testModel, Vector: testEntry(rand.New(rand.NewPCG(5, 5)), 512, 0).Vector}
	for b.Loop() {
		if _, err := brute.Search(b.Context(), probe, 10); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/image")
}

// BenchmarkApply replaces images in a gallery of 10,000: one removal and one
// addition a round.
func BenchmarkApply(b *testing.B) {
	const n = 10_000
	e := build(b, 512, n)
	entries := make([]Entry, 0, n)
	for entry := range testEntries(1, 512, n) {
		entries = append(entries, entry)
	}
	version, i := int64(n), 0
	for b.Loop() {
		for _, op := range []Op{OpRemove, OpAdd} {
			version++
			if err := e.Apply(context.Background(), Change{Version: version, Op: op, Entry: entries[i%n]}); err != nil {
				b.Fatal(err)
			}
		}
		i++
	}
	b.ReportMetric(2*float64(b.N)/b.Elapsed().Seconds(), "changes/s")
}

func BenchmarkSnapshot(b *testing.B) {
	const n = 10_000
	seal := newGCM(b)
	e := build(b, 512, n)
	data := snapshot(b, e, seal)
	b.Run("write", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		var w bytes.Buffer
		for b.Loop() {
			w.Reset()
			if _, err := e.WriteSnapshot(b.Context(), &w, seal, testBinding); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "images/s")
	})
	b.Run("read", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			back, err := restore(data, seal, e.Config())
			if err != nil {
				b.Fatal(err)
			}
			_ = back.Close() // it never fails
		}
		b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "images/s")
	})
}

func bruteLike(b *testing.B, dim, n int) *Brute {
	b.Helper()
	brute, err := NewBrute(Config{Model: testModel, Dim: dim})
	if err != nil {
		b.Fatal(err)
	}
	version := int64(0)
	for entry := range testEntries(1, dim, n) {
		version++
		if err := brute.Apply(context.Background(), Change{Version: version, Op: OpAdd, Entry: entry}); err != nil {
			b.Fatal(err)
		}
	}
	b.Cleanup(func() { _ = brute.Close() })
	return brute
}
