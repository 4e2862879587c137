package config

import (
	"encoding/json"
	"errors"
	"testing"
)

func TestChange(t *testing.T) {
	t.Parallel()
	base, err := Resolve(Sources{
		Host: host(), Environ: []string{"OSPREY_RATE_PUBLIC_RPS=5"},
		Database: map[string]string{"biometry.threshold_max": "0.95", "collection.target_fpir": "0.5"},
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		body   string
		reason Reason // "" for accepted
		key    string
	}{
		{`{"collection.threshold": 0.9}`, "", ""},
		{`{"collection.threshold": 0, "rate.company_burst": 5}`, "", ""},
		{`{"collection.target_fpir": null}`, "", ""},
		{`{"collection.target_fpir": 0.01}`, "", ""},
		{`{"biometry.threshold_min": 0.9}`, "", ""}, // the stored threshold_max allows it
		{`{"biometry.threshold_min": 0.96}`, ReasonInvalid, "biometry.threshold_min"},
		{`{"collection.threshold": null}`, ReasonInvalid, "collection.threshold"},
		{`{"collection.threshold": "0.9"}`, ReasonInvalid, "collection.threshold"},
		{`{"collection.threshold": true}`, ReasonInvalid, "collection.threshold"},
		{`{"collection.threshold": 1.5}`, ReasonInvalid, "collection.threshold"},
		{`{"collection.threshold": [1]}`, ReasonInvalid, "collection.threshold"},
		{`{"rate.company_burst": 1.5}`, ReasonInvalid, "rate.company_burst"},
		{`{"rate.company_burst": 1e300}`, ReasonInvalid, "rate.company_burst"},
		{`{"http.listen": ":1"}`, ReasonUnknown, "http.listen"},
		{`{"collection.treshold": 0.9}`, ReasonUnknown, "collection.treshold"},
		{`{"rate.public_rps": 6}`, ReasonLocked, "rate.public_rps"},
	}
	for _, tt := range tests {
		t.Run(tt.body, func(t *testing.T) {
			t.Parallel()
			var changes map[string]any
			if err := json.Unmarshal([]byte(tt.body), &changes); err != nil {
				t.Fatal(err)
			}
			stored, next, err := base.Change(changes)
			if tt.reason != "" {
				var fault *Error
				if !errors.As(err, &fault) || fault.Reason != tt.reason || fault.Key != tt.key {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || len(stored) != len(changes) {
				t.Fatalf("stored %v, %v", stored, err)
			}
			for _, s := range next.Settings {
				want, changed := changes[s.Key]
				if !changed {
					continue
				}
				// Numbers of the registry are int or float64; JSON has only one of them.
				if n, ok := s.Value.(int); ok {
					s.Value = float64(n)
				}
				if s.Value != want || s.Source != SourceDatabase {
					t.Errorf("%s = %v from %s, want %v", s.Key, s.Value, s.Source, want)
				}
			}
		})
	}
}
