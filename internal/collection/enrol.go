package collection

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"example.org/osprey"
	"example.org/osprey/gallery"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/blob"
	"example.org/osprey/internal/index"
	"example.org/osprey/internal/killpoint"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/replay"
	"example.org/osprey/internal/store"
)

// AddPerson enrols a new person with its first photos.
func (s *Service) AddPerson(ctx context.Context, g access.Grant, collection osprey.ID, e Enrolment) (Enrolled, error) {
	return s.enrol(ctx, g, collection, "", e)
}

// AddImages enrols more photos of a person.
func (s *Service) AddImages(ctx context.Context, g access.Grant, collection, person osprey.ID, e Enrolment) (Enrolled, error) {
	e.Metadata = nil
	return s.enrol(ctx, g, collection, person, e)
}

// candidate is a photo on its way in: what was seen, and the row it becomes.
type candidate struct {
	photo Photo
	sight *look.Sight
	image osprey.PersonImage
}

// enrol is both calls: an empty person makes a new one. All or nothing: until
// the one transaction at the end nothing exists but noted blobs.
func (s *Service) enrol(ctx context.Context, g access.Grant, collection, person osprey.ID, e Enrolment) (_ Enrolled, err error) {
	event := access.Event{Action: "person.create", Object: "collection", ObjectID: string(collection), Company: g.Actor.Company}
	if person != "" {
		event.Action, event.Object, event.ObjectID = "person_image.create", "person", string(person)
	}
	defer func() { err = s.o.Audit.Refused(ctx, s.o.Store, g.Actor, event, err) }()
	if err := checkEnrolment(e); err != nil {
		return Enrolled{}, err
	}
	c, err := s.mayEnrol(ctx, g, collection, person, e.Photos)
	if err != nil {
		return Enrolled{}, err
	}
	event.Company = c.Company
	candidates, err := s.look(ctx, c, e.Photos)
	if err != nil {
		return Enrolled{}, err
	}
	var done Enrolled
	err = again(func() error {
		if c, err = s.mayEnrol(ctx, g, collection, person, e.Photos); err != nil {
			return err
		}
		done, err = s.place(ctx, g, c, person, e, candidates)
		return err
	})
	return done, err
}

// place looks for similar persons and commits. With RejectSimilar it answers
// errAgain when the collection has changed between the two.
func (s *Service) place(ctx context.Context, g access.Grant, c osprey.Collection, person osprey.ID, e Enrolment, candidates []candidate) (Enrolled, error) {
	similar, err := s.similar(ctx, c, person, candidates)
	if err != nil {
		return Enrolled{}, err
	}
	if e.RejectSimilar && len(similar) > 0 {
		return Enrolled{}, osprey.Conflict("", "similar_person", "A similar person is in the collection").
			With("similar_persons", similar)
	}
	if e.DryRun {
		return Enrolled{New: unborn(candidates), Similar: similar}, nil
	}
	if err := s.o.Index.Room(c, len(candidates)); err != nil {
		return Enrolled{}, err
	}
	return s.commit(ctx, g, c, person, e, candidates, similar)
}

func checkEnrolment(e Enrolment) error {
	switch n := len(e.Photos); {
	case n == 0:
		return osprey.Errorf(osprey.CodeInvalidStructure, "At least one photo is needed").
			With("field", "files").With("reason", "no_photo").With("limit", 1).With("actual", 0)
	case n > osprey.MaxPhotosPerRequest:
		return osprey.TooLarge("files", osprey.MaxPhotosPerRequest, n, "", "At most %d photos fit in a request", osprey.MaxPhotosPerRequest)
	}
	return e.Metadata.Check("person:meta_data")
}

// mayEnrol reads the collection and the person before the costly part, in the order
// of api.md 1.11: what is seen, what the files are by their heads, rights, quota. The
// transaction at the end asks everything again.
func (s *Service) mayEnrol(ctx context.Context, g access.Grant, collection, person osprey.ID, photos []Photo) (c osprey.Collection, err error) {
	var denied error
	err = s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		if c, err = tx.Collection(collection); err != nil {
			return notExist(err, "")
		}
		if person != "" {
			p, err := tx.Person(collection, person)
			if err != nil {
				return notExist(err, "")
			}
			if err := personFull(p.ImageCount + len(photos)); err != nil {
				return err
			}
		}
		denied = mayGrow(tx, s.o.Quota, g, c, person, photos)
		return nil
	})
	if err == nil && denied != nil {
		// Whoever lacks right or quota is told what the heads of the files say, and has
		// nothing decoded.
		if err = s.presort(photos); err == nil {
			err = denied
		}
	}
	return c, err
}

