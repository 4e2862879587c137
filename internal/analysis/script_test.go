package analysis_test

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/analysis"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/testhouse"
)

// script stands before what looks at media and answers by the bytes of a medium,
// so that tests decide what is seen.
type script struct {
	analysis.Looker
	observe  func(ctx context.Context, name string, m look.Medium, w look.Want) (*look.Observation, error)
	document func(name string, today time.Time) (*look.DocumentSight, error)

	mu    sync.Mutex
	calls map[string]int // looks by name of the medium
	most  map[string]int // looks at one medium at a time
	now   map[string]int
}

func (s *script) Observe(ctx context.Context, m look.Medium, w look.Want) (*look.Observation, error) {
	name := string(m.Data)
	s.mu.Lock()
	s.calls[name]++
	s.now[name]++
	s.most[name] = max(s.most[name], s.now[name])
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.now[name]--
	}()
	return s.observe(ctx, name, m, w)
}

func (s *script) Document(_ context.Context, data []byte, today time.Time) (*look.DocumentSight, error) {
	return s.document(string(data), today)
}

func (s *script) looks(name string) (calls, most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[name], s.most[name]
}

// stage is a house whose looks follow a script, and one company of it.
type stage struct {
	*testhouse.House
	*script
	t *testing.T
	g access.Grant
}

func onStage(t *testing.T, o testhouse.Options) *stage {
	t.Helper()
	s := &stage{t: t, script: &script{calls: make(map[string]int), most: make(map[string]int), now: make(map[string]int)}}
	o.Looks = func(l analysis.Looker) analysis.Looker {
		s.script.Looker = l
		return s.script
	}
	s.House = testhouse.New(t, o)
	_, s.g = s.Company("one")
	return s
}

// upload is a medium of the stage: its bytes are its name.
type upload struct {
	name      string
	kind      osprey.MediaType // an image when empty
	tags      []string
	technical osprey.Metadata
}

// folder makes a folder with media as an upload would have left it.
func (s *stage) folder(uploads ...upload) (osprey.ID, []osprey.ID) {
	s.t.Helper()
	f := osprey.Folder{
		ID: s.IDs.New(), Company: s.g.Actor.Company, User: s.g.Actor.User,
		Status: osprey.ResolutionInitial, System: osprey.ResolutionInitial,
	}
	s.Write(func(tx *store.Tx) error { return tx.InsertFolder(f) })
	var ids []osprey.ID
	for _, u := range uploads {
		m := osprey.Media{
			ID: s.IDs.New(), Folder: f.ID, Company: f.Company, Owner: f.User, Type: u.kind, Key: u.name, OriginalName: u.name,
			Tags: u.tags, Technical: u.technical,
		}
		if m.Type == "" {
			m.Type = osprey.MediaImage
		}
		var err error
		if m.Blob, err = s.Blobs.Put(s.t.Context(), f.Company, m.ID, []byte(u.name)); err != nil {
			s.t.Fatal(err)
		}
		s.Write(func(tx *store.Tx) error { return tx.InsertMedia(m) })
		ids = append(ids, m.ID)
	}
	return f.ID, ids
}

// ask runs one analysis to its end.
func (s *stage) ask(folder osprey.ID, r analysis.Request) osprey.Analysis {
	s.t.Helper()
	a, err := run(s.t.Context(), s.House, s.g, folder, r)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// images lists the result images of an analysis.
func (s *stage) images(a osprey.ID) (out []osprey.Media) {
	s.t.Helper()
	s.Read(func(tx *store.Tx) error {
		all, err := tx.ResultImages([]osprey.ID{a})
		out = all[a]
		return err
	})
	return out
}

// someone is a template that is the same for the same name.
func someone(name string) []float32 {
	seed := uint64(0)
	for _, c := range name {
		seed = seed*31 + uint64(c)
	}
	return testhouse.Unit(rand.New(rand.NewPCG(seed, 1)))
}

// seen is what the script shows of a medium: a face like somebody's, of good
// quality.
func seen(vector []float32) *look.Observation {
	return &look.Observation{
		Quality:   osprey.Quality{FaceSize: 200, DetectorScore: .95},
		Grade:     osprey.Measures{osprey.CheckDetectorScore: .95, osprey.CheckFaceSize: 200, osprey.CheckColor: 3, osprey.CheckBrightness: .2},
		Embedding: face.Embedding{Vector: vector, Norm: 1},
		Trace:     osprey.Metadata{"frames_used": 1},
	}
}

// alive is seen with a liveness.
func alive(vector []float32, spoofing float64) *look.Observation {
	o := seen(vector)
	o.Liveness = &look.Liveness{Spoofing: spoofing, Frames: []look.FrameScore{{Raw: -2, Spoofing: spoofing, Used: true}}}
	return o
}

// picture is a JPEG of a width.
func picture(t *testing.T, width int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, width, 20)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
