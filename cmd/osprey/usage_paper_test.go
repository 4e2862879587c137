package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	domain "example.org/osprey"
	"example.org/osprey/client"
)

// TestUsagePaper: the pages tell every figure of the CSV, and the same report gives the
// same bytes.
func TestUsagePaper(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	report := client.Usage{
		Items: []client.UsageItem{
			{Period: text("2026-10-01"), CompanyID: text("01980000-0000-7000-8000-0000000000c1"), Type: text("QUALITY"), Source: text("api"), Units: client.Units{Units: 41_234, Failed: 17, Over: 5}},
			{Period: text("2026-10-02"), Type: text("COLLECTION"), Source: text("lite"), Units: client.Units{Units: 903}},
		},
		Totals: client.Units{Units: 42_137, Failed: 17, Over: 5},
	}
	month, _ := domain.ParseMonth("2026-10")
	first, err := usageFile("pdf", month, report)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := usageFile("pdf", month, report); err != nil || string(again) != string(first) {
		t.Errorf("made again it is %d bytes, was %d: %v", len(again), len(first), err)
	}
	reader, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("SKIPPED: pdftotext is not here (Debian package poppler-utils)")
	}
	path := filepath.Join(t.TempDir(), "usage.pdf")
	if err := os.WriteFile(path, first, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(reader, "-layout", path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := usageFile("csv", month, report)
	if err != nil {
		t.Fatal(err)
	}
	words := " " + strings.Join(strings.Fields(string(out)), " ") + " "
	for line := range strings.Lines(string(sheet)) {
		for cell := range strings.SplitSeq(strings.TrimSpace(line), ",") {
			if cell != "" && !strings.Contains(words, " "+cell+" ") {
				t.Errorf("%q is in the CSV and not on the pages:\n%s", cell, out)
			}
		}
	}
	for _, total := range []string{"units 42137", "failed 17", "over_quota 5"} {
		if !strings.Contains(words, total) {
			t.Errorf("%q is not on the pages:\n%s", total, out)
		}
	}
}
