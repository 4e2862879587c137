// Package document reads identity documents on photographs: it finds and
// reads the machine-readable zone (MRZ), picks the holder's portrait among
// the faces, and measures the photograph. It does not judge forgery.
//
// The layouts of the MRZ are those of ICAO Doc 9303 (8th edition), parts 3
// to 7: TD1 (3 lines of 30 characters), TD2 (2x36), TD3 (2x44), MRV-A (2x44)
// and MRV-B (2x36).
//
//	e, err := face.Open("models/default", face.Options{})
//	r, err := document.NewReader(e)
//	reading, err := r.Read(ctx, photo, time.Now())
//	if reading.Found && reading.MRZ.Valid { ... }
//
// ParseMRZ works on text and needs no models.
package document
