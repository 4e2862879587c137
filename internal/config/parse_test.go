package config

import (
	"errors"
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"900": 15 * time.Minute, "0.5": 500 * time.Millisecond, "15m": 15 * time.Minute, "1h30m": 90 * time.Minute,
		"0": 0, "100ms": 100 * time.Millisecond, "-3": -3 * time.Second,
	} {
		if got, err := parseDuration(text, Host{}); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "m", "1 h", "1d", "NaN", "Inf", "1e19", "0x1", "1_000"} {
		if got, err := parseDuration(text, Host{}); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
	for d, want := range map[time.Duration]string{
		15 * time.Minute: "15m", 24 * time.Hour: "24h", 90 * time.Minute: "1h30m", 0: "0s", time.Hour + time.Second: "1h0m1s",
	} {
		if got := formatDuration(d); got != want {
			t.Errorf("%v is printed as %q", d, got)
		}
	}
}

func TestParseSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"0": 0, "1024": 1024, "10MiB": 10 << 20, "1.5 GiB": 3 << 29, "7B": 7, "2TiB": 2 << 40, "4KiB": 4096,
	} {
		if got, err := parseSize(text, Host{}); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "-1", "10MB", "10M", "MiB", "-1KiB", "9999999999999TiB", "1 2 B", "0x1KiB"} {
		if got, err := parseSize(text, Host{}); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
	for n, want := range map[int64]string{0: "0", 1: "1", 1 << 10: "1KiB", 1536: "1536", 10 << 20: "10MiB", 1 << 40: "1TiB"} {
		if got := formatSize(n); got != want {
			t.Errorf("%d is printed as %q", n, got)
		}
	}
	if n, err := parseMemory("25%", Host{MemoryLimit: 8 << 30}); err != nil || n != 2<<30 {
		t.Errorf("25%% of 8GiB is %d, %v", n, err)
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, seed := range []string{"900", "15m", "1h30m", "-1", "1e18", "0.5", "NaN", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := parseDuration(text, Host{})
		if err != nil {
			return
		}
		if back, err := parseDuration(formatDuration(d), Host{}); err != nil || back != d {
			t.Errorf("%q is %d, printed as %q, read back as %d, %v", text, d, formatDuration(d), back, err)
		}
	})
}

func FuzzParseSize(f *testing.F) {
	for _, seed := range []string{"1024", "10MiB", "1.5GiB", "-1", "1e18", "7B", "9e9TiB", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := parseSize(text, Host{})
		if err != nil {
			return
		}
		if n < 0 {
			t.Errorf("%q is %d", text, n)
		}
		if back, err := parseSize(formatSize(n), Host{}); err != nil || back != n {
			t.Errorf("%q is %d, printed as %q, read back as %d, %v", text, n, formatSize(n), back, err)
		}
	})
}

func TestMemoryLimit(t *testing.T) {
	t.Parallel()
	const meminfo = "MemTotal:       16777216 kB\nMemFree: 1 kB\n"
	tests := []struct {
		name  string
		files map[string]string
		want  int64
	}{
		{"nothing known", nil, fallbackMemory},
		{"machine", map[string]string{"/proc/meminfo": meminfo}, 16 << 30},
		{"no limit", map[string]string{"/proc/meminfo": meminfo, "/sys/fs/cgroup/memory.max": "max\n"}, 16 << 30},
		{"container", map[string]string{"/proc/meminfo": meminfo, "/sys/fs/cgroup/memory.max": "1073741824\n"}, 1 << 30},
		{"parent group", map[string]string{
			"/proc/meminfo": meminfo, "/proc/self/cgroup": "0::/a/b\n",
			"/sys/fs/cgroup/a/memory.max": "2147483648", "/sys/fs/cgroup/a/b/memory.max": "max",
		}, 2 << 30},
		{"version 1", map[string]string{
			"/proc/meminfo": meminfo, "/proc/self/cgroup": "5:cpu:/x\n4:memory:/x\nbad\n",
			"/sys/fs/cgroup/memory/x/memory.limit_in_bytes": "3221225472",
		}, 3 << 30},
		{"nonsense", map[string]string{"/proc/meminfo": "MemTotal: x kB\n"}, fallbackMemory},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := memoryLimit(func(path string) ([]byte, error) {
				if text, ok := tt.files[path]; ok {
					return []byte(text), nil
				}
				return nil, errors.New("absent")
			})
			if got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
	if h := ThisHost(); h.CPUs < 1 || h.MemoryLimit < 1<<20 {
		t.Errorf("this machine: %+v", h)
	}
}
