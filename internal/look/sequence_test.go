package look_test

import (
	"bytes"
	"image/jpeg"
	"math"
	"slices"
	"sync"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/testhouse"
	"example.org/osprey/internal/testphoto"
)

// observe receives a file and looks at it.
func observe(t *testing.T, l *look.Looker, data []byte, w look.Want, tags ...string) (*look.Observation, error) {
	t.Helper()
	in, err := l.Receive(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	return l.Observe(t.Context(), look.Medium{Type: in.Type, Data: data, Tags: tags, Info: in.Info}, w)
}

func mustObserve(t *testing.T, l *look.Looker, data []byte, w look.Want, tags ...string) *look.Observation {
	t.Helper()
	o, err := observe(t, l, data, w, tags...)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

var everything = look.Want{Liveness: true, BestShot: true}

// TestContainers: one recording is one person with one verdict in every container, and
// the same as a photo of it.
func TestContainers(t *testing.T) {
	t.Parallel()
	l := testhouse.Looker(t)
	cut := testphoto.Cut{From: 1, Seconds: 2.5, Format: "mp4", Lossless: true}
	want := mustObserve(t, l, testphoto.Clip(t, testphoto.Webcam, cut), everything, "video_selfie", osprey.GestureTagBlank)
	if want.Liveness == nil || want.Liveness.Injection == nil || want.Gesture == nil {
		t.Fatalf("a recording of 2.5 seconds tells %+v, gesture %v", want.Liveness, want.Gesture)
	}
	// A take is held to its step, whatever its tags say.
	held, err := l.Observe(t.Context(), look.Medium{
		Type: osprey.MediaVideo, Data: testphoto.Clip(t, testphoto.Webcam, cut), Tags: []string{osprey.GestureTagBlank}, Gesture: osprey.GestureTagSmile,
	}, look.Want{Liveness: true})
	if err != nil || held.Gesture == nil || held.Gesture.Tag != osprey.GestureTagSmile || held.Gesture.Detected {
		t.Errorf("held to a smile: %+v, %v", held, err)
	}
	photo := mustObserve(t, l, want.BestShot, look.Want{Liveness: true})
	// The least enrolled photo that the confidence is asked for: another recording of
	// the person, and the photo itself.
	again := mustObserve(t, l, testphoto.Clip(t, testphoto.WebcamAgain, testphoto.Cut{From: 1, Seconds: 1, Format: "mp4"}), look.Want{})
	scale := l.Engine().Calibration()
	confidence := func(o, with *look.Observation) float64 {
		return scale.Confidence(float64(osprey.Similarity(o.Embedding.Vector, with.Embedding.Vector)))
	}
	formats := []string{"mp4", "zip", "webm", "mov", "mkv", "avi", "png.zip"}
	if raced {
		formats = formats[:2]
	}
	for _, format := range formats {
		got := mustObserve(t, l, testphoto.Clip(t, testphoto.Webcam, testphoto.Cut{From: 1, Seconds: 2.5, Format: format}), everything, "video_selfie", osprey.GestureTagBlank)
		if d := math.Abs(confidence(got, again) - confidence(want, again)); d >= 0.02 {
			t.Errorf("%s: the confidence is %.4f, of the lossless recording %.4f", format, confidence(got, again), confidence(want, again))
		}
		if d := confidence(got, photo) - confidence(want, photo); math.Abs(d) >= 0.02 {
			t.Errorf("%s: the confidence with a photo of it differs by %.4f", format, d)
		}
		if got.Liveness.Spoofing >= 0.5 != (want.Liveness.Spoofing >= 0.5) || *got.Liveness.Injection >= 0.5 {
			t.Errorf("%s: spoofing %.3f, injection %.3f (%v); of the lossless recording %.3f", format, got.Liveness.Spoofing, *got.Liveness.Injection, got.Liveness.Signs, want.Liveness.Spoofing)
		}
		if got.Gesture.Detected != want.Gesture.Detected {
			t.Errorf("%s: the gesture is %+v", format, got.Gesture)
		}
		t.Logf("%-8s similarity %.4f, confidence with another recording %.4f, spoofing %.3f, injection %.3f", format,
			osprey.Similarity(got.Embedding.Vector, want.Embedding.Vector), confidence(got, again), got.Liveness.Spoofing, *got.Liveness.Injection)
	}
	if s := osprey.Similarity(photo.Embedding.Vector, want.Embedding.Vector); s < 0.9 {
		t.Errorf("the best shot has similarity %.3f with its recording", s)
	}
	if photo.Liveness == nil || photo.Liveness.Injection != nil || photo.BestShot != nil {
		t.Errorf("a photo has injection %v", photo.Liveness.Injection)
	}
}

// TestWantAddsOnly: what is asked for changes neither the template nor the measures,
// and looking again, alone or with others, gives the same to the bit.
func TestWantAddsOnly(t *testing.T) {
	t.Parallel()
	l := testhouse.Looker(t)
	clip := testphoto.Clip(t, testphoto.WebcamAgain, testphoto.Cut{From: 2, Seconds: 1.2, Format: "mp4"})
	want := mustObserve(t, l, clip, everything)
	plain := mustObserve(t, l, clip, look.Want{})
	if plain.Liveness != nil || plain.BestShot != nil || plain.Gesture != nil {
		t.Error("what nobody asked for was told")
	}
	if !slices.Equal(plain.Embedding.Vector, want.Embedding.Vector) || plain.Quality != want.Quality || plain.Face != want.Face {
		t.Error("the template or the face depends on what is asked for")
	}
	in, err := l.Receive(t.Context(), clip)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			got, err := l.Observe(t.Context(), look.Medium{Type: in.Type, Data: clip, Info: in.Info}, everything)
			if err != nil {
				t.Error(err)
				return
			}
			same := slices.Equal(got.Embedding.Vector, want.Embedding.Vector) && got.Liveness.Spoofing == want.Liveness.Spoofing &&
				*got.Liveness.Injection == *want.Liveness.Injection && bytes.Equal(got.BestShot, want.BestShot)
			for k, v := range want.Grade {
				same = same && got.Grade[k] == v
			}
			if !same {
				t.Error("another look gives something else")
			}
		})
	}
	wg.Wait()
	// Without the intake's figures the same frames are chosen.
	bare, err := l.Observe(t.Context(), look.Medium{Type: in.Type, Data: clip}, look.Want{})
	if err != nil || !slices.Equal(bare.Embedding.Vector, want.Embedding.Vector) {
		t.Errorf("without figures of the intake: another template (error %v)", err)
	}
}

