package folder_test

import (
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/testhouse"
	"example.org/osprey/internal/testphoto"
)

// TestSettleTake: a take that is judged and not stored is verified once, for its own
// company alone.
func TestSettleTake(t *testing.T) {
	t.Parallel()
	h := testhouse.New(t, testhouse.Options{Idle: true})
	company, _ := h.Company("one")
	other, _ := h.Company("two")
	ada := testphoto.Mated(t)[0].Photos
	soon := time.Now().Add(time.Hour)
	c := challenge(t, h, company, soon)
	late := challenge(t, h, company, time.Now().Add(-time.Second))
	for _, row := range []struct {
		name string
		by   osprey.ID
		data []byte
		want osprey.TakeStatus
	}{
		{"no manifest", company, shotSet(t, "", ada[0]), osprey.TakePlain},
		{"no challenge", company, shotSet(t, `{"v":1}`, ada[0]), osprey.TakePlain},
		{"of another company", other, signed(t, h, c, 0, ada[0]), osprey.TakeInvalid},
		{"of no company", "", signed(t, h, c, 0, ada[0]), osprey.TakeInvalid},
		{"of a challenge that nobody has", company, shotSet(t, `{"challenge_id":"x"}`, ada[0]), osprey.TakeInvalid},
		{"expired", company, signed(t, h, late, 0, ada[0]), osprey.TakeInvalid},
		{"the first", company, signed(t, h, c, 0, ada[0], ada[1]), osprey.TakeVerified},
		{"the same again", company, signed(t, h, c, 0, ada[0], ada[1]), osprey.TakeInvalid},
		{"the next step", company, signed(t, h, c, 1, ada[1]), osprey.TakeVerified},
	} {
		in, err := h.Looker.Survey(t.Context(), row.data)
		if err != nil || in.Type != osprey.MediaShotSet || in.Info.Frames == 0 || in.Thumb != nil || in.Preview != nil {
			t.Fatalf("%s: %+v, %v", row.name, in, err)
		}
		action, err := h.Folders.TakeAction(t.Context(), row.by, in) // spends nothing
		if err != nil || (action != "") != (row.want == osprey.TakeVerified) || row.name == "the next step" && action != osprey.GestureTagLeft {
			t.Errorf("%s: held to %q, %v", row.name, action, err)
		}
		got, err := h.Folders.SettleTake(t.Context(), row.by, in)
		if err != nil || got != row.want {
			t.Errorf("%s: %q, %v, want %q", row.name, got, err, row.want)
		}
	}
	if _, err := h.Looker.Survey(t.Context(), ada[0].JPEG); !osprey.IsCode(err, osprey.CodeUnsupportedMedia) {
		t.Errorf("a photo: %v", err)
	}
	h.Whole()
}
