package osprey

// Folder is one check of one human: media and the analyses of them.
type Folder struct {
	ID                 ID
	Company            ID
	User               ID
	Status             Resolution // INITIAL, PROCESSING, FAILED, FINISHED
	System             Resolution // INITIAL, PROCESSING, FAILED, DECLINED, OPERATOR_REQUIRED, SUCCESS
	ResolutionEndpoint *string
	ResolutionTime     Time // when the folder last became terminal
	// The latest operator verdict of the folder.
	OperatorStatus  Resolution
	OperatorComment *string
	Author          ID
	Cleared         bool
	Metadata        Metadata
	Technical       Metadata
	Created         Time
	Updated         Time
}

// MediaType is the kind of a medium, told from its bytes.
type MediaType string

// The types of media of a folder and of result images.
const (
	MediaImage       MediaType = "IMAGE_FOLDER"
	MediaVideo       MediaType = "VIDEO_FOLDER"
	MediaShotSet     MediaType = "SHOTS_SET_FOLDER"
	MediaImagePerson MediaType = "IMAGE_PERSON"
	MediaImageResult MediaType = "IMAGE_RESULT_ANALYSIS_SINGLE"
)

// Media is one uploaded file of a folder.
type Media struct {
	ID           ID
	Folder       ID
	Company      ID
	Owner        ID // the folder's user
	Type         MediaType
	Key          string // the part name
	OriginalName string
	Tags         []string
	Info         MediaInfo
	SHA256       string // hex, of the bytes as uploaded
	Blob         string // key of the sealed original
	Thumb        string // key of the sealed thumbnail
	Preview      string // key of the sealed MP4 of a shot set, empty when there is none
	Analysis     ID     // of a result image: the analysis that made it; else empty
	Source       ID     // of a result image: the medium it was cut from; else empty
	Cleared      bool   // bytes erased
	Metadata     Metadata
	Technical    Metadata
	Created      Time
	Updated      Time
}

// MediaInfo are the facts of an uploaded file. Seconds, FPS and Frames are 0 for a
// still image.
type MediaInfo struct {
	ImageInfo
	Seconds float64 `json:"duration,omitempty"` // measured, not what a header says
	FPS     float64 `json:"FPS,omitempty"`
	Frames  int     `json:"frames,omitempty"`
}

// MaxOriginalName is how much of a file name is kept, in characters.
const MaxOriginalName = 255
