package gallery

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// plainScore is what a kernel has to compute, said in the plainest way.
func plainScore(sums []int32, rows []byte, probe []int8) {
	for i := range sums {
		sums[i] = 0
		for j, p := range probe {
			sums[i] += int32(rows[i*len(probe)+j]) * int32(p)
		}
	}
}

// kernels are all kernels of this build that this CPU can run.
func kernels() map[string]func() kernel {
	return map[string]func() kernel{
		"pair":    func() kernel { return new(pairKernel) },
		"default": newKernel,
	}
}

func TestKernelIsExact(t *testing.T) {
	t.Parallel()
	for name, make := range kernels() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := make() // one for all rounds: prepare has to forget the last probe
			rapid.Check(t, func(t *rapid.T) {
				width := rowAlign * rapid.IntRange(1, 10).Draw(t, "registers")
				n := rapid.IntRange(0, 5).Draw(t, "rows")
				probe := rapid.SliceOfN(rapid.Int8Range(-levels, levels), width, width).Draw(t, "probe")
				rows := rapid.SliceOfN(rapid.Byte(), n*width, n*width).Draw(t, "codes")
				checkKernel(t, k, rows, probe, n)
			})
		})
	}
}

func TestKernelAtItsExtremes(t *testing.T) {
	t.Parallel()
	for name, make := range kernels() {
		for _, width := range []int{rowAlign, 512, MaxDim} {
			for _, row := range []byte{0, 255} {
				for _, probe := range []int8{-levels, levels} {
					t.Run(fmt.Sprintf("%s/%d/%d/%d", name, width, row, probe), func(t *testing.T) {
						t.Parallel()
						checkKernel(t, make(), slices.Repeat([]byte{row}, 2*width), slices.Repeat([]int8{probe}, width), 2)
						alternating := slices.Repeat([]int8{probe, -probe, 0, probe}, width/4)
						checkKernel(t, make(), slices.Repeat([]byte{row}, 2*width), alternating, 2)
					})
				}
			}
		}
	}
}

func checkKernel(t interface {
	Helper()
	Fatalf(string, ...any)
}, k kernel, rows []byte, probe []int8, n int) {
	t.Helper()
	want, got := make([]int32, n), make([]int32, n)
	plainScore(want, rows, probe)
	k.prepare(probe)
	k.score(got, rows)
	if !slices.Equal(got, want) {
		t.Fatalf("sums %v, want %v", got, want)
	}
}

func BenchmarkKernel(b *testing.B) {
	const n, dim = maxBlockRows, 512
	rng := rand.New(rand.NewPCG(1, 2))
	rows := make([]byte, n*dim)
	for i := range rows {
		rows[i] = byte(rng.Uint32())
	}
	probe := make([]int8, dim)
	for i := range probe {
		probe[i] = int8(rng.IntN(2*levels+1) - levels)
	}
	sums := make([]int32, n)
	b.Run("default", func(b *testing.B) {
		k := newKernel()
		k.prepare(probe)
		for b.Loop() {
			k.score(sums, rows)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/row")
	})
	b.Run("plain", func(b *testing.B) {
		for b.Loop() {
			plainScore(sums, rows, probe)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/row")
	})
}
