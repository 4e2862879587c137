package osprey

// Code is the quality code of a broken bound (components.md 9.4): of brightness, the
// side on which it lies.
func (c GateCheck) Code() QualityCode {
	switch Check(c.Name) {
	case CheckFaceSize, CheckFaceShare:
		return FaceTooSmall
	case CheckDetectorScore:
		return NoFace
	case CheckYaw, CheckPitch, CheckRoll:
		return Pose
	case CheckSharpness:
		return Blurred
	case CheckBrightness:
		if c.Actual < c.Limit {
			return TooDark
		}
		return TooBright
	case CheckFaceInside:
		return FaceCut
	case CheckColor:
		return Grayscale
	case CheckResolution:
		return LowResolution
	}
	return LowQuality
}
