package client

// Results are the results of an analysis or of one medium in it. Which fields are
// there depends on the type of the analysis and on whether it is all of it or one
// medium; the others are nil.
type Results struct {
	// Of QUALITY: 0 (a living person) to 1 (an attack), and the chance that the
	// media do not come from a live camera, nil when it was not measured.
	Spoofing  *float64 `json:"confidence_spoofing"`
	Injection *float64 `json:"injection_score"`
	// Of QUALITY, one medium: the movement that its tag names, nil for none.
	Gesture *Gesture `json:"gesture"`

	// Of BIOMETRY and COLLECTION: the least and the greatest confidence, 0 to 1.
	Min *float64 `json:"min_confidence"`
	Max *float64 `json:"max_confidence"`
	// Of BIOMETRY, the whole: every pair of media, least similar first.
	Pairs []Pair `json:"pairs"`
	// Of COLLECTION: whether somebody on a list was found.
	Matched *bool `json:"matched"`

	// Of DOCUMENTS, the whole.
	Fields []TextField `json:"text_fields"`
	MRZ    *MRZ        `json:"mrz"`
	Checks []Check     `json:"checks"`
	// Of DOCUMENTS, one medium: the holder's face, nil when none was found.
	Portrait *Box `json:"portrait"`
}

// Gesture says whether a movement was seen. Reason is nil when it was.
type Gesture struct {
	Tag      string  `json:"tag"`
	Detected bool    `json:"detected"`
	Reason   *string `json:"reason"` // NOT_PERFORMED, WRONG_GESTURE, TOO_EARLY, DISCONTINUITY, IDENTITY_CHANGED
}

// Pair is how alike the faces of two media are, 0 to 1.
type Pair struct {
	MediaIDs   []string `json:"media_ids"`
	Confidence float64  `json:"confidence"`
}

// TextField is one text of a document. Valid is nil when nothing can be checked.
type TextField struct {
	Name  string  `json:"field_name"`
	MRZ   *string `json:"mrz"`
	Valid *bool   `json:"valid"`
}

// MRZ is the machine-readable zone of a document. The pointers are nil when none
// was found.
type MRZ struct {
	Found       bool            `json:"found"`
	Format      *string         `json:"format"` // TD1, TD2, TD3, MRV_A, MRV_B
	Valid       *bool           `json:"valid"`
	Lines       []string        `json:"lines"`
	CheckDigits map[string]bool `json:"check_digits"`
	MediaID     *string         `json:"source_media_id"`
	Confidence  *float64        `json:"confidence"`
}

// Check is one check of a document. Actual and Limit are nil for checks that
// compare nothing.
type Check struct {
	Name   string   `json:"name"`
	Result string   `json:"result"` // pass, fail, skipped, unsure
	Actual *float64 `json:"actual"`
	Limit  *float64 `json:"limit"`
}

// Box is a rectangle in EXIF-upright pixels.
type Box struct {
	Left   int `json:"left"`
	Top    int `json:"top"`
	Right  int `json:"right"`
	Bottom int `json:"bottom"`
}

// ResultImage is an image that an analysis cut out of a medium. Its bytes are behind
// OriginalURL: see [Client.Download].
type ResultImage struct {
	ID           string   `json:"media_id"`
	Type         string   `json:"media_type"`
	Tags         []string `json:"tags"` // best_shot, photo_id_portrait
	OriginalName string   `json:"original_name"`
	OriginalURL  *string  `json:"original_url"`
}
