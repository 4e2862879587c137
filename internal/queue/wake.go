package queue

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strconv"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// topicInsert is the topic on which River tells its fetchers of new jobs.
const topicInsert = "river_insert"

// driver is River's SQLite driver with another way to hear of new jobs. Its own
// writes a row for every job and looks for such rows 20 times a second, through
// the single write connection; but jobs of a SQLite database are only ever
// inserted by the process that runs them, so a channel does it, at once and for
// nothing.
type driver struct {
	*riversqlite.Driver
	waker *waker
}

var _ riverdriver.Driver[*sql.Tx] = (*driver)(nil)

// GetListener returns the listener that Poke wakes.
func (d *driver) GetListener(*riverdriver.GetListenenerParams) riverdriver.Listener {
	return d.waker
}

// SupportsListenNotify is false: no rows are written to tell of a new job.
func (d *driver) SupportsListenNotify() bool { return false }

// waker is a listener that hears nothing but its own process. River calls it
// from one goroutine at a time, except for wake.
type waker struct {
	woken   chan struct{} // holds one: several wakes before a look are one
	all     []string      // a payload for each kind
	pending []string
}

func newWaker(kinds map[string]int) *waker {
	w := &waker{woken: make(chan struct{}, 1)}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		w.all = append(w.all, `{"queue":`+strconv.Quote(kind)+`}`)
	}
	return w
}

func (w *waker) wake() {
	select {
	case w.woken <- struct{}{}:
	default:
	}
}

// WaitForNotification returns one payload after the other for each wake.
func (w *waker) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	if len(w.pending) == 0 {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-w.woken:
			w.pending = w.all
		}
	}
	payload := w.pending[0]
	w.pending = w.pending[1:]
	return &riverdriver.Notification{Topic: topicInsert, Payload: payload}, nil
}

// The rest of a listener has nothing to do without a connection.

func (w *waker) Connect(context.Context) error          { return nil }
func (w *waker) Close(context.Context) error            { return nil }
func (w *waker) Ping(context.Context) error             { return nil }
func (w *waker) Listen(context.Context, string) error   { return nil }
func (w *waker) Unlisten(context.Context, string) error { return nil }
func (w *waker) Schema() string                         { return "" }
func (w *waker) SetAfterConnectExec(string)             {}
