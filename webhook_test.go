package osprey

import (
	"testing"
	"time"
)

func TestResolutionEndpoint(t *testing.T) {
	t.Parallel()
	a, b, off := "https://a.example.com", "https://b.example.com", ""
	for name, tt := range map[string]struct {
		scopes []*string
		want   string
	}{
		"nobody has one":                 {[]*string{nil, nil, nil, nil}, ""},
		"the company's":                  {[]*string{nil, nil, nil, &a}, a},
		"the most specific wins":         {[]*string{nil, &b, nil, &a}, b},
		"an empty one switches it off":   {[]*string{&off, &b, &b, &a}, ""},
		"and only for what is above it":  {[]*string{&a, &off, nil, nil}, a},
		"off in the folder beats others": {[]*string{nil, nil, &off, &a}, ""},
	} {
		if got := ResolutionEndpoint(tt.scopes...); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestGroupAddress(t *testing.T) {
	t.Parallel()
	const group = ID("g")
	url, other, off := "https://a.example.com", "https://b.example.com", ""
	one := func(group ID, url *string, s State) Analysis {
		return Analysis{Group: group, ResolutionEndpoint: url, State: s}
	}
	for name, tt := range map[string]struct {
		left []Analysis
		want bool
	}{
		"none is left": {nil, false},
		"all ended":    {[]Analysis{one(group, &url, StateFinished), one(group, &url, StateFailed)}, true},
		"one is open":  {[]Analysis{one(group, &url, StateFinished), one(group, &url, StateProcessing)}, false},
		"open ones of another address do not hold it up": {[]Analysis{one(group, &url, StateFinished), one(group, &other, StateProcessing)}, true},
		"open ones without an address neither":           {[]Analysis{one(group, &url, StateFinished), one(group, &off, StateProcessing), one(group, nil, StateProcessing)}, true},
		"another group neither":                          {[]Analysis{one(group, &url, StateFinished), one("h", &url, StateProcessing)}, true},
		"only another group":                             {[]Analysis{one("h", &url, StateFinished)}, false},
	} {
		if got := GroupAddress(tt.left, group, url); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestRetrySchedule: 1 m, 5 m, 30 m, 2 h, 12 h, each by a tenth either way, six tries.
func TestRetrySchedule(t *testing.T) {
	t.Parallel()
	want := []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 12 * time.Hour}
	for i, w := range want {
		for _, jitter := range []float64{0, 0.25, 0.5, 0.999} {
			got, again := RetryDelivery(i+1, jitter)
			exact := time.Duration(float64(w) * (0.9 + 0.2*jitter))
			if diff := got - exact; !again || diff < -time.Microsecond || diff > time.Microsecond {
				t.Errorf("try %d, jitter %v: %v and %v, want %v", i+1, jitter, got, again, exact)
			}
		}
	}
	for _, try := range []int{-1, 0, 6, 7} {
		if d, again := RetryDelivery(try, 0.5); again || d != 0 {
			t.Errorf("try %d: %v, %v", try, d, again)
		}
	}
}

func TestRecordAttempt(t *testing.T) {
	t.Parallel()
	const now = Time(1_000_000_000)
	for name, tt := range map[string]struct {
		tries   int
		attempt DeliveryAttempt
		want    DeliveryStatus
		wait    time.Duration
	}{
		"2xx":                    {0, DeliveryAttempt{HTTPStatus: 204}, DeliveryDelivered, 0},
		"2xx at the last try":    {5, DeliveryAttempt{HTTPStatus: 200}, DeliveryDelivered, 0},
		"first failure":          {0, DeliveryAttempt{HTTPStatus: 500, Error: "x"}, DeliveryPending, time.Minute},
		"no answer":              {1, DeliveryAttempt{Error: "x"}, DeliveryPending, 5 * time.Minute},
		"a redirect":             {2, DeliveryAttempt{HTTPStatus: 302, Error: "x"}, DeliveryPending, 30 * time.Minute},
		"fifth failure":          {4, DeliveryAttempt{Error: "x"}, DeliveryPending, 12 * time.Hour},
		"sixth failure":          {5, DeliveryAttempt{Error: "x"}, DeliveryDead, 0},
		"gone at once":           {0, DeliveryAttempt{HTTPStatus: 410, Error: "x"}, DeliveryDead, 0},
		"other 4xx are tried on": {0, DeliveryAttempt{HTTPStatus: 404, Error: "x"}, DeliveryPending, time.Minute},
	} {
		d := Delivery{Status: DeliveryPending, Attempts: 7, Tries: tt.tries, Next: now}.Record(tt.attempt, now, 0.5)
		var next Time
		if tt.wait != 0 {
			next = now.Add(tt.wait)
		}
		if d.Status != tt.want || d.Next != next || d.Attempts != 8 || d.Tries != tt.tries+1 {
			t.Errorf("%s: %s, next %d, attempt %d, try %d; want %s, %d", name, d.Status, d.Next, d.Attempts, d.Tries, tt.want, next)
		}
	}
}

// TestSignWebhook holds the vector of the contract.
func TestSignWebhook(t *testing.T) {
	t.Parallel()
	const v1 = "89a84bd04f136ce25b30fc3a9a0273ff555486f47b7023201c8a08e877709e47"
	if got := SignWebhook([]string{"whsec_0123456789abcdef"}, 1767225600, []byte(`{"event":"ping"}`)); got != "t=1767225600,v1="+v1 {
		t.Errorf("one secret: %s", got)
	}
	two := SignWebhook([]string{"new", "whsec_0123456789abcdef"}, 1767225600, []byte(`{"event":"ping"}`))
	alone := SignWebhook([]string{"new"}, 1767225600, []byte(`{"event":"ping"}`))
	if two != alone+",v1="+v1 {
		t.Errorf("two secrets: %s", two)
	}
}