// TestSigns: sequences that no camera made are told from those that one did.
func TestSigns(t *testing.T) {
	t.Parallel()
	l := testhouse.Looker(t)
	hold := "select='eq(n\\,0)',loop=loop=99:size=1:start=0,setpts=N/25/TB"
	tests := []struct {
		name, sign, filter string
		format             string
	}{
		{"a recording", "", "", "mp4"},
		{"a recording of few frames", "", "fps=5", "mp4"},
		{"a recording of few frames shown as many", "", "fps=6,fps=25", "mp4"},
		{"played backward", "", "reverse", "mp4"},
		{"a still picture", "frozen", hold, "mp4"},
		{"a still picture as frames", "frozen", hold + ",trim=0:1.2", "zip"},
		{"a still picture under noise", "moved_still", hold + ",noise=alls=6:allf=t", "mp4"},
		{"a still picture moved about", "moved_still", hold + ",scale=800:-1,zoompan=z='1.1+0.06*sin(on/19)':x='(iw-iw/zoom)*(0.5+0.4*sin(on/11))':y='(ih-ih/zoom)*(0.5+0.4*cos(on/13))':d=1:fps=25:s=400x300", "mp4"},
		{"a loop", "looped", "trim=0:1.28,loop=loop=3:size=32:start=0,setpts=N/25/TB", "mp4"},
		{"to and fro", "looped", "trim=0:1.6,split[a][b];[b]reverse[r];[a][r]concat", "mp4"},
		{"a loop of frames", "repeated", "fps=10,trim=0:1,loop=loop=2:size=10:start=0,setpts=N/10/TB", "zip"},
	}
	if raced {
		tests = tests[len(tests)-2:]
	}
	for _, tt := range tests {
		clip := testphoto.Clip(t, testphoto.Webcam, testphoto.Cut{From: 20, Seconds: 4, Format: tt.format, Filter: tt.filter})
		o, err := observe(t, l, clip, look.Want{Liveness: true})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		t.Logf("%s: %s", tt.name, raised(o.Liveness.Signs))
		if o.Liveness.Injection == nil {
			t.Errorf("%s: nothing could be told", tt.name)
			continue
		}
		if got := *o.Liveness.Injection; (got >= 0.5) != (tt.sign != "") {
			t.Errorf("%s: injection %.2f, %s", tt.name, got, raised(o.Liveness.Signs))
		}
		if tt.sign != "" && o.Liveness.Signs[tt.sign] < 0.5 {
			t.Errorf("%s: %s %.2f", tt.name, tt.sign, o.Liveness.Signs[tt.sign])
		}
	}
}

