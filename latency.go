package osprey

import (
	"math"
	"time"
)

// A histogram of times keeps counts of buckets whose bounds grow by a quarter of an
// octave from one millisecond on: bucket 0 holds what took at most 1 ms, bucket n what
// took at most 2^(n/4) ms, the last one everything longer. A percentile read from it
// differs from the true one by less than 19 %.
const (
	bucketsPerOctave = 4
	// LatencyBuckets is the number of buckets; the last but one ends at 70 minutes.
	LatencyBuckets = 22*bucketsPerOctave + 2
)

// LatencyBucket is the bucket of a time.
func LatencyBucket(d time.Duration) int {
	ms := float64(d) / float64(time.Millisecond)
	if ms <= 1 {
		return 0
	}
	// The smallest n with ms <= 2^(n/4); the guard keeps rounding from splitting a bound.
	n := int(math.Ceil(bucketsPerOctave*math.Log2(ms) - 1e-9))
	return min(n, LatencyBuckets-1)
}

// bucketEnd is the upper bound of a bucket, in milliseconds.
func bucketEnd(n int) float64 { return math.Exp2(float64(n) / bucketsPerOctave) }

// Percentile reads the time that a share q (0 to 1) of what was counted did not pass,
// in whole milliseconds; counts are by bucket. Inside a bucket what was counted is
// taken to lie evenly. Zero when nothing was counted.
func Percentile(counts map[int]int64, q float64) int64 {
	var total int64
	for _, n := range counts {
		total += n
	}
	if total <= 0 {
		return 0
	}
	rank := max(1, math.Ceil(q*float64(total)))
	var below int64
	for b := range LatencyBuckets {
		n := counts[b]
		if n <= 0 || float64(below+n) < rank {
			below += max(n, 0)
			continue
		}
		low := 0.0
		if b > 0 {
			low = bucketEnd(b - 1)
		}
		return int64(math.Round(low + (bucketEnd(b)-low)*(rank-float64(below))/float64(n)))
	}
	return int64(math.Round(bucketEnd(LatencyBuckets - 1)))
}
