package httpapi

import (
	"encoding/json"
	"testing"
	"time"

	"example.org/osprey"
)

func TestTimesOf(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	one := func(state osprey.State, created int, queue string, finished int) osprey.Analysis {
		a := osprey.Analysis{State: state, Created: osprey.TimeOf(at(created)), Technical: osprey.Metadata{}}
		if queue != "" {
			a.Technical["queue_ms"] = json.Number(queue)
		}
		if finished > 0 {
			a.Finished = osprey.TimeOf(at(finished))
		}
		return a
	}
	const open, over = osprey.StateProcessing, osprey.StateFinished
	for name, tt := range map[string]struct {
		analyses []osprey.Analysis
		want     timeLogs
		done     bool
	}{
		"one":                {[]osprey.Analysis{one(over, 39, "5", 440)}, timeLogs{40, 4, 396, 455}, true},
		"two, side by side":  {[]osprey.Analysis{one(over, 39, "9", 440), one(over, 39, "3", 300)}, timeLogs{40, 2, 398, 455}, true},
		"one is open":        {[]osprey.Analysis{one(over, 39, "5", 100), one(open, 39, "", 0)}, timeLogs{40, 4, 411, 455}, false},
		"none has begun":     {[]osprey.Analysis{one(open, 39, "", 0)}, timeLogs{40, 415, 0, 455}, false},
		"ended without note": {[]osprey.Analysis{one(osprey.StateFailed, 39, "", 300)}, timeLogs{40, 415, 0, 455}, true},
		"begun at once":      {[]osprey.Analysis{one(over, 39, "0", 454)}, timeLogs{40, 0, 414, 455}, true},
		"none":               {nil, timeLogs{40, 415, 0, 455}, true},
	} {
		got, done := timesOf(at(0), at(40), at(455), tt.analyses)
		if got != tt.want || done != tt.done {
			t.Errorf("%s: %+v, done %v; want %+v, %v", name, got, done, tt.want, tt.done)
		}
		if got.Upload+got.Queue+got.Analysis > got.Total {
			t.Errorf("%s: the parts of %+v are more than the whole", name, got)
		}
	}
}

func TestReadSingle(t *testing.T) {
	t.Parallel()
	got, err := readSingle(parse(t, `{"analyses":[{"type":"biometry","source_media":["b","a","b"]},{"type":"quality","source_media":[]}]}`))
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	if r := got[0]; len(r.Parts) != 2 || r.Parts[0] != "b" || r.Parts[1] != "a" || r.SourceIndex[1] != 1 || r.Source != nil {
		t.Errorf("media %+v", r)
	}
	if got[1].Parts != nil {
		t.Errorf("an empty list names %v", got[1].Parts)
	}
	for _, body := range []string{`{}`, `{"analyses":null}`, `{"analyses":[]}`} {
		if got, err := readSingle(parse(t, body)); err != nil || got != nil {
			t.Errorf("%s: %v, %v", body, got, err)
		}
	}
	for body, want := range map[string]string{
		`{"analyses":{}}`:             "400/5 analyses",
		`{"analyses":[{}]}`:           "400/3 analyses.0.type",
		`{"analyses":[{"type":"x"}]}`: "400/4 analyses.0.type",
		`{"analyses":[{"type":"quality","source_media":[1]}]}`: "400/5 analyses.0.source_media",
		`{"analyses":[{"type":"quality","source_media":"a"}]}`: "400/5 analyses.0.source_media",
	} {
		_, err := readSingle(parse(t, body))
		refused(t, err, want)
	}
}