// TestShortSequences: what is too short to tell is judged like photos.
func TestShortSequences(t *testing.T) {
	t.Parallel()
	l := testhouse.Looker(t)
	o := mustObserve(t, l, testphoto.Clip(t, testphoto.Webcam, testphoto.Cut{From: 5, Seconds: 0.12, Format: "zip"}), look.Want{Liveness: true}, osprey.GestureTagSmile)
	if o.Liveness.Injection != nil || o.Liveness.Signs != nil {
		t.Errorf("of three frames: %+v", o.Liveness)
	}
	if o.Gesture == nil || o.Gesture.Detected || *o.Gesture.Reason != osprey.GestureNotPerformed {
		t.Errorf("three frames cannot show a gesture: %+v", o.Gesture)
	}
}

// TestPersons: two persons in one sequence, after each other and beside each other.
func TestPersons(t *testing.T) {
	t.Parallel()
	l := testhouse.Looker(t)
	first := testphoto.Clip(t, testphoto.Webcam, testphoto.Cut{From: 1, Seconds: 1.5, Format: "png.zip", Filter: "fps=10,scale=360:288"})
	second := testphoto.Clip(t, testphoto.Studio, testphoto.Cut{From: 13, Seconds: 1.5, Format: "png.zip", Filter: "fps=10,scale=360:288"})
	o := mustObserve(t, l, join(t, first, second), look.Want{Liveness: true}, osprey.GestureTagLeft)
	if o.Liveness.Signs["identity_changed"] < 0.5 || *o.Liveness.Injection < 0.5 {
		t.Errorf("one person after another: %s", raised(o.Liveness.Signs))
	}
	beside := testphoto.Clip(t, testphoto.Webcam, testphoto.Cut{From: 1, Seconds: 1, Format: "mp4", Filter: "split[a][b];[a][b]hstack"})
	if _, err := observe(t, l, beside, look.Want{}); !osprey.IsCode(err, osprey.CodeSeveralFaces) {
		t.Errorf("two faces beside each other: %v", err)
	}
	if _, err := observe(t, l, beside, look.Want{}, "photo_id"); err != nil {
		t.Errorf("two faces, tagged as a document: %v", err)
	}
}

