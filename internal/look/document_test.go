package look

import (
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/document"
)

// TestOpenExpiry: an expiry of which the day or the month is left open is judged by
// the last day that it can mean, though no date is shown for it (api.md 9.5.4).
func TestOpenExpiry(t *testing.T) {
	t.Parallel()
	const first = "P<UTOEXAMPLE<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<<"
	for _, tt := range []struct {
		second string
		until  string
		today  string
		result osprey.CheckResult
		word   osprey.Resolution
	}{
		{"X123456785UTO9001158F1903<<5Q7<<<<<<<<<<<<38", "2019-03-31", "2019-03-31", osprey.CheckPass, osprey.ResolutionSuccess},
		{"X123456785UTO9001158F1903<<5Q7<<<<<<<<<<<<38", "2019-03-31", "2019-04-01", osprey.CheckFail, osprey.ResolutionDeclined},
		{"X123456785UTO9001158F19<<<<4Q7<<<<<<<<<<<<34", "2019-12-31", "2019-12-31", osprey.CheckPass, osprey.ResolutionSuccess},
		{"X123456785UTO9001158F19<<<<4Q7<<<<<<<<<<<<34", "2019-12-31", "2020-01-01", osprey.CheckFail, osprey.ResolutionDeclined},
		{"X123456785UTO9001158F1903315Q7<<<<<<<<<<<<32", "2019-03-31", "2019-04-01", osprey.CheckFail, osprey.ResolutionDeclined},
		{"X123456785UTO9001158F<<<<<<0Q7<<<<<<<<<<<<36", "", "2019-04-01", osprey.CheckSkipped, osprey.ResolutionSuccess},
	} {
		today, err := time.Parse(time.DateOnly, tt.today)
		if err != nil {
			t.Fatal(err)
		}
		m, err := document.ParseMRZ([]string{first, tt.second}, today)
		if err != nil || !m.Valid {
			t.Fatalf("%s: %v, %+v", tt.second, err, m.CheckDigits)
		}
		v := osprey.DocumentView{
			Portrait: &osprey.Face{Right: 1, Bottom: 1},
			Grade:    osprey.Measures{osprey.CheckSharpness: 1, osprey.CheckGlare: 0, osprey.CheckResolution: 1200},
		}
		v.MRZ, v.Fields, v.Expiry = mrz(document.Reading{Found: true, MRZ: m, Confidence: 1})
		if v.Expiry != tt.until {
			t.Errorf("%s: good until %q, want %q", tt.second, v.Expiry, tt.until)
		}
		full := tt.second[21:27] == "190331"
		for _, f := range v.Fields {
			if f.Name == "expiry_date" && (f.MRZ != nil) != full {
				t.Errorf("%s: expiry_date shown as %v", tt.second, f.MRZ)
			}
		}
		r, word := osprey.JudgeDocuments([]osprey.DocumentView{v}, osprey.AnalysisParams{}, tt.today)
		if word != tt.word {
			t.Errorf("%s on %s: %s, want %s", tt.second, tt.today, word, tt.word)
		}
		for _, c := range r.Checks {
			if c.Name == osprey.CheckNotExpired && c.Result != tt.result {
				t.Errorf("%s on %s: not_expired is %s, want %s", tt.second, tt.today, c.Result, tt.result)
			}
		}
	}
}
