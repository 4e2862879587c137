package server

import (
	"context"
	"errors"

	"example.org/osprey"
	"example.org/osprey/internal/analysis"
	"example.org/osprey/internal/blob"
	"example.org/osprey/internal/lite"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/usage"
)

// metered counts analyses in the transactions that end or decide them.
func (h *House) metered(tx *store.Tx, c analysis.Change) error {
	switch c.Kind {
	case analysis.Ended:
		return h.usage.Ended(tx, c.Analysis, c.Folder)
	case analysis.Decided:
		return h.usage.Decided(tx, c.Analysis)
	case analysis.Deleted: // what was used was used
	}
	return nil
}

// reserve asks for the units of analyses of which nothing is stored, and counts what
// became of them.
func (h *House) reserve(ctx context.Context, company, user osprey.ID, planned []osprey.Analysis) (func([]osprey.Analysis), error) {
	if h.usage == nil { // without a store only the metrics count
		return func([]osprey.Analysis) {}, nil
	}
	asked := make(map[osprey.AnalysisType]int64)
	for _, a := range planned {
		asked[a.Type] += a.Units()
	}
	ticket, err := h.usage.Reserve(ctx, company, user, osprey.SourceInstant, asked)
	if err != nil {
		return nil, err
	}
	return func(ended []osprey.Analysis) {
		done, failed := make(map[osprey.AnalysisType]int64), make(map[osprey.AnalysisType]int64)
		for _, a := range ended {
			if a.State == osprey.StateFinished {
				done[a.Type] += a.Units()
			} else {
				failed[a.Type] += a.Units()
			}
		}
		ticket.End(done, failed)
	}, nil
}

// meterLite asks for the unit of a call of API Lite, and counts what became of it.
func (h *House) meterLite(ctx context.Context, c lite.Charge) (func(lite.Outcome), error) {
	if h.usage == nil { // without a store only the metrics count
		return func(lite.Outcome) {}, nil
	}
	one := map[osprey.AnalysisType]int64{c.Type: 1}
	ticket, err := h.usage.Reserve(ctx, c.Company, c.User, osprey.SourceLite, one)
	if err != nil {
		return nil, err
	}
	return func(o lite.Outcome) {
		switch o {
		case lite.Judged:
			ticket.End(one, nil)
		case lite.Failed:
			ticket.End(nil, one)
		case lite.NotJudged:
			ticket.End(nil, nil)
		}
	}, nil
}

// tellQuota tells the address of a company that a quota has reached a mark.
func (h *House) tellQuota(tx *store.Tx, m usage.Mark) error {
	return h.webhooks.Announce(tx, m.Company, m.Event, osprey.Metadata{"quota": map[string]any{
		"name": string(m.Name), "period": string(m.Period), "used": m.Used, "limit": m.Limit,
	}})
}

// measureBatch is how many blobs one transaction of measureBlobs takes up.
const measureBatch = 200

// measureBlobs finds out the sizes of blobs that an older version stored without
// noting them. There are none after the first start.
func (h *House) measureBlobs(ctx context.Context) error {
	for {
		var blobs []store.UnmeasuredBlob
		err := h.st.Read(ctx, osprey.Everything(), func(tx *store.Tx) (err error) {
			blobs, err = tx.UnmeasuredBlobs(measureBatch)
			return err
		})
		if err != nil || len(blobs) == 0 {
			return err
		}
		sizes := make(map[osprey.ID]map[string]int64)
		for _, b := range blobs {
			data, err := h.bucket.Get(ctx, b.Key)
			if err != nil && !errors.Is(err, blob.ErrNotFound) {
				return err
			}
			if sizes[b.Company] == nil {
				sizes[b.Company] = make(map[string]int64)
			}
			sizes[b.Company][b.Key] = int64(len(data))
		}
		err = h.st.Write(ctx, osprey.Everything(), func(tx *store.Tx) error {
			for company, s := range sizes {
				if err := tx.AddBlobStored(company, s); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}
