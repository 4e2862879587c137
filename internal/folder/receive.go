package folder

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"golang.org/x/sync/errgroup"

	"example.org/osprey"
	"example.org/osprey/internal/blob"
	"example.org/osprey/internal/look"
)

// Receiver judges files by their bytes and makes the rows that they would become. It
// keeps nothing and is safe for concurrent use.
type Receiver struct {
	looker *look.Looker
	ids    *osprey.IDs
}

// judge is how a file is looked at: look.Looker's Receive, or Admit where nothing of it
// may stay.
type judge = func(ctx context.Context, data []byte) (*look.Intake, error)

// NewReceiver makes a Receiver.
func NewReceiver(l *look.Looker, ids *osprey.IDs) *Receiver { return &Receiver{looker: l, ids: ids} }

// received is a file on its way in: its bytes, what is made of them at once, and the
// row it becomes.
type received struct {
	file  File
	seen  *look.Intake
	take  *claim // nil for a plain medium
	media osprey.Media
}

func rows(in []received) []osprey.Media {
	out := make([]osprey.Media, len(in))
	for i, r := range in {
		out[i] = r.media
	}
	return out
}

// take judges all files, side by side, and reports the faults of all parts
// together.
func (r *Receiver) take(ctx context.Context, f osprey.Folder, files []File, look judge) ([]received, error) {
	out := make([]received, len(files))
	faults := make([]error, len(files))
	var grp errgroup.Group
	grp.SetLimit(r.looker.Engine().Parallel())
	for i, file := range files {
		if file.Fault != nil {
			faults[i] = file.Fault
			continue
		}
		grp.Go(func() error {
			// A panic here would end the process, whose other requests have no part in it.
			defer func() {
				if p := recover(); p != nil {
					faults[i] = fmt.Errorf("folder: receiving a file panicked: %v\n%s", p, debug.Stack())
				}
			}()
			out[i], faults[i] = r.receive(ctx, f, file, look)
			return nil
		})
	}
	_ = grp.Wait() // faults hold the errors, by part
	if err := joinFaults(files, faults); err != nil {
		return nil, err
	}
	for i := range out {
		out[i].media.ID = r.ids.New() // in part order, so that sorting by id keeps it
	}
	return out, nil
}

// presort refuses files by what their heads tell, before any is decoded, with the
// error that take would have; see look.Looker.Presort.
func (r *Receiver) presort(files []File) error {
	faults := make([]error, len(files))
	for i, f := range files {
		if faults[i] = f.Fault; f.Fault == nil {
			faults[i] = r.looker.Presort(f.Data)
		}
	}
	return joinFaults(files, faults)
}

// receive judges one file and makes its row.
func (r *Receiver) receive(ctx context.Context, f osprey.Folder, file File, look judge) (received, error) {
	seen, err := look(ctx, file.Data)
	if err != nil {
		return received{}, err
	}
	in := received{file: file, seen: seen, media: osprey.Media{
		Folder: f.ID, Company: f.Company, Owner: f.User, Type: seen.Type, Key: file.Field,
		OriginalName: file.Name, Tags: file.Tags, Info: seen.Info, SHA256: seen.SHA256,
		Blob: blob.NewKey(), Thumb: blob.NewKey(), Metadata: file.Metadata, Technical: osprey.Metadata{},
	}}
	if len(seen.Preview) > 0 {
		in.media.Preview = blob.NewKey()
	}
	if seen.Type == osprey.MediaShotSet {
		in.take = readClaim(seen.Manifest)
	}
	return in, nil
}

// joinFaults makes one error of what is wrong with the parts. What failed on this
// side is told only when no file is at fault: trying again would not help the
// caller whose file is.
func joinFaults(files []File, faults []error) error {
	var parts []osprey.PartFault
	var own error
	for i, err := range faults {
		if err == nil {
			continue
		}
		var e *osprey.Error
		if !errors.As(err, &e) {
			return err
		}
		if e.Code.HTTPStatus() < 500 {
			parts = append(parts, osprey.PartFault{Field: files[i].Field, Err: e})
		} else if own == nil {
			own = e.With("field", files[i].Field)
		}
	}
	if err := osprey.JoinParts(parts); err != nil {
		return err
	}
	return own
}
