package osprey

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// WebhookEvent says what a webhook request tells (api.md 13.1).
type WebhookEvent string

// The events.
const (
	EventGroupCompleted  WebhookEvent = "group_completed"
	EventOperatorDecided WebhookEvent = "operator_decided"
	EventPing            WebhookEvent = "ping"
	EventQuotaWarning    WebhookEvent = "quota_warning"
	EventQuotaReached    WebhookEvent = "quota_reached"
)

// WebhookEvents lists them.
var WebhookEvents = []WebhookEvent{
	EventGroupCompleted, EventOperatorDecided, EventPing, EventQuotaWarning, EventQuotaReached,
}

// ParseWebhookEvent reads one without regard to case.
func ParseWebhookEvent(s string) (WebhookEvent, bool) { return word(s, WebhookEvents) }

// DeliveryStatus is where a delivery stands.
type DeliveryStatus string

// The statuses of a delivery.
const (
	DeliveryPending   DeliveryStatus = "pending"   // there will be another attempt
	DeliveryDelivered DeliveryStatus = "delivered" // a receiver answered 2xx
	DeliveryDead      DeliveryStatus = "dead"      // given up
)

// ParseDeliveryStatus reads one without regard to case.
func ParseDeliveryStatus(s string) (DeliveryStatus, bool) {
	return word(s, []DeliveryStatus{DeliveryPending, DeliveryDelivered, DeliveryDead})
}

func word[T ~string](s string, words []T) (T, bool) {
	for _, w := range words {
		if strings.EqualFold(s, string(w)) {
			return w, true
		}
	}
	return "", false
}

// Delivery is one event on its way to one address.
type Delivery struct {
	ID       ID
	EventID  ID // stable over attempts and redeliveries
	Event    WebhookEvent
	Company  ID
	Folder   ID // of the group or the decided analysis; else empty
	Group    ID // of group_completed
	Analysis ID // of operator_decided
	URL      string
	Details  Metadata // what the request carries in place of folder and analyses
	Status   DeliveryStatus
	Attempts int  // made so far, over all schedules
	Tries    int  // made since the present schedule began
	Next     Time // of the next attempt; 0 unless Status is pending
	Run      int  // raised by whoever takes the delivery: results of older runs are void
	Created  Time
	Updated  Time
}

// DeliveryAttempt is one request to the address of a delivery.
type DeliveryAttempt struct {
	Attempt    int // from 1
	Time       Time
	HTTPStatus int    // 0: no answer came
	Error      string // of our own words; empty: the receiver answered 2xx
	Duration   time.Duration
}

// WebhookSecret signs the webhook requests of a company.
type WebhookSecret struct {
	ID      ID
	Company ID
	Prefix  string // what its owner knows it by
	Sealed  []byte
	// Automatic marks one that the server made because a delivery needed one; the first
	// that the company creates replaces it.
	Automatic bool
	LastUsed  Time // 0: never
	Created   Time
}

// MaxWebhookSecrets is how many a company has at a time.
const MaxWebhookSecrets = 2

// ResolutionEndpoint is the address that counts of several scopes, most specific first:
// the first that is not nil. An empty address there switches the webhook off; so does
// nil everywhere, and both come back as the empty string.
func ResolutionEndpoint(scopes ...*string) string {
	for _, s := range scopes {
		if s != nil {
			return *s
		}
	}
	return ""
}

// GroupAddress tells whether a group has come to its end for an address: every analysis
// that has the address has left PROCESSING, and there is one. analyses are those of the
// group that are left; others are passed over.
func GroupAddress(analyses []Analysis, group ID, url string) (complete bool) {
	for _, a := range analyses {
		if a.Group != group || ResolutionEndpoint(a.ResolutionEndpoint) != url {
			continue
		}
		if a.State == StateProcessing {
			return false
		}
		complete = true
	}
	return complete
}

// deliveryRetries are the waits after the failures of a schedule; one attempt more is
// made than there are waits.
var deliveryRetries = []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 12 * time.Hour}

// retrySpread is the share by which a wait is longer or shorter at most.
const retrySpread = 0.1

// RetryDelivery is the wait after the try-th failure of a schedule, from 1. jitter from
// 0 up to 1 moves it by up to a tenth either way. False: it was the last try.
func RetryDelivery(try int, jitter float64) (time.Duration, bool) {
	if try < 1 || try > len(deliveryRetries) {
		return 0, false
	}
	wait := deliveryRetries[try-1]
	return wait + time.Duration(float64(wait)*retrySpread*(2*jitter-1)), true
}

// Record is the delivery after an attempt that its present run made: delivered by any
// 2xx, dead at once by 410 and after the last try of the schedule, else due again.
func (d Delivery) Record(a DeliveryAttempt, now Time, jitter float64) Delivery {
	d.Attempts++
	d.Tries++
	d.Next = 0
	wait, again := RetryDelivery(d.Tries, jitter)
	switch {
	case a.Error == "":
		d.Status = DeliveryDelivered
	case a.HTTPStatus == http410 || !again:
		d.Status = DeliveryDead
	default:
		d.Status, d.Next = DeliveryPending, now.Add(wait)
	}
	return d
}

// http410 is Gone: the receiver wants no more.
const http410 = 410

// SignWebhook is the value of the header Osprey-Signature for a body sent at a moment
// in UNIX seconds: one signature a secret, in the order given, which is newest first.
func SignWebhook(secrets []string, t int64, body []byte) string {
	stamp := strconv.FormatInt(t, 10)
	value := "t=" + stamp
	for _, s := range secrets {
		mac := hmac.New(sha256.New, []byte(s))
		mac.Write([]byte(stamp + "."))
		mac.Write(body)
		value += ",v1=" + hex.EncodeToString(mac.Sum(nil))
	}
	return value
}
