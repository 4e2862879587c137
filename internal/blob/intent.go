package blob

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"example.org/osprey"
	"example.org/osprey/internal/killpoint"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/vault"
)

// Item is one blob on its way in.
type Item struct {
	Key    string
	Object osprey.ID // what it belongs to; the seal is bound to it
	Data   []byte
}

// Intent is the first half of the commit protocol: blob before row. Between Begin
// and Settle the database holds a note of the blobs, so that a start after a
// crash can delete those that no row names.
type Intent struct {
	st      *store.Store
	blobs   *Store
	company osprey.ID
	keys    []string
	sizes   map[string]int64 // bytes by key, as sealed
}

// parallelPuts is how many blobs of one request are written at a time: each waits
// for the disk twice.
const parallelPuts = 4

// abortTimeout bounds the cleaning up after a request that failed; what it does
// not reach, the next start does.
const abortTimeout = 10 * time.Second

// Begin notes the keys (C2 of the protocol) and writes the blobs (C3). On error
// nothing is left behind but what the next start removes.
func Begin(ctx context.Context, st *store.Store, blobs *Store, company osprey.ID, items []Item) (*Intent, error) {
	in := &Intent{st: st, blobs: blobs, company: company, sizes: make(map[string]int64, len(items))}
	for _, it := range items {
		in.keys = append(in.keys, it.Key)
		in.sizes[it.Key] = int64(len(it.Data)) + vault.Overhead
	}
	err := st.Write(ctx, osprey.Within(company), func(tx *store.Tx) error { return tx.AddBlobIntent(in.keys) })
	if err != nil {
		return nil, err
	}
	killpoint.Hit(killpoint.CreateAfterIntent)

	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(parallelPuts)
	for _, it := range items {
		g.Go(func() error {
			defer killpoint.Hit(killpoint.CreateInBlobs)
			return blobs.PutKey(gctx, it.Key, company, it.Object, it.Data)
		})
	}
	if err := g.Wait(); err != nil {
		in.Abort(ctx)
		return nil, err
	}
	killpoint.Hit(killpoint.CreateAfterBlobs)
	return in, nil
}

// Bytes is how much the blobs take, as sealed.
func (in *Intent) Bytes() (sum int64) {
	for _, n := range in.sizes {
		sum += n
	}
	return sum
}

// Settle drops the notes in the transaction whose rows name the blobs (C4), and counts
// their bytes as stored by the company.
func (in *Intent) Settle(tx *store.Tx) error {
	if err := tx.AddBlobStored(in.company, in.sizes); err != nil {
		return err
	}
	return tx.DropBlobIntent(in.keys)
}

// Abort deletes the blobs and then the notes, after a request that failed. It
// goes on when the request's context is over.
func (in *Intent) Abort(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTimeout)
	defer cancel()
	for _, key := range in.keys {
		if in.blobs.Delete(ctx, key) != nil {
			return // the note stays, and the next start tries again
		}
	}
	_ = in.st.Write(ctx, osprey.Everything(), func(tx *store.Tx) error { return tx.DropBlobIntent(in.keys) })
}
