package client_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/client"
)

func TestVerifySignature(t *testing.T) {
	t.Parallel()
	const (
		secret = "whsec_0123456789abcdef"
		body   = `{"event":"ping"}`
		at     = 1767225600
		v1     = "89a84bd04f136ce25b30fc3a9a0273ff555486f47b7023201c8a08e877709e47" // the vector of the contract
	)
	now := time.Unix(at, 0)
	header := "t=1767225600,v1=" + v1
	two := osprey.SignWebhook([]string{"new", "old"}, at, []byte(body))
	for name, tt := range map[string]struct {
		header, body string
		now          time.Time
		secrets      []string
		want         error
	}{
		"the vector":                    {header, body, now, []string{secret}, nil},
		"with spaces and new parts":     {"t=1767225600, v2=x, v1=" + v1, body, now, []string{secret}, nil},
		"one of two secrets":            {header, body, now, []string{"other", secret}, nil},
		"signed twice, the newer known": {two, body, now, []string{"new"}, nil},
		"signed twice, the older known": {two, body, now, []string{"old"}, nil},
		"at the last moment":            {header, body, now.Add(300 * time.Second), []string{secret}, nil},
		"too old":                       {header, body, now.Add(301 * time.Second), []string{secret}, client.ErrSignatureOld},
		"of the future":                 {header, body, now.Add(-301 * time.Second), []string{secret}, client.ErrSignatureOld},
		"another secret":                {header, body, now, []string{"other"}, client.ErrSignature},
		"no secret":                     {header, body, now, nil, client.ErrSignature},
		"another body":                  {header, body + " ", now, []string{secret}, client.ErrSignature},
		"another moment":                {"t=1767225601,v1=" + v1, body, now, []string{secret}, client.ErrSignature},
		"upper case":                    {"t=1767225600,v1=" + strings.ToUpper(v1), body, now, []string{secret}, client.ErrSignature},
		"two moments":                   {"t=1767225600,t=1767225600,v1=" + v1, body, now, []string{secret}, client.ErrSignature},
		"no moment":                     {"v1=" + v1, body, now, []string{secret}, client.ErrSignature},
		"a moment that is none":         {"t=-1,v1=" + v1, body, now, []string{secret}, client.ErrSignature},
		"a moment beyond all":           {"t=99999999999999999999,v1=" + v1, body, now, []string{secret}, client.ErrSignature},
		"no signature":                  {"t=1767225600", body, now, []string{secret}, client.ErrSignature},
		"an empty signature":            {"t=1767225600,v1=", body, now, []string{secret}, client.ErrSignature},
		"too many":                      {"t=1767225600" + strings.Repeat(",v1="+v1, 9), body, now, []string{secret}, client.ErrSignature},
		"nothing":                       {"", body, now, []string{secret}, client.ErrSignature},
	} {
		if err := client.VerifySignature(tt.header, []byte(tt.body), tt.now, tt.secrets...); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

// FuzzVerifySignature: nothing that is not signed passes.
func FuzzVerifySignature(f *testing.F) {
	f.Add("t=1767225600,v1=00", []byte("{}"))
	f.Add(osprey.SignWebhook([]string{"s"}, 1767225600, []byte("{}")), []byte("{}"))
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		err := client.VerifySignature(header, body, time.Unix(1767225600, 0), "a secret that signed nothing")
		if err == nil {
			t.Fatalf("%q passed", header)
		}
	})
}
