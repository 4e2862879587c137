package folder_test

import (
	"archive/zip"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/folder"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/testhouse"
	"example.org/osprey/internal/testphoto"
)

// shotSet packs photos as the frames of a shot set, with a manifest when there is
// one.
func shotSet(t *testing.T, manifest string, photos ...testphoto.Photo) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	put := func(name string, data []byte) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err == nil {
			_, err = w.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, p := range photos {
		put(fmt.Sprintf("frame_%04d.jpg", i), p.JPEG)
	}
	if manifest != "" {
		put("manifest.json", []byte(manifest))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestClips: videos and shot sets become media with their type and facts, their
// files come back in every form, and all of them are erased.
func TestClips(t *testing.T) {
	t.Parallel()
	h := testhouse.New(t, testhouse.Options{Idle: true})
	_, g := h.Company("one")
	ctx := t.Context()
	ada := testphoto.Mated(t)[0].Photos
	video := testphoto.Clip(t, testphoto.Webcam, testphoto.Cut{From: 1, Seconds: 1, Format: "mp4"})
	set := shotSet(t, "", ada[0], ada[0], ada[0])
	v, err := h.Folders.Create(ctx, g, folder.Intake{Files: []folder.File{
		{Field: "video1", Name: "a.mp4", Data: video, Tags: []string{"video_selfie_blank"}},
		{Field: "shots", Name: "a.zip", Data: set},
		{Field: "photo1", Name: "a.jpg", Data: ada[0].JPEG},
	}, Source: "api"})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		kind    osprey.MediaType
		mime    string
		data    []byte
		preview bool
	}{
		{osprey.MediaVideo, "video/mp4", video, false},
		{osprey.MediaShotSet, "application/zip", set, true},
		{osprey.MediaImage, "image/jpeg", ada[0].JPEG, false},
	} {
		m := v.Media[i]
		if m.Type != want.kind || m.Info.MIME != want.mime || m.Info.Size != int64(len(want.data)) || m.Info.Width == 0 {
			t.Errorf("%s: %+v", m.Key, m)
		}
		if _, claimed := m.Technical[osprey.TechnicalTake]; claimed {
			t.Errorf("%s is a take: %v", m.Key, m.Technical)
		}
		f, err := h.Folders.File(ctx, g, v.Folder.ID, m.ID, folder.Original)
		if err != nil || !bytes.Equal(f.Data, want.data) || f.MIME != want.mime {
			t.Errorf("%s: %d bytes, %s, %v", m.Key, len(f.Data), f.MIME, err)
		}
		for form, there := range map[folder.Form]bool{folder.Original: true, folder.Thumb: true, folder.Preview: want.preview && m.Preview != ""} {
			fact, err := h.Folders.Stat(ctx, g, v.Folder.ID, m.ID, form)
			if (err == nil) != there || fact.Data != nil {
				t.Errorf("%s %q: %+v, %v", m.Key, form, fact, err)
			}
			whole, err := h.Folders.File(ctx, g, v.Folder.ID, m.ID, form)
			if (err == nil) != there || whole.MIME != fact.MIME || fact.Size >= 0 && fact.Size != whole.Size {
				t.Errorf("%s %q: %d bytes, %+v, %v", m.Key, form, len(whole.Data), fact, err)
			}
		}
	}
	if m := v.Media[0]; m.Info.Seconds < 0.5 || m.Info.Seconds > 2 || m.Info.FPS < 20 || m.Info.Frames < 10 {
		t.Errorf("%+v", m.Info)
	}
	if m := v.Media[1]; m.Info.Frames != 3 || m.Preview == "" {
		t.Errorf("%+v", m)
	}
	if err := h.Folders.DeleteMedia(ctx, g, v.Media[1].ID); err != nil {
		t.Fatal(err)
	}
	if err := h.Eraser.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	if n := len(h.Keys()); n != 4 { // original and thumbnail of the other two
		t.Errorf("%d blobs are left", n)
	}
	h.Whole()

	// Stat reads no bytes: it does not miss those that are gone.
	left := v.Media[0]
	if err := h.Bucket.Delete(ctx, left.Blob); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Folders.Stat(ctx, g, v.Folder.ID, left.ID, folder.Original); err != nil {
		t.Error(err)
	}
	if _, err := h.Folders.File(ctx, g, v.Folder.ID, left.ID, folder.Original); !osprey.IsCode(err, osprey.CodeNotExist) {
		t.Errorf("a file that is gone: %v", err)
	}
}

// signed is a take of a challenge: the frames with a manifest whose MAC is right.
func signed(t *testing.T, h *testhouse.House, of osprey.Challenge, step int, photos ...testphoto.Photo) []byte {
	t.Helper()
	mac := hmac.New(sha256.New, h.TakeKey(of.Session))
	mac.Write(of.Nonce)
	for _, p := range photos {
		sum := sha256.Sum256(p.JPEG)
		mac.Write(sum[:])
	}
	return shotSet(t, fmt.Sprintf(`{"v":1,"challenge_id":%q,"step":%d,"mac":"%x"}`, of.ID, step, mac.Sum(nil)), photos...)
}

func challenge(t *testing.T, h *testhouse.House, company osprey.ID, expires time.Time) osprey.Challenge {
	t.Helper()
	c := osprey.Challenge{
		ID: h.IDs.New(), Company: company, Session: h.IDs.New(), Nonce: []byte("0123456789abcdef"),
		Steps: []osprey.ChallengeStep{{Action: "video_selfie_smile"}, {Action: "video_selfie_left"}}, Expires: osprey.TimeOf(expires),
	}
	h.Write(func(tx *store.Tx) error { return tx.InsertChallenge(c) })
	return c
}

// takeNote adds a shot set to a folder, in a request of its own, and returns what
// was noted of it.
func takeNote(t *testing.T, h *testhouse.House, g access.Grant, in osprey.ID, data []byte) string {
	t.Helper()
	made, err := h.Folders.AddMedia(t.Context(), g, in, folder.Addition{Files: []folder.File{{Field: "take", Name: "take.zip", Data: data}}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := h.Folders.Media(t.Context(), g, made[0].ID) // as it was kept
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(m.Technical[osprey.TechnicalTake])
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestTakes: a take is verified once, at the upload; one that does not hold is
// stored and says why.
func TestTakes(t *testing.T) {
	t.Parallel()
	h := testhouse.New(t, testhouse.Options{Idle: true})
	company, g := h.Company("one")
	other, foreign := h.Company("two")
	ada := testphoto.Mated(t)[0].Photos
	v, err := h.Folders.Create(t.Context(), g, folder.Intake{})
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := h.Folders.Create(t.Context(), foreign, folder.Intake{})
	if err != nil {
		t.Fatal(err)
	}
	soon := time.Now().Add(time.Hour)
	c, late := challenge(t, h, company, soon), challenge(t, h, company, time.Now().Add(-time.Second))
	strange := challenge(t, h, other, soon)
	note := func(of osprey.Challenge, step int, status, reason string) string {
		if reason != "null" {
			reason = `"` + reason + `"`
		}
		action := "null"
		if status == "verified" { // the action of the step, whatever the tags are
			action = `"` + of.Steps[step].Action + `"`
		}
		return fmt.Sprintf(`{"action":%s,"challenge_id":%q,"reason":%s,"status":%q,"step":%d}`, action, of.ID, reason, status, step)
	}
	take := signed(t, h, c, 0, ada[0], ada[1])
	for _, row := range []struct {
		name, want string
		by         access.Grant
		in         osprey.ID
		data       []byte
	}{
		{"the first", note(c, 0, "verified", "null"), g, v.Folder.ID, take},
		{"the same again", note(c, 0, "invalid", "spent"), g, v.Folder.ID, take},
		{"the step again", note(c, 0, "invalid", "spent"), g, v.Folder.ID, signed(t, h, c, 0, ada[1])},
		{"the next step", note(c, 1, "verified", "null"), g, v.Folder.ID, signed(t, h, c, 1, ada[0])},
		{"a step that is not there", note(c, 2, "invalid", "unknown"), g, v.Folder.ID, signed(t, h, c, 2, ada[0])},
		{"expired", note(late, 0, "invalid", "expired"), g, v.Folder.ID, signed(t, h, late, 0, ada[0])},
		{"of another company", note(strange, 0, "invalid", "unknown"), g, v.Folder.ID, signed(t, h, strange, 0, ada[0])},
		{"of no challenge", `{"action":null,"challenge_id":null,"reason":"unknown","status":"invalid","step":null}`, g, v.Folder.ID, shotSet(t, `{"challenge_id":"x"}`, ada[0])},
		{"other frames", note(strange, 0, "invalid", "mac"), foreign, theirs.Folder.ID,
			shotSet(t, fmt.Sprintf(`{"challenge_id":%q,"step":0,"mac":"%064d"}`, strange.ID, 0), ada[1])},
		{"theirs is unspent", note(strange, 0, "verified", "null"), foreign, theirs.Folder.ID, signed(t, h, strange, 0, ada[0])},
		{"no manifest", "null", g, v.Folder.ID, shotSet(t, "", ada[0])},
		{"a manifest without challenge", "null", g, v.Folder.ID, shotSet(t, `{"v":1,"times_ms":[0]}`, ada[0])},
	} {
		if got := takeNote(t, h, row.by, row.in, row.data); got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
	h.Whole()
}

// TestOneOfTwoTakesWins: takes of one step at the same time, and two in one request.
func TestOneOfTwoTakesWins(t *testing.T) {
	t.Parallel()
	h := testhouse.New(t, testhouse.Options{Idle: true})
	company, g := h.Company("one")
	ada := testphoto.Mated(t)[0].Photos
	v, err := h.Folders.Create(t.Context(), g, folder.Intake{})
	if err != nil {
		t.Fatal(err)
	}
	c := challenge(t, h, company, time.Now().Add(time.Hour))
	take := signed(t, h, c, 0, ada[0])
	verified := func(media []osprey.Media) (n int) {
		for _, m := range media {
			if osprey.TakeOf(m.Technical) == osprey.TakeVerified {
				n++
			}
		}
		return n
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			_, err := h.Folders.AddMedia(t.Context(), g, v.Folder.ID, folder.Addition{Files: []folder.File{{Field: "take", Data: take}}})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got, err := h.Folders.Get(t.Context(), g, v.Folder.ID, folder.Expand{})
	if err != nil || len(got.Media) != 4 || verified(got.Media) != 1 {
		t.Errorf("%d of %d verified, %v", verified(got.Media), len(got.Media), err)
	}
	next := signed(t, h, c, 1, ada[0])
	both, err := h.Folders.AddMedia(t.Context(), g, v.Folder.ID, folder.Addition{Files: []folder.File{{Field: "a", Data: next}, {Field: "b", Data: next}}})
	if err != nil || verified(both) != 1 || osprey.TakeOf(both[0].Technical) != osprey.TakeVerified {
		t.Errorf("%+v, %v", both, err)
	}
}

// TestConsentWithTheMedia: consent may come with the files; the folder keeps it.
func TestConsentWithTheMedia(t *testing.T) {
	t.Parallel()
	h := testhouse.New(t, testhouse.Options{Idle: true})
	_, g := h.Company("careful", func(c *osprey.Company) { c.RequireConsent = true })
	ada := testphoto.Mated(t)[0].Photos
	v, err := h.Folders.Create(t.Context(), g, folder.Intake{Metadata: osprey.Metadata{"case": "7"}})
	if err != nil {
		t.Fatal(err)
	}
	add := func(consent any, n int) error {
		in := folder.Addition{Files: files(ada[n])}
		if consent != nil {
			in.Metadata = osprey.Metadata{"consent": consent, "case": "8"}
		}
		_, err := h.Folders.AddMedia(t.Context(), g, v.Folder.ID, in)
		return err
	}
	for want, consent := range map[osprey.Code]any{
		osprey.CodeInvalidStructure: map[string]any{"given": false}, osprey.CodeInvalidType: map[string]any{"given": "yes"},
	} {
		if err := add(consent, 0); !osprey.IsCode(err, want) {
			t.Errorf("%v: %v", consent, err)
		}
	}
	given := map[string]any{"given": true, "text_version": "3"}
	if err := add(given, 0); err != nil {
		t.Fatal(err)
	}
	if err := add(map[string]any{"given": true, "text_version": "4"}, 1); err != nil {
		t.Fatal(err)
	}
	if err := add(nil, 2); err != nil {
		t.Fatal(err)
	}
	got, err := h.Folders.Get(t.Context(), g, v.Folder.ID, folder.Expand{})
	if err != nil {
		t.Fatal(err)
	}
	consent, _ := got.Folder.Metadata["consent"].(map[string]any)
	if len(got.Media) != 3 || consent["text_version"] != "3" || got.Folder.Metadata["case"] != "7" {
		t.Errorf("%d media, %v", len(got.Media), got.Folder.Metadata)
	}
}
