package metadata_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/collection"
	"example.org/osprey/internal/metadata"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/testhouse"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// subjects are one object of each kind that a company has.
func subjects(t *testing.T, h *testhouse.House, g access.Grant) map[string]metadata.Target {
	t.Helper()
	c, err := h.Collections.Create(t.Context(), g, collection.New{Alias: "list"})
	if err != nil {
		t.Fatal(err)
	}
	v := make([]float32, testhouse.Dim)
	v[0] = 1
	i, err := h.Enrol(c.ID, "", v)
	if err != nil {
		t.Fatal(err)
	}
	f, m := h.Medium(g, v)
	return map[string]metadata.Target{
		"collection": {Kind: store.KindCollection, ID: c.ID},
		"person":     {Kind: store.KindPerson, ID: i.Person, Collection: c.ID},
		"folder":     {Kind: store.KindFolder, ID: f.ID},
		"media":      {Kind: store.KindMedia, ID: m.ID},
	}
}

func same(a, b osprey.Metadata) bool {
	x, errA := json.Marshal(a)
	y, errB := json.Marshal(b)
	return errA == nil && errB == nil && string(x) == string(y)
}

// TestMetadata: replace, merge and read each kind of object, as its owner and as a
// stranger.
func TestMetadata(t *testing.T) {
	t.Parallel()
	h := testhouse.New(t, testhouse.Options{Idle: true})
	_, g := h.Company("one")
	_, stranger := h.Company("two")
	s := metadata.NewService(h.Store, h.Audit.Append)
	ctx := t.Context()
	for name, target := range subjects(t, h, g) {
		first := osprey.Metadata{"a": "1", "deep": map[string]any{"x": json.Number("1.50"), "y": nil}}
		if m, err := s.Replace(ctx, g, target, first); err != nil || !same(m, first) {
			t.Errorf("%s: replaced to %v (error %v)", name, m, err)
		}
		want := osprey.Metadata{"a": "1", "b": true, "deep": map[string]any{"z": "only"}}
		m, err := s.Merge(ctx, g, target, osprey.Metadata{"b": true, "deep": map[string]any{"z": "only"}})
		if err != nil || !same(m, want) {
			t.Errorf("%s: merged to %v (error %v)", name, m, err)
		}
		if m, err := s.Get(ctx, g, target); err != nil || !same(m, want) {
			t.Errorf("%s: read as %v (error %v)", name, m, err)
		}
		for call, err := range map[string]error{
			"read":    second(s.Get(ctx, stranger, target)),
			"replace": second(s.Replace(ctx, stranger, target, first)),
			"merge":   second(s.Merge(ctx, stranger, target, first)),
		} {
			if !osprey.IsCode(err, osprey.CodeNotExist) {
				t.Errorf("%s: %s by a stranger: %v", name, call, err)
			}
		}
		reader := g
		reader.Act = osprey.Scope{}
		if _, err := s.Merge(ctx, reader, target, first); !osprey.IsCode(err, osprey.CodeAuthForbidden) {
			t.Errorf("%s: by one who may only read: %v", name, err)
		}
		big := osprey.Metadata{"a": strings.Repeat("x", osprey.MaxMetadataBytes)}
		if _, err := s.Merge(ctx, g, target, big); !osprey.IsCode(err, osprey.CodeInvalidValue) {
			t.Errorf("%s: too much: %v", name, err)
		}
		if m, err := s.Get(ctx, g, target); err != nil || !same(m, want) {
			t.Errorf("%s: a refusal has left %v (error %v)", name, m, err)
		}
		if name == "person" {
			astray := target
			astray.Collection = h.IDs.New()
			if _, err := s.Get(ctx, g, astray); !osprey.IsCode(err, osprey.CodeNotExist) {
				t.Errorf("a person through another collection: %v", err)
			}
		}
	}
	h.Whole()
}

func second(_ osprey.Metadata, err error) error { return err }

// TestMergesDoNotLoseEachOther: merges of different keys at the same time.
func TestMergesDoNotLoseEachOther(t *testing.T) {
	t.Parallel()
	h := testhouse.New(t, testhouse.Options{Idle: true})
	_, g := h.Company("one")
	s := metadata.NewService(h.Store, h.Audit.Append)
	target := subjects(t, h, g)["person"]
	var wg sync.WaitGroup
	const merges = 30
	for n := range merges {
		wg.Go(func() {
			if _, err := s.Merge(t.Context(), g, target, osprey.Metadata{fmt.Sprint("key", n): json.Number(fmt.Sprint(n))}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	m, err := s.Get(t.Context(), g, target)
	if err != nil || len(m) != merges {
		t.Errorf("%d of %d keys are left (error %v)", len(m), merges, err)
	}
	h.Whole()
}
