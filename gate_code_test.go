package osprey

import "testing"

// TestGateCodes: every bound of a gate has its own code of components.md 9.4.
func TestGateCodes(t *testing.T) {
	t.Parallel()
	worst := Quality{FaceSize: 1, Yaw: 90, Pitch: -90, Roll: 90, Sharpness: 0, Brightness: 0, FaceInside: 0}
	bright := Quality{FaceSize: 100, Sharpness: 1, Brightness: 1, FaceInside: 1}
	want := []QualityCode{FaceTooSmall, Pose, Pose, Pose, Blurred, TooDark, FaceCut}
	got := EnrolmentGate().Check(worst)
	if len(got) != len(want) {
		t.Fatalf("%v", got)
	}
	for i, c := range got {
		if c.Code() != want[i] {
			t.Errorf("%s is %s, want %s", c.Name, c.Code(), want[i])
		}
	}
	if c := EnrolmentGate().Check(bright); len(c) != 1 || c[0].Code() != TooBright {
		t.Errorf("%v", c)
	}
	for check, code := range map[Check]QualityCode{CheckColor: Grayscale, CheckResolution: LowResolution, CheckDetectorScore: NoFace, "new": LowQuality} {
		if c := (GateCheck{Name: string(check)}); c.Code() != code {
			t.Errorf("%s is %s, want %s", check, c.Code(), code)
		}
	}
}
