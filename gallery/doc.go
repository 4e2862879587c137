// Package gallery searches faces 1:N: it holds the templates of a collection in
// memory and finds, for a probe, the persons who look most like it. The answer is
// exact: it equals, to the last bit and in order, that of comparing the probe
// with every template by osprey.Similarity.
//
// # A tour
//
// A [Gallery] holds one collection and one model. [NewExact] makes an empty one;
// [BuildExact] fills one from stored templates:
//
//	g, err := gallery.BuildExact(ctx, gallery.Config{Model: model, Dim: 512}, version, templates)
//
// From then on it follows the collection's change log, one change after the
// other, each with the version the collection got by it:
//
//	err := g.Apply(ctx, gallery.Change{Version: 8, Op: gallery.OpAdd, Entry: gallery.Entry{
//		Image: image, Person: person, Model: model, Vector: template,
//	}})
//
// Changes known already are passed over; one that comes too early is a
// [GapError]. A search names how many persons it wants:
//
//	r, err := g.Search(ctx, gallery.Probe{Model: model, Vector: probe}, 10)
//	for _, m := range r.Matches { // one a person, with the best image
//		fmt.Println(m.Person, m.Image, m.Similarity)
//	}
//
// It sees one version from its first row to its last, which r.Version tells;
// changes go on meanwhile. Who needs to read what another goroutine or machine
// wrote waits for the version first:
//
//	err := g.WaitVersion(ctx, 8)
//
// # Warm start
//
// [Exact.SaveSnapshot] writes the gallery to a file, sealed in chunks by a
// [Sealer] of the caller's; [LoadSnapshot] reads it back. Whether it holds what
// it should is told by comparing [State] with what the database keeps: version,
// number of images, and a [Digest] that both sides update with [EntryDigest].
//
// # Implementations
//
// [Exact] is the one to use. [Brute] is the full scan that shows what the others
// have to equal. Package gallerytest holds the tests that every implementation
// passes. DESIGN.md, beside this file, explains why the search is exact, how the
// memory is laid out and what a snapshot looks like.
package gallery
