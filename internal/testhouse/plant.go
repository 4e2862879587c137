package testhouse

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/gallery"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/blob"
	"example.org/osprey/internal/collection"
	"example.org/osprey/internal/index"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/store"
)

// Dim is the number of components of the default pack's templates.
const Dim = 512

// Unit is a random template. Two of them are about orthogonal: different people.
func Unit(r *rand.Rand) []float32 {
	v := make([]float64, Dim)
	for i := range v {
		v[i] = r.NormFloat64()
	}
	return normalise(v)
}

// Near is another template of the same person: their similarity is about .9.
func Near(r *rand.Rand, of []float32) []float32 {
	v := make([]float64, len(of))
	for i := range v {
		v[i] = float64(of[i]) + 0.48*r.NormFloat64()/math.Sqrt(float64(len(of)))
	}
	return normalise(v)
}

func normalise(v []float64) []float32 {
	sum := 0.0
	for _, x := range v {
		sum += x * x
	}
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(x / math.Sqrt(sum))
	}
	return out
}

// Company makes a company and the grant of its CLIENT_ADMIN.
func (h *House) Company(name string, more ...func(*osprey.Company)) (osprey.ID, access.Grant) {
	h.tb.Helper()
	c := osprey.Company{ID: h.IDs.New(), Name: name, Active: true}
	for _, m := range more {
		m(&c)
	}
	h.Write(func(tx *store.Tx) error { return tx.InsertCompany(c) })
	return c.ID, access.Grant{
		Actor: osprey.Actor{User: h.IDs.New(), Role: osprey.RoleClientAdmin, Company: c.ID},
		Flags: osprey.AllAnalyses(), View: osprey.Within(c.ID), Act: osprey.Within(c.ID), Erase: true,
	}
}

// Write runs fn in a transaction over everything; an error ends the test.
func (h *House) Write(fn func(*store.Tx) error) {
	h.tb.Helper()
	if err := h.Store.Write(context.Background(), osprey.Everything(), fn); err != nil {
		h.tb.Fatal(err)
	}
}

// Read is Write for reading.
func (h *House) Read(fn func(*store.Tx) error) {
	h.tb.Helper()
	if err := h.Store.Read(context.Background(), osprey.Everything(), fn); err != nil {
		h.tb.Fatal(err)
	}
}

// NewCollection makes a collection through its service.
func (h *House) NewCollection(g access.Grant, alias string) (osprey.Collection, error) {
	return h.Collections.Create(context.Background(), g, collection.New{Alias: alias})
}

// Collection reads one as it is now.
func (h *House) Collection(id osprey.ID) (c osprey.Collection) {
	h.tb.Helper()
	h.Read(func(tx *store.Tx) (err error) {
		c, err = tx.Collection(id)
		return err
	})
	return c
}

// Enrol plants a photo with a template as an enrolment would have left it: rows,
// counters, digest and change log, but no blobs. An empty person makes a new one.
// The gallery is not told; it follows by itself.
func (h *House) Enrol(collection, person osprey.ID, vector []float32) (osprey.PersonImage, error) {
	return h.EnrolModel(collection, person, h.Model(), vector)
}

// EnrolModel is Enrol with a template of another model.
func (h *House) EnrolModel(collection, person osprey.ID, model string, vector []float32) (osprey.PersonImage, error) {
	ctx := context.Background()
	var i osprey.PersonImage
	var company osprey.ID
	err := h.Store.Read(ctx, osprey.Everything(), func(tx *store.Tx) error {
		c, err := tx.Collection(collection)
		company = c.Company
		return err
	})
	if err != nil {
		return i, err
	}
	id := h.IDs.New()
	sealed, err := h.Templates.Seal(ctx, company, id, model, face.Embedding{Vector: vector, Norm: 1})
	if err != nil {
		return i, err
	}
	i = osprey.PersonImage{
		ID: id, Media: h.IDs.New(), Person: person, Collection: collection, Company: company, Key: "image1",
		SHA256: strings.Repeat("0", 64), Blob: blob.NewKey(), Thumb: blob.NewKey(), Template: sealed,
		Quality: osprey.Quality{FaceSize: 100, DetectorScore: 0.9},
	}
	return i, h.Store.Write(ctx, osprey.Within(company), func(tx *store.Tx) error { return plant(tx, h.IDs, &i, vector) })
}

func plant(tx *store.Tx, ids *osprey.IDs, i *osprey.PersonImage, vector []float32) error {
	c, err := tx.LockCollection(i.Collection)
	if err != nil {
		return err
	}
	images := 0
	if i.Person == "" {
		i.Person = ids.New()
		c.Persons++
		if err := tx.InsertPerson(osprey.Person{ID: i.Person, Collection: c.ID, Company: c.Company}); err != nil {
			return err
		}
	} else {
		p, err := tx.Person(c.ID, i.Person)
		if err != nil {
			return err
		}
		images = p.ImageCount
	}
	if err := tx.InsertPersonImage(*i); err != nil {
		return err
	}
	c.Version++
	c.Images++
	digest, err := index.ParseDigest(c.Digest)
	if err != nil {
		return err
	}
	c.Digest = index.DigestText(digest.Add(gallery.EntryDigest(string(i.ID), string(i.Person), vector)))
	if err := tx.AppendChange(store.Change{Collection: c.ID, Version: c.Version, Op: store.ChangeAdd, Image: i.ID, Person: i.Person}); err != nil {
		return err
	}
	if err := tx.TouchPerson(i.Person, images+1); err != nil {
		return err
	}
	return tx.SetCollectionState(c)
}

