package face

import (
	"context"
	"image"
	"math"
)

// Measures holds what one picture tells about a face beside Quality. A
// pointer is nil where it was not measured: the pack lacks the model, or the
// picture does not show what is needed. Lengths are pixels of the image that
// was passed in.
type Measures struct {
	FaceRatio     float64  // box width over image width
	CenterOffset  float64  // distance of the box's centre from the image's, over image width
	LightBalance  *float64 // luma of the background around the head minus the face's, -1 to 1; nil where the face fills the image
	LightEvenness float64  // difference of the luma of the face's left and right half, 0 to 1
	Contrast      float64  // standard deviation of the face's luma, 0 to 1
	// Colors is 3, or 1 for a picture whose channels carry nothing but one
	// common brightness: grey, or grey with a tint.
	Colors      int
	Interocular float64 // distance of the eyes' centres; in space where Presence is set
	MouthWidth  float64 // distance of the mouth's corners; in space where Presence is set

	Presence  *float64 // the mesh's own certainty, 0 to 1
	Eyes      *Eyes
	MouthOpen *float64 // 0 closed to 1 wide open
	Smile     *float64 // never set by Examine, see Engine.Smile
	Norm      float64  // of the embedding, see Embedding
	// Unified is the calibrated chance, in percent, that a comparison of this
	// picture with a good one of the same person succeeds at FMR 1e-5.
	Unified *float64
}

// Examination is everything that Examine finds.
type Examination struct {
	Quality
	Measures
}

// Examine measures a face's picture: what Assess gives and Measures. What
// the pack has no model for stays nil. The smile, which is slow to find, is
// left to Smile.
func (e *Engine) Examine(ctx context.Context, img image.Image, d Detection, a *Aligned, emb Embedding) (Examination, error) {
	q, err := e.Assess(ctx, img, d, a)
	if err != nil {
		return Examination{}, err
	}
	x := Examination{Quality: q}
	x.Norm = emb.Norm
	if d.Landmarks == [5]Point{} {
		d.Landmarks = a.Landmarks
	}
	x.Interocular, x.MouthWidth = apart(d.Landmarks[0], d.Landmarks[1]), apart(d.Landmarks[3], d.Landmarks[4])
	l, _, err := e.enter(ctx, img, &d)
	if err != nil {
		return Examination{}, err
	}
	defer e.leave(l)
	x.place(img, d.Box)
	x.light(a)
	x.LightBalance = l.lightBalance(img, d.Box, x.Brightness)
	x.Colors = l.colors(img)
	if e.Has(TaskMesh) {
		if err := e.examineMesh(l, img, d, &x); err != nil {
			return Examination{}, err
		}
	}
	x.Unified = e.pack.Manifest.Quality.Unified.score(&x)
	return x, nil
}

// examineMesh fills in what the mesh tells.
func (e *Engine) examineMesh(l *lane, img image.Image, d Detection, x *Examination) error {
	var m Mesh
	if err := e.mesh(l, img, d, &m); err != nil {
		return err
	}
	x.Presence = &m.Presence
	x.Interocular, x.MouthWidth = m.interocular(), m.distance(61, 291)
	if most := e.pack.Manifest.Quality.MouthOpen; most > 0 {
		open := m.mouthOpen(most)
		x.MouthOpen = &open
	}
	if !e.Has(TaskEyes) {
		return nil
	}
	eyes, err := e.eyes(l, img, &m, Point{})
	x.Eyes = &eyes
	return err
}

// interocular is the distance between the middles of the two eyes' corners.
func (m *Mesh) interocular() float64 {
	centre := func(eye eyePoints) Point3 {
		a, b := m.Points[eye.corners[0]], m.Points[eye.corners[1]]
		return Point3{(a.X + b.X) / 2, (a.Y + b.Y) / 2, (a.Z + b.Z) / 2}
	}
	a, b := centre(leftEye), centre(rightEye)
	return math.Sqrt((a.X-b.X)*(a.X-b.X) + (a.Y-b.Y)*(a.Y-b.Y) + (a.Z-b.Z)*(a.Z-b.Z))
}

// mouthOpen is the distance of the inner lips over the mouth's inner width,
// as a share of most.
func (m *Mesh) mouthOpen(most float64) float64 {
	width := m.distance(78, 308)
	if !(width > 0) {
		return 0
	}
	return clamp(m.distance(13, 14)/width/most, 0, 1)
}

func apart(a, b Point) float64 { return math.Hypot(a.X-b.X, a.Y-b.Y) }

// Measure gives a measure by its check's name: "face_size", "face_ratio",
// "eyes_open", "yaw" and so on; ok is false where it was not measured or
// there is none of that name.
func (x *Examination) Measure(check string) (value float64, ok bool) {
	switch check {
	case "detector_score":
		return x.DetectorScore, true
	case "face_size":
		return x.FaceSize, true
	case "face_ratio":
		return x.FaceRatio, true
	case "face_inside":
		return x.FaceInside, true
	case "center_offset":
		return x.CenterOffset, true
	case "sharpness":
		return x.Sharpness, true
	case "brightness":
		return x.Brightness, true
	case "light_evenness":
		return x.LightEvenness, true
	case "contrast":
		return x.Contrast, true
	case "yaw":
		return x.Yaw, true
	case "pitch":
		return x.Pitch, true
	case "roll":
		return x.Roll, true
	case "color":
		return float64(x.Colors), true
	case "eyes_open":
		if x.Eyes == nil {
			return 0, false
		}
		return x.Eyes.Lower(), true
	}
	p := map[string]*float64{"light_balance": x.LightBalance, "mouth_open": x.MouthOpen, "smile": x.Smile, "unified": x.Unified}[check]
	if p == nil {
		return 0, false
	}
	return *p, true
}
