package folder

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.org/osprey"
)

const challengeID osprey.ID = "01980000-0000-7000-8000-00000000ca01"

// TestReadClaim: what a manifest says of a challenge; all else is a plain medium.
func TestReadClaim(t *testing.T) {
	t.Parallel()
	mac := strings.Repeat("0f", sha256.Size)
	whole := fmt.Sprintf(`{"v":1,"action":"video_selfie_blank","challenge_id":%q,"step":2,"width":720,"times_ms":[0,100],"camera":{"a":[{}]},"mac":%q}`, strings.ToUpper(string(challengeID)), mac)
	got := readClaim([]byte(whole))
	if got == nil || got.challenge != challengeID || got.step != 2 || hex.EncodeToString(got.mac) != mac {
		t.Errorf("%+v", got)
	}
	for _, plain := range []string{
		"", "{}", "[]", "null", "7", `"challenge_id"`, `{"challenge_id":null,"mac":"` + mac + `"}`, `{"v":1`, `{"Challenge_ID":"x"}`,
		strings.Repeat(" ", maxManifest) + whole, `{"challenge_id":"` + strings.Repeat("[", 20000),
	} {
		if c := readClaim([]byte(plain)); c != nil {
			t.Errorf("%.40q is a take: %+v", plain, c)
		}
	}
	for _, odd := range []string{
		`{"challenge_id":7}`, `{"challenge_id":"x","step":"1","mac":7}`, `{"challenge_id":{},"step":1.5}`, `{"challenge_id":"","step":-1,"mac":"zz"}`,
		fmt.Sprintf(`{"challenge_id":[],"step":%d,"mac":"%s0"}`, osprey.MaxChallengeSteps, mac), `{"challenge_id":"x","step":null,"mac":null}`,
		`{"challenge_id":"x","step":99999999999999999999,"mac":"` + strings.Repeat("z", 64) + `"}`,
	} {
		if c := readClaim([]byte(odd)); c == nil || c.challenge != "" || c.step != -1 || len(c.mac) == sha256.Size {
			t.Errorf("%s: %+v", odd, c)
		}
	}
}

// FuzzReadClaim: whatever a manifest holds, a claim is within its bounds.
func FuzzReadClaim(f *testing.F) {
	f.Add([]byte(`{"challenge_id":"01980000-0000-7000-8000-00000000ca01","step":0,"mac":"` + strings.Repeat("0f", 32) + `"}`))
	f.Add([]byte(`{"challenge_id":[[[]]],"step":1e9,"mac":"é"}`))
	f.Fuzz(func(t *testing.T, manifest []byte) {
		c := readClaim(manifest)
		if c == nil {
			return
		}
		if c.step < -1 || c.step >= osprey.MaxChallengeSteps || len(c.mac) > sha256.Size {
			t.Errorf("%+v", c)
		}
		if id, ok := osprey.ParseID(string(c.challenge)); c.challenge != "" && (!ok || id != c.challenge) {
			t.Errorf("%+v", c)
		}
	})
}

// TestJudgeClaim: every reason, each the first that applies.
func TestJudgeClaim(t *testing.T) {
	t.Parallel()
	key, nonce := []byte("take key"), []byte("nonce")
	frames := [][32]byte{sha256.Sum256([]byte("a")), sha256.Sum256([]byte("b"))}
	made := osprey.TimeOf(time.Unix(1767225600, 0))
	challenge := osprey.Challenge{
		ID: challengeID, Session: "01980000-0000-7000-8000-00000000ca02", Nonce: nonce, Steps: make([]osprey.ChallengeStep, 2),
		Created: made, Expires: made.Add(2 * time.Hour),
	}
	whole := claim{challenge: challengeID, step: 1, mac: takeMACOf(key, nonce, frames)}
	for name, c := range map[string]struct {
		change func(*claim, *osprey.Challenge)
		frames [][32]byte
		key    string
		spent  []int
		after  time.Duration
		want   takeReason
	}{
		"holds":                {},
		"another step spent":   {spent: []int{0}},
		"at its end":           {after: time.Hour},
		"step spent":           {spent: []int{0, 1}, want: takeSpent},
		"life over":            {after: time.Hour + time.Second, want: takeExpired},
		"challenge over":       {after: time.Minute, change: func(_ *claim, of *osprey.Challenge) { of.Expires = made.Add(time.Second) }, want: takeExpired},
		"late and spent":       {after: 3 * time.Hour, spent: []int{1}, want: takeExpired},
		"frames swapped":       {frames: [][32]byte{frames[1], frames[0]}, want: takeMAC},
		"a frame more":         {frames: append([][32]byte{frames[0]}, frames...), want: takeMAC},
		"no frames":            {frames: [][32]byte{}, want: takeMAC},
		"key of another":       {key: "other", want: takeMAC},
		"another nonce":        {change: func(_ *claim, of *osprey.Challenge) { of.Nonce = []byte("none") }, want: takeMAC},
		"no MAC":               {change: func(c *claim, _ *osprey.Challenge) { c.mac = nil }, want: takeMAC},
		"no session":           {change: func(_ *claim, of *osprey.Challenge) { of.Session = "" }, want: takeMAC},
		"bad MAC, late, spent": {key: "other", after: 3 * time.Hour, spent: []int{1}, want: takeMAC},
		"no step":              {change: func(c *claim, _ *osprey.Challenge) { c.step = -1 }, want: takeUnknown},
		"step beyond":          {change: func(c *claim, _ *osprey.Challenge) { c.step = 2 }, want: takeUnknown},
	} {
		claimed, of, signedBy := whole, challenge, key
		if c.change != nil {
			c.change(&claimed, &of)
		}
		if c.frames == nil {
			c.frames = frames
		}
		if c.key != "" {
			signedBy = []byte(c.key)
		}
		if got := claimed.judge(of, c.spent, c.frames, signedBy, time.Hour, made.Add(c.after)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
