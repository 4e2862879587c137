//go:build linux

package media

import (
	"context"
	"syscall"
	"testing"
	"time"
)

// childTime is the time of the processor that ended children have taken.
func childTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// benchClip is five seconds of 720p with the detail of a moving pattern.
func benchClip(b *testing.B) ([]byte, *Player) {
	b.Helper()
	data := makeClip(b, "-f lavfi -i testsrc2=size=1280x720:rate=30,noise=alls=6:allf=t -t 5 -c:v libx264 -b:v 4M -pix_fmt yuv420p a.mp4")
	b.ResetTimer()
	return data, testPlayer(b, PlayerOptions{})
}

func BenchmarkInspectVideo(b *testing.B) {
	data, p := benchClip(b)
	start := childTime(b)
	for b.Loop() {
		_, f, err := p.Inspect(context.Background(), data)
		if err != nil {
			b.Fatal(err)
		}
		f.Release()
	}
	b.ReportMetric(float64((childTime(b)-start).Milliseconds())/float64(b.N), "child-ms/op")
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/op")
}

func BenchmarkPlayVideo(b *testing.B) {
	data, p := benchClip(b)
	start := childTime(b)
	for b.Loop() {
		if _, err := p.Play(context.Background(), data, PlayOptions{Rate: 15, Short: 720}, func(Shot) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((childTime(b)-start).Milliseconds())/float64(b.N), "child-ms/op")
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/op")
}
