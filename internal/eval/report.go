package eval

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Result is what a measurement found.
type Result interface {
	// WriteText prints it as a table for people.
	WriteText(w io.Writer) error
	// Write writes report.json, curves as CSV and charts as PNG into a folder,
	// making it.
	Write(dir string) error
}

// Head is what every report begins with.
type Head struct {
	Kind  string `json:"kind"`  // the command: verify, identify, pad ...
	Model string `json:"model"` // id of the embedder, or of the liveness fusion
	Seed  uint64 `json:"seed"`
}

// files are the names and writers of a report's files.
type files map[string]func(io.Writer) error

// writeAll writes a report's files into a folder, making it.
func writeAll(dir string, all files) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // a report is for others to read
		return fmt.Errorf("eval: %w", err)
	}
	for name, write := range all {
		if err := writeFile(filepath.Join(dir, name), write); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.Create(path) //nolint:gosec // the folder is the user's choice
	if err != nil {
		return fmt.Errorf("eval: %w", err)
	}
	defer func() {
		if cerr := f.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("eval: %w", cerr)
		}
	}()
	return write(f)
}

// asJSON writes report.json.
func asJSON(report any) func(io.Writer) error {
	return func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(report)
	}
}

// asCSV writes rows below a header.
func asCSV(header []string, rows func(yield func([]string) bool)) func(io.Writer) error {
	return func(w io.Writer) error {
		c := csv.NewWriter(w)
		if err := c.Write(header); err != nil {
			return err
		}
		for row := range rows {
			if err := c.Write(row); err != nil {
				return err
			}
		}
		c.Flush()
		return c.Error()
	}
}

// figure prints a value for a CSV file.
func figure(v float64) string { return strconv.FormatFloat(v, 'g', 10, 64) }

// table is text in columns.
type table struct{ w *tabwriter.Writer }

func newTable(w io.Writer) table { return table{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)} }

// row writes one line; what users named is kept from breaking the table.
func (t table) row(cells ...string) {
	for i, c := range cells {
		cells[i] = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return ' '
			}
			return r
		}, c)
	}
	_, _ = fmt.Fprintln(t.w, strings.Join(cells, "\t")) // Flush tells of errors
}

// gap ends a block of columns.
func (t table) gap(title string) error {
	if err := t.w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(t.w, "\n%s\n", title)
	return err
}
