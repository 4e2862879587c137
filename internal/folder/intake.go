package folder

import (
	"context"
	"errors"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/blob"
	"example.org/osprey/internal/replay"
	"example.org/osprey/internal/store"
)

// Create makes a folder with its media.
func (s *Service) Create(ctx context.Context, g access.Grant, in Intake) (View, error) {
	if err := in.Metadata.Check("folder:meta_data"); err != nil {
		return View{}, err
	}
	if err := in.Metadata.CheckConsent(); err != nil {
		return View{}, err
	}
	if err := s.room(len(in.Files)); err != nil {
		return View{}, err
	}
	company, hidden := g.Company(in.Company)
	if hidden != nil && !osprey.IsCode(hidden, osprey.CodeNotExist) {
		return View{}, hidden
	}
	f := newFolder(s.o.IDs.New(), company, g.Actor.User, in)
	media, err := s.receiver.take(ctx, f, in.Files, s.o.Looker.Receive)
	if err != nil {
		return View{}, err
	}
	// What the files are comes before what an id in the body names (api.md 1.11).
	if hidden != nil {
		return View{}, hidden
	}
	err = s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		if err := s.mayReceive(tx, g, f, in.Files, 0); err != nil || in.Analyses == nil {
			return err
		}
		return in.Analyses.Check(tx, f, rows(media))
	})
	if err != nil {
		return View{}, err
	}
	var v View // as it was stored
	event := access.Event{Action: "folder.create", Object: "folder", ObjectID: string(f.ID), Company: f.Company, Details: osprey.Details{"media": len(media)}}
	err = s.commit(ctx, g, event, media, func(tx *store.Tx) error {
		if err := s.mayReceive(tx, g, f, in.Files, 0); err != nil {
			return err
		}
		f.Created, f.Updated = tx.Now(), tx.Now()
		return tx.InsertFolder(f)
	}, func(tx *store.Tx) (err error) {
		v = View{Folder: f, Media: rows(media)}
		if in.Analyses != nil {
			if err := in.Analyses.Start(tx, f, v.Media); err != nil {
				return err
			}
			if v, err = whole(tx, f.ID); err != nil {
				return err
			}
		}
		return replay.Keep(tx, v)
	})
	if err != nil {
		return View{}, err
	}
	if in.Analyses != nil {
		in.Analyses.Committed()
	}
	return v, nil
}

// newFolder is the row of a folder to be made.
func newFolder(id, company, user osprey.ID, in Intake) osprey.Folder {
	f := osprey.Folder{
		ID: id, Company: company, User: user,
		Status: osprey.ResolutionInitial, System: osprey.ResolutionInitial,
		ResolutionEndpoint: in.ResolutionEndpoint, Metadata: in.Metadata, Technical: osprey.Metadata{"source": in.Source},
	}
	if f.Metadata == nil {
		f.Metadata = osprey.Metadata{}
	}
	if in.AdditionalInfo != nil {
		f.Technical["additional_info"] = *in.AdditionalInfo
	}
	return f
}

// AddMedia adds files to a folder and returns the new media in part order.
func (s *Service) AddMedia(ctx context.Context, g access.Grant, folder osprey.ID, in Addition) ([]osprey.Media, error) {
	if len(in.Files) == 0 {
		return nil, osprey.Errorf(osprey.CodeInvalidStructure, "At least one file is needed").
			With("field", "files").With("reason", "no_file").With("limit", 1).With("actual", 0)
	}
	if err := in.Metadata.CheckConsent(); err != nil {
		return nil, err
	}
	if err := s.visible(ctx, g, folder, len(in.Files)); err != nil {
		return nil, err
	}
	var f osprey.Folder
	var consents bool // the request brings what the folder lacks
	check := func(tx *store.Tx, read func(osprey.ID) (osprey.Folder, error)) (err error) {
		if f, err = read(folder); err != nil {
			return notExist(err)
		}
		if consents = in.Metadata.ConsentGiven() && !f.Metadata.ConsentGiven(); consents {
			f.Metadata = f.Metadata.Merge(osprey.Metadata{"consent": in.Metadata["consent"]})
		}
		_, present, err := tx.MediaList(folder, store.Query{})
		if err != nil {
			return err
		}
		return s.mayReceive(tx, g, f, in.Files, present)
	}
	err := s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error { return check(tx, tx.Folder) })
	if err != nil {
		// What the files are comes before rights and quota (api.md 1.11). Whoever lacks those
		// is told what the heads of the files say, and has nothing decoded.
		if fault := s.receiver.presort(in.Files); fault != nil {
			return nil, fault
		}
		return nil, err
	}
	media, err := s.receiver.take(ctx, f, in.Files, s.o.Looker.Receive)
	if err != nil {
		return nil, err
	}
	event := access.Event{Action: "media.create", Object: "folder", ObjectID: string(folder), Company: f.Company, Details: osprey.Details{"media": len(media)}}
	err = s.commit(ctx, g, event, media, func(tx *store.Tx) error {
		if err := check(tx, tx.LockFolder); err != nil {
			return err
		}
		if !consents {
			return tx.TouchFolder(folder)
		}
		if err := f.Metadata.Check("folder:meta_data"); err != nil {
			return err
		}
		return tx.SetMetadata(store.KindFolder, folder, f.Metadata)
	}, func(tx *store.Tx) error { return replay.Keep(tx, rows(media)) })
	if err != nil {
		return nil, err
	}
	return rows(media), nil
}

