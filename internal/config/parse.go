package config

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

var errMalformed = errors.New("malformed")

// parseBool takes the words of YAML and of Oz's Python files, in any case.
func parseBool(s string, _ Host) (bool, error) {
	switch strings.ToLower(s) {
	case "true", "1", "yes", "on":
		return true, nil
	case "false", "0", "no", "off":
		return false, nil
	}
	return false, errMalformed
}

func parseInt(s string, _ Host) (int, error) { return strconv.Atoi(s) }

// parseFloat takes decimal numbers; infinities, NaN and hexadecimal are refused.
func parseFloat(s string, _ Host) (float64, error) {
	if strings.ContainsAny(s, "xXpP_") {
		return 0, errMalformed
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, err
	}
	if math.IsInf(n, 0) || math.IsNaN(n) {
		return 0, errMalformed
	}
	return n, nil
}

func formatFloat(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// parseDuration takes seconds ("900", "0.5") or a number with a unit ("15m",
// "1h30m").
func parseDuration(s string, h Host) (time.Duration, error) {
	if seconds, err := parseFloat(s, h); err == nil {
		nanos := seconds * float64(time.Second)
		if math.Abs(nanos) >= math.MaxInt64 {
			return 0, errMalformed
		}
		return time.Duration(math.Round(nanos)), nil
	}
	return time.ParseDuration(s)
}

// formatDuration drops the zero parts that time.Duration prints: 15m, not 15m0s.
func formatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// units of sizes, the largest first. Powers of ten have no unit here, so that
// nobody has to guess which of the two "MB" means.
var units = []struct {
	name  string
	bytes int64
}{
	{"TiB", 1 << 40},
	{"GiB", 1 << 30},
	{"MiB", 1 << 20},
	{"KiB", 1 << 10},
	{"B", 1},
}

// parseSize takes bytes ("10485760") or a number with a unit ("10MiB",
// "1.5 GiB"). Parts of a byte are dropped.
func parseSize(s string, h Host) (int64, error) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		if n < 0 {
			return 0, errMalformed
		}
		return n, nil
	}
	for _, unit := range units {
		number, ok := strings.CutSuffix(s, unit.name)
		if !ok {
			continue
		}
		n, err := parseFloat(strings.TrimSpace(number), h)
		if err != nil {
			return 0, err
		}
		bytes := n * float64(unit.bytes)
		if n < 0 || bytes >= math.MaxInt64 {
			return 0, errMalformed
		}
		return int64(bytes), nil
	}
	return 0, errMalformed
}

// formatSize uses the largest unit that divides n.
func formatSize(n int64) string {
	for _, unit := range units {
		if n != 0 && n%unit.bytes == 0 && unit.bytes > 1 {
			return strconv.FormatInt(n/unit.bytes, 10) + unit.name
		}
	}
	return strconv.FormatInt(n, 10)
}

// parseMemory takes a size, or a percentage of the memory limit ("50%").
func parseMemory(s string, h Host) (int64, error) {
	number, percent := strings.CutSuffix(s, "%")
	if !percent {
		return parseSize(s, h)
	}
	n, err := parseFloat(strings.TrimSpace(number), h)
	if err != nil {
		return 0, err
	}
	if n < 1 || n > 95 {
		return 0, errMalformed
	}
	return int64(float64(h.MemoryLimit) / 100 * n), nil
}
