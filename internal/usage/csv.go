package usage

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
)

// csvHead are the columns of a report.
var csvHead = []string{"period", "company_id", "type", "source", "units", "failed", "over_quota"}

// CSV writes the sums of a report, one a line under a line of names (RFC 4180). No
// field begins as a spreadsheet's formula does.
func CSV(r Report) []byte {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	_ = w.Write(csvHead) // a bytes.Buffer takes everything
	for _, u := range r.Rows {
		_ = w.Write([]string{
			Cell(u.Period), Cell(string(u.Company)), Cell(string(u.Type)), Cell(string(u.Source)),
			strconv.FormatInt(u.Done, 10), strconv.FormatInt(u.Failed, 10), strconv.FormatInt(u.Over, 10),
		})
	}
	w.Flush()
	return out.Bytes()
}

// Cell makes a text fit for a cell: what a spreadsheet would take for a formula gets an
// apostrophe in front, which makes it a text.
func Cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n|", rune(s[0])) {
		return "'" + s
	}
	return s
}