// TestRefusedSequences: codes 20 and 22.
func TestRefusedSequences(t *testing.T) {
	t.Parallel()
	l := testhouse.Looker(t)
	nobody := testphoto.Clip(t, testphoto.Studio, testphoto.Cut{From: 1, Seconds: 1, Format: "mp4", Filter: "crop=100:100:0:0"})
	if _, err := observe(t, l, nobody, everything); !osprey.IsCode(err, osprey.CodeNoFace) {
		t.Errorf("a wall: %v", err)
	}
	tiny := testphoto.Clip(t, testphoto.Studio, testphoto.Cut{From: 1, Seconds: 1, Format: "mp4", Filter: "scale=90:-2,pad=320:240"})
	if _, err := observe(t, l, tiny, everything); !osprey.IsCode(err, osprey.CodeLowQuality) && !osprey.IsCode(err, osprey.CodeNoFace) {
		t.Errorf("a tiny face: %v", err)
	}
	grey := testphoto.Clip(t, testphoto.Studio, testphoto.Cut{From: 1, Seconds: 1, Format: "mp4", Filter: "format=gray,format=yuv420p"})
	if _, err := observe(t, l, grey, everything); !osprey.IsCode(err, osprey.CodeLowQuality) {
		t.Errorf("no colours, asked for liveness: %v", err)
	}
	if _, err := observe(t, l, grey, look.Want{}); err != nil {
		t.Errorf("no colours, not asked for liveness: %v", err)
	}
}

// TestBestShot: a JPEG of at least 480 pixels on the short side where the source has them.
func TestBestShot(t *testing.T) {
	t.Parallel()
	l := testhouse.Looker(t)
	for filter, short := range map[string]int{"": 300, "scale=1440:1080": 720, "scale=640:480": 480} {
		o := mustObserve(t, l, testphoto.Clip(t, testphoto.Webcam, testphoto.Cut{From: 1, Seconds: 0.4, Format: "mp4", Filter: filter}), look.Want{BestShot: true})
		img, err := jpeg.Decode(bytes.NewReader(o.BestShot))
		if err != nil {
			t.Fatal(err)
		}
		if got := min(img.Bounds().Dx(), img.Bounds().Dy()); got != short {
			t.Errorf("%q: the short side has %d pixels, want %d", filter, got, short)
		}
	}
}

// TestGestureFootage: gestures of a real person, and the wrong ones.
func TestGestureFootage(t *testing.T) {
	t.Parallel()
	l := testhouse.Looker(t)
	type part struct {
		footage       testphoto.Footage
		from, seconds float64
		filter        string
	}
	closer, away := part{testphoto.Webcam, 30, 4.5, ""}, part{testphoto.Webcam, 33, 7, ""}
	blink := part{testphoto.Studio, 5.5, 2.5, ""}
	tests := []struct {
		name string
		tag  string
		part part
		want string
	}{
		{"closer", osprey.GestureTagZoomIn, closer, "detected"},
		{"closer for farther", osprey.GestureTagZoomOut, closer, "WRONG_GESTURE"},
		{"farther", osprey.GestureTagZoomOut, away, "detected"},
		{"blink", osprey.GestureTagEyes, blink, "detected"},
		{"no smile", osprey.GestureTagSmile, part{testphoto.WebcamAgain, 1, 3, ""}, "NOT_PERFORMED"},
		{"still person for left", osprey.GestureTagLeft, part{testphoto.Webcam, 0, 2.5, ""}, "NOT_PERFORMED"},
		{"passive", osprey.GestureTagBlank, part{testphoto.Webcam, 0, 2.5, ""}, "detected"},
		{"a shot", osprey.GestureTagOneShot, part{testphoto.Webcam, 1, 0.3, ""}, "detected"},
	}
	if raced {
		tests = tests[len(tests)-2:]
	}
	for _, tt := range tests {
		clip := testphoto.Clip(t, tt.part.footage, testphoto.Cut{From: tt.part.from, Seconds: tt.part.seconds, Format: "mp4", Filter: tt.part.filter})
		o, err := observe(t, l, clip, look.Want{Liveness: true}, "video_selfie", tt.tag)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := told(o.Gesture); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	o := mustObserve(t, l, ada(t).JPEG, look.Want{Liveness: true}, osprey.GestureTagSmile)
	if told(o.Gesture) != "NOT_PERFORMED" {
		t.Errorf("a photo smiles: %s", told(o.Gesture))
	}
}