// Medium plants a folder with one medium in which a face was seen before: an
// analysis of it takes the template that was kept and needs no model.
func (h *House) Medium(g access.Grant, vector []float32) (f osprey.Folder, m osprey.Media) {
	h.tb.Helper()
	company := g.Actor.Company
	f = osprey.Folder{
		ID: h.IDs.New(), Company: company, User: g.Actor.User,
		Status: osprey.ResolutionInitial, System: osprey.ResolutionInitial,
	}
	m = osprey.Media{
		ID: h.IDs.New(), Folder: f.ID, Company: company, Owner: f.User, Type: osprey.MediaImage, Key: "photo1",
		SHA256: strings.Repeat("0", 64), Blob: blob.NewKey(), Thumb: blob.NewKey(),
	}
	sealed, err := h.Templates.Seal(context.Background(), company, m.ID, h.Model(), face.Embedding{Vector: vector, Norm: 1})
	if err != nil {
		h.tb.Fatal(err)
	}
	h.Write(func(tx *store.Tx) error {
		if err := tx.InsertFolder(f); err != nil {
			return err
		}
		if err := tx.InsertMedia(m); err != nil {
			return err
		}
		return tx.PutLook(store.Look{
			Media: m.ID, Company: company, Template: sealed, Seen: string(look.Dominant),
			Quality: osprey.Quality{FaceSize: 100, DetectorScore: 0.9},
		})
	})
	return f, m
}

// Whole fails the test unless the rows agree with each other and, for every
// collection, the gallery with a scan of the rows, bit by bit, for each probe.
func (h *House) Whole(probes ...[]float32) {
	h.tb.Helper()
	problems, err := h.Store.Verify(context.Background())
	if err != nil {
		h.tb.Fatal(err)
	}
	for _, p := range problems {
		h.tb.Errorf("verify: %s: %s", p.Check, p.Detail)
	}
	var all []osprey.Collection
	h.Read(func(tx *store.Tx) (err error) {
		all, _, err = tx.Collections(store.Query{Limit: 10_000, Sort: store.CreatedAsc})
		return err
	})
	for _, c := range all {
		h.compare(c, probes)
	}
}

// compare holds a gallery against a scan of the rows it follows.
func (h *House) compare(c osprey.Collection, probes [][]float32) {
	h.tb.Helper()
	ctx := context.Background()
	brute, err := gallery.NewBrute(gallery.Config{Model: h.Model(), Dim: Dim})
	if err != nil {
		h.tb.Fatal(err)
	}
	defer func() { _ = brute.Close() }()
	for v, e := range h.Entries(c) {
		if err := brute.Apply(ctx, gallery.Change{Version: int64(v) + 1, Op: gallery.OpAdd, Entry: e}); err != nil {
			h.tb.Fatal(err)
		}
	}
	if s := brute.State(); c.Images != s.Images || c.Digest != index.DigestText(s.Digest) {
		h.tb.Errorf("collection %s has a row of %d photos, digest %q, and rows of %d photos, digest %q",
			c.ID, c.Images, c.Digest, s.Images, index.DigestText(s.Digest))
	}
	for n, vector := range probes {
		const k = 20
		want, err := brute.Search(ctx, gallery.Probe{Model: h.Model(), Vector: vector}, k)
		if err != nil {
			h.tb.Fatal(err)
		}
		got, err := h.Index.Search(ctx, c, c.Version, vector, k)
		if err != nil {
			h.tb.Fatal(err)
		}
		same := len(got.Matches) == len(want.Matches) && got.Images == want.Images && got.Persons == want.Persons
		for i := 0; same && i < len(got.Matches); i++ {
			same = got.Matches[i] == want.Matches[i]
		}
		if !same {
			h.tb.Errorf("collection %s, probe %d: the index found %+v, a scan of the rows %+v", c.ID, n, got, want)
		}
	}
}

// Entries opens all templates of a collection's rows.
func (h *House) Entries(c osprey.Collection) []gallery.Entry {
	h.tb.Helper()
	var rows []store.GalleryRow
	h.Read(func(tx *store.Tx) (err error) {
		rows, err = tx.GalleryRows(c.ID, "", 1_000_000)
		return err
	})
	out := make([]gallery.Entry, 0, len(rows))
	for _, r := range rows {
		v, err := h.Templates.Open(context.Background(), c.Company, r.Image, r.Template)
		if err != nil {
			h.tb.Fatal(err)
		}
		out = append(out, gallery.Entry{Image: string(r.Image), Person: string(r.Person), Model: r.Template.Model, Vector: v})
	}
	return out
}
