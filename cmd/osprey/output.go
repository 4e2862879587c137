package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
)

// column is one column of a table of T. The JSON forms show the whole T, under
// the names of its own keys.
type column[T any] struct {
	name string
	text func(T) string
}

// list writes results in the form asked for: a table, an array, an object a line,
// or comma-separated values.
func list[T any](c *call, items []T, columns []column[T]) error {
	out := bufio.NewWriter(c.stdout)
	var err error
	switch c.Output {
	case "json":
		if items == nil {
			items = []T{}
		}
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		err = e.Encode(items)
	case "ndjson":
		e := json.NewEncoder(out)
		for _, item := range items {
			if err = e.Encode(item); err != nil {
				break
			}
		}
	case "csv":
		err = writeCSV(out, items, columns)
	default:
		err = writeTable(out, items, columns)
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

func cells[T any](item T, columns []column[T]) []string {
	row := make([]string, len(columns))
	for i, col := range columns {
		row[i] = col.text(item)
	}
	return row
}

func heads[T any](columns []column[T]) []string {
	row := make([]string, len(columns))
	for i, col := range columns {
		row[i] = col.name
	}
	return row
}

func writeCSV[T any](out *bufio.Writer, items []T, columns []column[T]) error {
	w := csv.NewWriter(out)
	if err := w.Write(heads(columns)); err != nil {
		return err
	}
	for _, item := range items {
		if err := w.Write(cells(item, columns)); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

func writeTable[T any](out *bufio.Writer, items []T, columns []column[T]) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if _, err := fmt.Fprintln(w, strings.ToUpper(strings.Join(heads(columns), "\t"))); err != nil {
		return err
	}
	for _, item := range items {
		row := cells(item, columns)
		for i := range row {
			row[i] = oneLine(row[i])
		}
		if _, err := fmt.Fprintln(w, strings.Join(row, "\t")); err != nil {
			return err
		}
	}
	return w.Flush()
}

// oneLine keeps what users typed from breaking the table or the terminal.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

// one writes a single result: key and value a line, or the JSON object.
func one[T any](c *call, item T, columns []column[T]) error {
	switch c.Output {
	case "json":
		e := json.NewEncoder(c.stdout)
		e.SetIndent("", "  ")
		return e.Encode(item)
	case "ndjson", "csv":
		return list(c, []T{item}, columns)
	}
	out := bufio.NewWriter(c.stdout)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, col := range columns {
		if _, err := fmt.Fprintf(w, "%s\t%s\n", col.name, oneLine(col.text(item))); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return out.Flush()
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// number writes a figure that may be unset.
func number(v *float64) string {
	if v == nil {
		return "-"
	}
	return trimFloat(*v)
}

func trimFloat(v float64) string {
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.6f", v), "0"), ".")
}
