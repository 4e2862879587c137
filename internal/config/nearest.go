package config

import (
	"fmt"
	"slices"
	"strings"
)

// unknownKey is the fault of a key that this build does not have.
func unknownKey(name, origin string) *Error {
	var names []string
	for _, k := range registry {
		if section, _, nested := strings.Cut(k.Name, "."); nested && !slices.Contains(names, section) {
			names = append(names, section)
		}
		names = append(names, k.Name)
	}
	return unknown(name, origin, names)
}

func unknown(name, origin string, names []string) *Error {
	if origin != "" {
		origin = " (" + origin + ")"
	}
	text := fmt.Sprintf("%s: unknown setting%s; the nearest is %s", clip(name), origin, nearest(name, names))
	return &Error{Key: clip(name), Reason: ReasonUnknown, Text: text}
}

// nearest is the name with the least edit distance, the first of equals.
func nearest(name string, names []string) string {
	best, least := "", 0
	for _, candidate := range names {
		if d := distance(clip(name), candidate); best == "" || d < least {
			best, least = candidate, d
		}
	}
	return best
}

// distance is Levenshtein's edit distance in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