// visible refuses a folder that the grant does not see, and more files than any holds.
func (s *Service) visible(ctx context.Context, g access.Grant, folder osprey.ID, files int) error {
	err := s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		_, err := tx.Folder(folder)
		return notExist(err)
	})
	if err != nil {
		return err
	}
	return s.room(files)
}

// mayReceive asks whether the company exists, the folder has room, consent is given
// where the company wants it, and the grant may add to the folder.
func (s *Service) mayReceive(tx *store.Tx, g access.Grant, f osprey.Folder, files []File, present int) error {
	company, err := tx.Company(f.Company)
	if errors.Is(err, store.ErrNotFound) {
		return osprey.NotExistField("company_id")
	}
	if err != nil {
		return err
	}
	if err := s.room(present + len(files)); err != nil {
		return err
	}
	// What the request brings is in the folder's metadata already.
	if err := osprey.CheckConsent(company, len(files), nil, f.Metadata); err != nil {
		return err
	}
	if err := g.Check(f.Company, f.User); err != nil {
		return err
	}
	var bytes int64
	for _, file := range files {
		bytes += int64(len(file.Data))
	}
	return s.o.Quota.MayGrow(tx, f.Company, 0, bytes)
}

// room refuses more media than a folder holds.
func (s *Service) room(media int) error {
	if media <= s.o.MaxMedia {
		return nil
	}
	return osprey.TooLarge("files", s.o.MaxMedia, media, "", "A folder holds at most %d media", s.o.MaxMedia)
}

// commit writes blobs before rows: intents, blobs, then one transaction in which
// first writes what the media hang on, and last what hangs on them and tells of them.
func (s *Service) commit(ctx context.Context, g access.Grant, event access.Event, media []received, first, last func(*store.Tx) error) error {
	items := make([]blob.Item, 0, 3*len(media))
	for _, r := range media {
		items = append(items,
			blob.Item{Key: r.media.Blob, Object: r.media.ID, Data: r.file.Data},
			blob.Item{Key: r.media.Thumb, Object: r.media.ID, Data: r.seen.Thumb})
		if r.media.Preview != "" {
			items = append(items, blob.Item{Key: r.media.Preview, Object: r.media.ID, Data: r.seen.Preview})
		}
	}
	intent, err := blob.Begin(ctx, s.o.Store, s.o.Blobs, event.Company, items)
	if err != nil {
		return err
	}
	err = s.o.Audit.Audited(ctx, s.o.Store, g.View, g.Actor, event, func(tx *store.Tx, _ *access.Event) error {
		if err := first(tx); err != nil {
			return err
		}
		for i := range media {
			m := &media[i].media
			m.Created, m.Updated = tx.Now(), tx.Now()
			if err := s.settleTake(tx, &media[i]); err != nil {
				return err
			}
			if err := tx.InsertMedia(*m); err != nil {
				return err
			}
		}
		if err := intent.Settle(tx); err != nil {
			return err
		}
		if err := s.o.Quota.Grow(tx, event.Company, 0, intent.Bytes()); err != nil {
			return err
		}
		return last(tx)
	})
	if err != nil {
		intent.Abort(ctx)
	}
	return err
}
