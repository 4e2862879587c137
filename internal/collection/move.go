package collection

import (
	"context"

	"example.org/osprey"
	"example.org/osprey/gallery"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/index"
	"example.org/osprey/internal/replay"
	"example.org/osprey/internal/store"
)

// MoveImages gives photos to another person of the collection, all or none, and
// returns that person. A matched photo stays where it is: the analysis names its
// person.
func (s *Service) MoveImages(ctx context.Context, g access.Grant, collection, person, target osprey.ID, ids []osprey.ID) (osprey.Person, error) {
	var c osprey.Collection
	var to osprey.Person
	err := again(func() error {
		hashes, err := s.vectorHashes(ctx, g, collection, person)
		if err != nil {
			return err
		}
		return s.audited(ctx, g, "person_image.move", "person", person, func(tx *store.Tx, e *access.Event) (err error) {
			if c, err = tx.LockCollection(collection); err != nil {
				return notExist(err, "")
			}
			e.Company = c.Company
			e.Details = osprey.Details{"collection_id": string(c.ID), "target_person_id": string(target), "images": len(ids)}
			if to, err = s.move(tx, g, &c, person, target, ids, hashes); err != nil {
				return err
			}
			return replay.Keep(tx, to)
		})
	})
	if err != nil {
		return osprey.Person{}, err
	}
	s.follow(ctx, c)
	return to, nil
}

// move is the transaction's part: find, check, write, and return the target.
func (s *Service) move(tx *store.Tx, g access.Grant, c *osprey.Collection, person, target osprey.ID, ids []osprey.ID, hashes map[osprey.ID]gallery.VectorHash) (osprey.Person, error) {
	from, err := whole(tx, c.ID, person)
	if err != nil {
		return osprey.Person{}, err
	}
	if _, err := tx.Person(c.ID, target); err != nil {
		return osprey.Person{}, notExist(err, "target_person_id")
	}
	moved, err := findImages(tx, c.ID, person, ids)
	if err != nil {
		return osprey.Person{}, err
	}
	if err := g.Check(c.Company, g.Actor.User); err != nil {
		return osprey.Person{}, err
	}
	if err := unmatched(tx, moved); err != nil || target == person {
		return from, err
	}
	if err := s.moveRows(tx, c, from, target, moved, hashes); err != nil {
		return osprey.Person{}, err
	}
	return whole(tx, c.ID, target)
}

// findImages finds the photos to move; ids may be image or media ids, repeated
// ones count once.
func findImages(tx *store.Tx, collection, person osprey.ID, ids []osprey.ID) ([]osprey.PersonImage, error) {
	seen := make(map[osprey.ID]bool, len(ids))
	var out []osprey.PersonImage
	for _, id := range ids {
		i, err := tx.PersonImage(collection, person, id)
		if err != nil {
			return nil, notExist(err, "images")
		}
		if !seen[i.ID] {
			seen[i.ID] = true
			out = append(out, i)
		}
	}
	return out, nil
}

// unmatched refuses photos that an analysis matched.
func unmatched(tx *store.Tx, images []osprey.PersonImage) error {
	for _, i := range images {
		refs, total, err := tx.ImageReferences(i.ID, maxReferences)
		if err != nil {
			return err
		}
		if err := referenced("person_image_id", "The photo is referenced by collection analyses", refs, total); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) moveRows(tx *store.Tx, c *osprey.Collection, from osprey.Person, target osprey.ID, moved []osprey.PersonImage, hashes map[osprey.ID]gallery.VectorHash) error {
	present, err := tx.ImagesOfPerson(target)
	if err != nil {
		return err
	}
	if err := personFull(len(present) + len(moved)); err != nil {
		return err
	}
	digest, err := index.ParseDigest(c.Digest)
	if err != nil {
		return err
	}
	for _, i := range moved {
		hash, ok := hashes[i.ID]
		if !ok {
			return errAgain
		}
		digest = digest.Sub(hash.Entry(string(i.ID), string(from.ID))).Add(hash.Entry(string(i.ID), string(target)))
		c.Version++
		if err := tx.MoveImage(i.ID, target); err != nil {
			return err
		}
		if err := tx.AppendChange(store.Change{Collection: c.ID, Version: c.Version, Op: store.ChangeMove, Image: i.ID, Person: target}); err != nil {
			return err
		}
	}
	if err := tx.TouchPerson(from.ID, len(from.Images)-len(moved)); err != nil {
		return err
	}
	if err := tx.TouchPerson(target, len(present)+len(moved)); err != nil {
		return err
	}
	c.Digest, c.Updated = index.DigestText(digest), tx.Now()
	return tx.SetCollectionState(*c)
}
