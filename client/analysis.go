package client

import (
	"context"
	"net/http"
	"net/url"
)

// The types of analyses.
const (
	Quality          = "QUALITY"    // liveness: is it a living person before a camera
	Biometry         = "BIOMETRY"   // are all media of one person
	CollectionSearch = "COLLECTION" // is the person on a list
	Documents        = "DOCUMENTS"  // portrait and machine-readable zone of an identity document
)

// Analysis is one question about media of a folder, and its answer.
type Analysis struct {
	ID         string `json:"analysis_id"`
	GroupID    string `json:"group_id"`
	FolderID   string `json:"folder_id"`
	CompanyID  string `json:"company_id"`
	Type       string `json:"type"`
	State      string `json:"state"`      // PROCESSING, FINISHED, FAILED
	Resolution string `json:"resolution"` // SUCCESS, DECLINED, OPERATOR_REQUIRED, ...
	System     string `json:"system_resolution"`
	// Source are the media that the analysis took.
	Source []SourceMedia `json:"source_media"`
	// Results are those of the whole analysis, nil until it is FINISHED.
	Results      *Results       `json:"results_data"`
	ResultsMedia []MediaResult  `json:"results_media"`
	Collections  []Searched     `json:"collections"` // of a COLLECTION analysis
	Confs        map[string]any `json:"confs"`       // the parameters in force
	ErrorCode    *int           `json:"error_code"`
	ErrorMessage *string        `json:"error_message"`
	Metadata     map[string]any `json:"meta_data"`
	Technical    map[string]any `json:"technical_meta_data"`
	TimeCreated  Time           `json:"time_created"`
	TimeFinished Time           `json:"time_finished"`
}

// SourceMedia is a medium as an analysis took it.
type SourceMedia struct {
	ID           string   `json:"media_id"`
	Type         string   `json:"media_type"`
	OriginalName string   `json:"original_name"`
	Tags         []string `json:"tags"`
	PreviewURL   *string  `json:"preview_url"`
	Cleared      bool     `json:"is_cleared"` // erased since
}

// Searched is a collection as it was when it was searched.
type Searched struct {
	CollectionID string  `json:"collection_id"`
	Alias        string  `json:"alias"`
	OnMatch      string  `json:"on_match"`
	Threshold    float64 `json:"threshold"`
	Persons      int     `json:"persons_searched"`
	Images       int     `json:"images_searched"`
}

// MediaResult is what was found for one medium.
type MediaResult struct {
	MediaID string   `json:"source_media_id"`
	Results *Results `json:"results_data"`
	// Output are the images cut out of the medium: the best shot of a QUALITY
	// analysis, the portrait of a DOCUMENTS analysis.
	Output []ResultImage `json:"output_images"`
	// Of a COLLECTION analysis: the best match and all of them.
	PersonID     *string    `json:"person_id"`
	ImageID      *string    `json:"person_image_id"`
	CollectionID *string    `json:"collection_id"`
	Confidence   *float64   `json:"confidence"`
	Persons      []Matching `json:"collection_persons"`
}

// Matching is a person that a medium matched.
type Matching struct {
	PersonID     string  `json:"person_id"`
	ImageID      string  `json:"person_image_id"`
	CollectionID string  `json:"collection_id"`
	Alias        string  `json:"alias"`
	Confidence   float64 `json:"confidence"`
}

// NewAnalysis is an analysis to be started. Without SourceMedia it takes those of
// the folder that suit its type.
type NewAnalysis struct {
	Type          string   `json:"type"` // Quality, Biometry, CollectionSearch, Documents
	SourceMedia   []string `json:"source_media,omitempty"`
	CollectionIDs []string `json:"collection_ids,omitempty"`
	// Params by type: extract_best_shot and threshold_spoofing; threshold_min and
	// threshold_max; top_k and threshold; require_mrz and allow_expired.
	Params   map[string]any `json:"params,omitempty"`
	Metadata map[string]any `json:"meta_data,omitempty"`
}

func analysisPath(id string) string { return "/api/analyses/" + url.PathEscape(id) + "/" }

// StartAnalyses starts analyses of a folder, all or none.
func (c *Client) StartAnalyses(ctx context.Context, folder string, analyses ...NewAnalysis) ([]Analysis, error) {
	if analyses == nil {
		analyses = []NewAnalysis{}
	}
	var out []Analysis
	err := c.Do(ctx, http.MethodPost, folderPath(folder)+"analyses/", Fields{"analyses": analyses}, &out)
	return out, err
}

// Analysis returns one.
func (c *Client) Analysis(ctx context.Context, id string) (Analysis, error) {
	var out Analysis
	err := c.Do(ctx, http.MethodGet, analysisPath(id), nil, &out)
	return out, err
}

// WaitAnalysis holds until the analysis is FINISHED or FAILED, or ctx ends.
func (c *Client) WaitAnalysis(ctx context.Context, id string) (Analysis, error) {
	for {
		var out Analysis
		if err := c.Do(ctx, http.MethodGet, analysisPath(id)+"?wait=30", nil, &out); err != nil {
			return out, err
		}
		if out.State != "PROCESSING" {
			return out, nil
		}
	}
}

// Analyses lists analyses; filters as the contract has them.
func (c *Client) Analyses(ctx context.Context, l List) (Page[Analysis], error) {
	return page[Analysis](ctx, c, "/api/analyses/", l)
}

// GiveVerdict is an operator's word, SUCCESS or DECLINED, on an analysis that is
// OPERATOR_REQUIRED.
func (c *Client) GiveVerdict(ctx context.Context, id, resolution, comment string) (Analysis, error) {
	fields := Fields{"resolution_status": resolution}
	if comment != "" {
		fields["comment"] = comment
	}
	var out Analysis
	err := c.Do(ctx, http.MethodPatch, analysisPath(id), fields, &out)
	return out, err
}

// DeleteAnalysis removes one and releases the persons it matched.
func (c *Client) DeleteAnalysis(ctx context.Context, id string) error {
	return c.Do(ctx, http.MethodDelete, analysisPath(id), nil, nil)
}
