package webhook

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// How many attempts run at a time in one process. Most of them wait for a receiver, so
// that there may be many; what one receiver or one company holds of them is little.
const (
	placesInAll      = 64
	placesOfCompany  = 8
	placesOfAddress  = 4
	addressesAtATime = 64 // of a company, in one look; more than its places
	companiesAtATime = 1024
)

// lookEvery is how often the drainer looks although nobody poked it: for attempts that
// have become due, and events of other nodes.
const lookEvery = time.Second

// leaseMargin is how much longer than an attempt a lease lasts: reading, rendering and
// writing beside the request.
const leaseMargin = time.Minute

// desk counts the attempts that run.
type desk struct {
	mu        sync.Mutex
	all       int
	companies map[osprey.ID]int
	receivers map[receiver]int
	running   sync.WaitGroup
}

func newDesk() desk {
	return desk{companies: make(map[osprey.ID]int), receivers: make(map[receiver]int)}
}

// receiver is a host that a company's events go to. Addresses that differ in path or
// query alone share its places: one machine answers them all.
type receiver struct {
	company osprey.ID
	host    string
}

func receiverOf(a store.DueAddress) receiver {
	u, err := url.Parse(a.URL)
	if err != nil { // it was checked when it was taken
		return receiver{a.Company, a.URL}
	}
	return receiver{a.Company, u.Scheme + "://" + u.Host}
}

// held is how many places a company has.
func (d *desk) held(company osprey.ID) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.companies[company]
}

// take reserves places for an address, at most those that are free, and returns how many.
func (d *desk) take(a store.DueAddress) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := min(placesInAll-d.all, placesOfCompany-d.companies[a.Company], placesOfAddress-d.receivers[receiverOf(a)])
	if n <= 0 {
		return 0
	}
	d.all += n
	d.companies[a.Company] += n
	d.receivers[receiverOf(a)] += n
	return n
}

// give returns places.
func (d *desk) give(a store.DueAddress, n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all -= n
	if d.companies[a.Company] -= n; d.companies[a.Company] == 0 {
		delete(d.companies, a.Company)
	}
	r := receiverOf(a)
	if d.receivers[r] -= n; d.receivers[r] == 0 {
		delete(d.receivers, r)
	}
}

// Recover gives back what a process that died had taken. The data folder must be this
// process's alone.
func (s *Service) Recover(ctx context.Context) error {
	err := s.o.Store.Write(ctx, osprey.Everything(), func(tx *store.Tx) error {
		_, err := tx.ReleaseDeliveries()
		return err
	})
	if err != nil {
		return fmt.Errorf("give interrupted webhook deliveries back: %w", err)
	}
	return nil
}

// Run delivers until the context ends, and returns when no attempt runs any more.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	defer s.desk.running.Wait()
	for ctx.Err() == nil {
		if _, err := s.begin(ctx); err != nil && ctx.Err() == nil {
			s.o.Logger.Error("webhook deliveries could not be looked for, it is tried again", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		case <-s.wake:
		}
	}
}

// Drain makes all attempts that are due now and returns when they are over.
func (s *Service) Drain(ctx context.Context) error {
	for {
		n, err := s.begin(ctx)
		s.desk.running.Wait()
		if err != nil || n == 0 {
			return err
		}
	}
}

// begin takes deliveries that are due, as far as there are places, and begins an attempt
// of each. It returns how many.
func (s *Service) begin(ctx context.Context) (int, error) {
	due, err := s.due(ctx)
	if err != nil || len(due) == 0 {
		return 0, err
	}
	// Those who have the fewest places come first: the backlogs of companies whose
	// receivers hang do not take what others wait for.
	held := make(map[osprey.ID]int, len(due))
	for _, a := range due {
		held[a.Company] = s.desk.held(a.Company)
	}
	slices.SortStableFunc(due, func(a, b store.DueAddress) int { return cmp.Compare(held[a.Company], held[b.Company]) })
	taken := make(map[store.DueAddress]int, len(due))
	for _, a := range due {
		if n := s.desk.take(a); n > 0 {
			taken[a] = n
		}
	}
	var claimed []osprey.Delivery
	if len(taken) > 0 {
		err = s.o.Store.Write(ctx, osprey.Everything(), func(tx *store.Tx) error {
			claimed = claimed[:0]
			for a, n := range taken {
				got, err := tx.ClaimDeliveries(a, s.o.Timeout+leaseMargin, n)
				if err != nil {
					return err
				}
				claimed = append(claimed, got...)
			}
			return nil
		})
	}
	if err != nil {
		claimed = nil
	}
	for _, d := range claimed {
		a := store.DueAddress{Company: d.Company, URL: d.URL}
		taken[a]--
		s.desk.running.Go(func() {
			s.deliver(ctx, d)
			s.desk.give(a, 1)
			s.Poke()
		})
	}
	for a, n := range taken {
		s.desk.give(a, n)
	}
	return len(claimed), err
}

// due lists addresses that wait, so that every company comes to its turn: the company
// that has waited longest first, and of each as many addresses as it could have places.
func (s *Service) due(ctx context.Context) (out []store.DueAddress, err error) {
	err = s.o.Store.Read(ctx, osprey.Everything(), func(tx *store.Tx) error {
		companies, err := tx.DueCompanies(companiesAtATime)
		if err != nil {
			return err
		}
		out = nil
		for _, c := range companies {
			addresses, err := tx.DueAddresses(c, addressesAtATime)
			if err != nil {
				return err
			}
			out = append(out, addresses...)
		}
		return nil
	})
	return out, err
}