// mayGrow asks for the right on the collection, and the quota.
func mayGrow(tx *store.Tx, quota Quota, g access.Grant, c osprey.Collection, person osprey.ID, photos []Photo) error {
	if err := g.Check(c.Company, g.Actor.User); err != nil {
		return err
	}
	var bytes int64
	for _, p := range photos {
		bytes += int64(len(p.Data))
	}
	return quota.MayGrow(tx, c.Company, born(person), bytes)
}

// presort refuses photos by what their heads tell, before any is decoded, with the
// error that look would have.
func (s *Service) presort(photos []Photo) error {
	faults := make([]error, len(photos))
	for i, p := range photos {
		if faults[i] = p.Fault; p.Fault == nil {
			faults[i] = s.o.Looker.PresortPhoto(p.Data)
		}
	}
	return together(photos, faults)
}

// born is how many persons an enrolment makes.
func born(person osprey.ID) int64 {
	if person == "" {
		return 1
	}
	return 0
}

func personFull(photos int) error {
	if photos <= osprey.MaxPhotosPerPerson {
		return nil
	}
	return osprey.TooLarge("files", osprey.MaxPhotosPerPerson, photos, "person_full", "A person holds at most %d photos", osprey.MaxPhotosPerPerson)
}

// look looks at all photos, side by side, and reports the faults of all parts
// together: those of the files before those of the faces (api.md 1.11).
func (s *Service) look(ctx context.Context, c osprey.Collection, photos []Photo) ([]candidate, error) {
	out := make([]candidate, len(photos))
	faults := make([]error, len(photos))
	var grp errgroup.Group
	grp.SetLimit(s.o.Looker.Engine().Parallel())
	for i, p := range photos {
		if p.Fault != nil {
			faults[i] = p.Fault
			continue
		}
		grp.Go(func() error {
			out[i].photo = p
			out[i].sight, faults[i] = s.o.Looker.Photo(ctx, p.Data, s.o.Looker.EnrolmentGate(), choiceFor(c, p))
			return nil
		})
	}
	_ = grp.Wait() // faults hold the errors, by part
	if err := together(photos, faults); err != nil {
		return nil, err
	}
	for i := range out {
		if err := s.prepare(ctx, c, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// choiceFor is the face that counts in an enrolled photo.
func choiceFor(c osprey.Collection, p Photo) look.Choice {
	if c.FaceRule == osprey.FaceRuleLargest || osprey.HasTag(p.Tags, "photo_id") ||
		osprey.HasTag(p.Tags, "photo_id_front") || osprey.HasTag(p.Tags, "photo_id_portrait") {
		return look.Largest
	}
	return look.Strict
}

// together folds the faults of parts into one error: the first part of the
// earliest phase leads, and details.parts lists all of that phase.
func together(photos []Photo, faults []error) error {
	parts := make([]osprey.PartFault, 0, len(faults))
	for i, err := range faults {
		if err == nil {
			continue
		}
		var e *osprey.Error
		if !errors.As(err, &e) {
			return err
		}
		parts = append(parts, osprey.PartFault{Field: photos[i].Field, Err: e})
	}
	return osprey.JoinParts(parts)
}

// prepare gives a candidate its ids and seals its template.
func (s *Service) prepare(ctx context.Context, c osprey.Collection, k *candidate) error {
	model := s.o.Looker.Engine().ModelID()
	id := s.o.IDs.New()
	sealed, err := s.o.Templates.Seal(ctx, c.Company, id, model, k.sight.Embedding)
	if err != nil {
		return err
	}
	k.image = osprey.PersonImage{
		ID: id, Media: s.o.IDs.New(), Collection: c.ID, Company: c.Company,
		Key: k.photo.Field, OriginalName: k.photo.Name, Tags: k.photo.Tags, Metadata: k.photo.Metadata,
		Face: k.sight.Face, Quality: k.sight.Quality, Info: k.sight.Info, SHA256: k.sight.SHA256,
		Template: sealed,
	}
	return nil
}

func images(candidates []candidate) []osprey.PersonImage {
	out := make([]osprey.PersonImage, len(candidates))
	for i, k := range candidates {
		out[i] = k.image
	}
	return out
}

// unborn are photos that were only tried: they have no ids.
func unborn(candidates []candidate) []osprey.PersonImage {
	out := images(candidates)
	for i := range out {
		out[i].ID, out[i].Media = "", ""
	}
	return out
}

// commit is C2 to C6 of the protocol: intents, blobs, rows, index.
func (s *Service) commit(ctx context.Context, g access.Grant, c osprey.Collection, person osprey.ID, e Enrolment, candidates []candidate, similar []osprey.SimilarPerson) (Enrolled, error) {
	items := make([]blob.Item, 0, 2*len(candidates))
	for i := range candidates {
		k := &candidates[i]
		k.image.Blob, k.image.Thumb = blob.NewKey(), blob.NewKey() // never reused, not even by a repetition
		items = append(items,
			blob.Item{Key: k.image.Blob, Object: k.image.Media, Data: k.photo.Data},
			blob.Item{Key: k.image.Thumb, Object: k.image.Media, Data: k.sight.Thumb})
	}
	intent, err := blob.Begin(ctx, s.o.Store, s.o.Blobs, c.Company, items)
	if err != nil {
		return Enrolled{}, err
	}
	var done Enrolled
	err = s.o.Store.Write(ctx, g.View, func(tx *store.Tx) error {
		locked, err := tx.LockCollection(c.ID)
		if err != nil {
			return notExist(err, "")
		}
		if e.RejectSimilar && locked.Version != c.Version {
			return errAgain
		}
		p, err := s.personFor(tx, &locked, person, e.Metadata)
		if err != nil {
			return err
		}
		if err := s.insertImages(tx, &locked, &p, candidates); err != nil {
			return err
		}
		c = locked
		if err := intent.Settle(tx); err != nil {
			return err
		}
		if err := s.o.Quota.Grow(tx, c.Company, born(person), intent.Bytes()); err != nil {
			return err
		}
		if err := s.auditEnrolment(tx, g, p, person == "", candidates); err != nil {
			return err
		}
		done = Enrolled{Person: p, New: images(candidates), Similar: similar}
		return replay.Keep(tx, done)
	})
	if err != nil {
		intent.Abort(ctx)
		return Enrolled{}, err
	}
	killpoint.Hit(killpoint.CreateAfterCommit)
	s.follow(ctx, c)
	killpoint.Hit(killpoint.CreateInIndex)
	return done, nil
}

// personFor finds the person that photos are added to, or makes a new one.
func (s *Service) personFor(tx *store.Tx, c *osprey.Collection, person osprey.ID, m osprey.Metadata) (osprey.Person, error) {
	if person != "" {
		return whole(tx, c.ID, person)
	}
	p := osprey.Person{ID: s.o.IDs.New(), Collection: c.ID, Company: c.Company, Metadata: m, Created: tx.Now(), Updated: tx.Now()}
	if p.Metadata == nil {
		p.Metadata = osprey.Metadata{}
	}
	c.Persons++
	return p, tx.InsertPerson(p)
}

// insertImages writes the photos' rows, their places in the change log, and the
// collection's new version, counters and digest.
func (s *Service) insertImages(tx *store.Tx, c *osprey.Collection, p *osprey.Person, candidates []candidate) error {
	if err := personFull(len(p.Images) + len(candidates)); err != nil {
		return err
	}
	digest, err := index.ParseDigest(c.Digest)
	if err != nil {
		return err
	}
	for i := range candidates {
		k := &candidates[i]
		k.image.Person, k.image.Created, k.image.Updated = p.ID, tx.Now(), tx.Now()
		older, err := tx.ImageByHash(c.ID, p.ID, k.image.SHA256)
		switch {
		case err == nil:
			k.image.DuplicateOf = older.ID
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
		if err := tx.InsertPersonImage(k.image); err != nil {
			return err
		}
		c.Version++
		c.Images++
		digest = digest.Add(gallery.EntryDigest(string(k.image.ID), string(p.ID), k.sight.Embedding.Vector))
		if err := tx.AppendChange(store.Change{Collection: c.ID, Version: c.Version, Op: store.ChangeAdd, Image: k.image.ID, Person: p.ID}); err != nil {
			return err
		}
		p.Images = append(p.Images, k.image)
	}
	c.Digest, c.Updated = index.DigestText(digest), tx.Now()
	p.ImageCount, p.Updated = len(p.Images), tx.Now()
	if err := tx.TouchPerson(p.ID, p.ImageCount); err != nil {
		return err
	}
	return tx.SetCollectionState(*c)
}

func (s *Service) auditEnrolment(tx *store.Tx, g access.Grant, p osprey.Person, made bool, candidates []candidate) error {
	e := access.Event{
		Action: "person_image.create", Object: "person", ObjectID: string(p.ID), Company: p.Company,
		Details: osprey.Details{"collection_id": string(p.Collection), "images": len(candidates)},
	}
	if made {
		e.Action = "person.create"
	}
	return s.o.Audit(tx, g.Actor, e)
}

// follow tells the index of a committed change. Its failure is no failure of the
// call: every search names the version it needs and brings the index there.
func (s *Service) follow(ctx context.Context, c osprey.Collection) {
	if err := s.o.Index.Follow(context.WithoutCancel(ctx), c, c.Version); err != nil {
		s.o.Logger.Error("index does not follow a committed change; the next search tries again", "collection", c.ID, "error", err)
	}
}
