package osprey

// Person is one human of a collection, with photos.
type Person struct {
	ID         ID
	Collection ID
	Company    ID
	Metadata   Metadata
	Technical  Metadata
	ImageCount int
	Images     []PersonImage // oldest first; nil when they were not asked for
	Created    Time
	Updated    Time
}

// PersonImage is one enrolled photo. Its template is sealed and never leaves
// the server.
type PersonImage struct {
	ID           ID
	Media        ID
	Person       ID
	Collection   ID
	Company      ID
	Key          string // the part name it was uploaded with
	OriginalName string
	Tags         []string
	Face         Face
	Quality      Quality
	DuplicateOf  ID
	Info         ImageInfo
	SHA256       string // hex, of the bytes as uploaded: tells duplicates
	Blob         string // key of the sealed original
	Thumb        string // key of the sealed thumbnail
	Template     SealedTemplate
	Metadata     Metadata
	Technical    Metadata
	Created      Time
	Updated      Time
}

// Face is a face box in EXIF-upright pixels of the original photo, clipped to
// it and rounded.
type Face struct {
	Left       int `json:"left"`
	Top        int `json:"top"`
	Right      int `json:"right"`
	Bottom     int `json:"bottom"`
	FacesFound int `json:"faces_found"`
}

// Quality holds the measures of the face gates (api.md 17.3).
type Quality struct {
	FaceSize      float64 `json:"face_size"`  // shorter side of the unclipped box, pixels of the original
	Yaw           float64 `json:"yaw"`        // degrees, positive: nose to the image's left
	Pitch         float64 `json:"pitch"`      // degrees
	Roll          float64 `json:"roll"`       // degrees
	Sharpness     float64 `json:"sharpness"`  // 0..1
	Brightness    float64 `json:"brightness"` // 0..1, mean luma of the aligned crop
	FaceInside    float64 `json:"face_inside"`
	DetectorScore float64 `json:"detector_score"`
}

// ImageInfo are the facts of an uploaded image file.
type ImageInfo struct {
	MD5    string `json:"md5"`
	Size   int64  `json:"size"` // bytes
	MIME   string `json:"mime-type"`
	Width  int    `json:"width"` // EXIF-upright pixels
	Height int    `json:"height"`
}

// SimilarPerson is another person of the collection who looks like a new photo.
type SimilarPerson struct {
	Person     ID      `json:"person_id"`
	Confidence float64 `json:"confidence"`
}

// SealedTemplate is a template as the store keeps it: 512 float32, encrypted
// and bound to company, object and model. Templates of different models are
// never compared.
type SealedTemplate struct {
	Model string // SHA-256 of the embedder
	Bytes []byte
}
