// Package face finds faces in photographs and turns them into facts: where
// they are, how good the picture of each is, and a template that can be
// compared with another. Pixels go in, plain values come out; it reads no
// files but its models, knows no network and keeps nothing.
//
// # A tour
//
// Open loads a model pack, a folder that says of itself what it holds (see
// Manifest), and checks every file of it:
//
//	engine, err := face.Open("data/models/default", face.Options{})
//	if err != nil {
//		return err
//	}
//	defer engine.Close()
//
// Detect finds every face, the largest first. The image must be upright; any
// image.Image will do, *image.RGBA is the fastest:
//
//	found, err := engine.Detect(ctx, img)
//
// Align moves a face onto the embedder's reference points, Embed computes
// its template, Assess measures how good the picture is:
//
//	aligned, err := engine.Align(ctx, img, found[0])
//	embedding, err := engine.Embed(ctx, aligned)
//	quality, err := engine.Assess(ctx, img, found[0], aligned)
//
// Two templates are compared with osprey.Similarity, the cosine. What that
// cosine means depends on the model, so the pack brings a calibration: it
// turns similarity into a confidence on a scale that is the same for every
// model. Confidence 0.85 is a false match rate of 1e-5: of 100,000
// comparisons of different people about one reaches it.
//
//	similarity := osprey.Similarity(embedding.Vector, other.Vector)
//	confidence := engine.Calibration().Confidence(float64(similarity))
//
// # More about a face
//
// A pack may bring further models; Has tells which. Examine measures
// everything that one picture tells about quality: light, colour, open eyes,
// an open mouth, how well it will be recognised. Liveness judges whether it
// shows an attack, Mesh lays 468 points, Pose and Follow serve video, Smile
// tells whether a face smiles:
//
//	exam, err := engine.Examine(ctx, img, found[0], aligned, embedding)
//	if open, ok := exam.Measure("eyes_open"); ok && open < 0.5 { ... }
//	live, err := engine.Liveness(ctx, img, found[0])
//	if live.Confidence >= 0.5 { ... }
//
// What the pack has no model for is an error (*NoModelError) or, in an
// examination, not measured: never a value that was made up. Liveness of one
// picture is a signal of risk and no proof; the pack's manifest states how
// many attacks of each kind it misses.
//
// Models that most calls do without are loaded on first use. Run feeds one
// of them directly, for packages that bring their own decoding, and File
// gives what lies beside it.
//
// Keep Engine.ModelID with every stored template: templates of different
// models must not be compared.
//
// # Places and angles
//
// Places are pixels of the image that was passed in, x to the right and y
// down; pixel i covers i to i+1. Boxes are not clipped. Angles are degrees.
// "Left" is the image's left, never the person's.
//
// # What is found
//
// The detector's input is small, so Detect takes further looks where one at
// the whole photograph cannot settle the matter, and checks doubtful finds by
// other means (see Detect). Every face counts whose shorter side is at least
// 40 pixels and a tenth of the photograph's shorter side; smaller ones are
// often found too. Heads may lean up to 45 degrees, be cut by the edge or
// fill the frame.
//
// # Concurrency
//
// An Engine may be used by any number of goroutines. As many calls compute at
// a time as there are cores (see Options.Parallel), each on one thread with
// its own buffers; the others wait, and give up when their context ends. A
// context that ends during a call is noticed between two inferences, after
// some milliseconds. ONNX Runtime is loaded once per process; several packs
// may be open at a time when they bring the same build of it.
//
// The same image gives the same result on the same build and class of
// processor, whatever else runs at the time.
package face
