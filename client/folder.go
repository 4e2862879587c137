package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Folder holds media and the analyses of them.
type Folder struct {
	ID          string         `json:"folder_id"`
	CompanyID   string         `json:"company_id"`
	UserID      string         `json:"user_id"`
	Status      string         `json:"resolution_status"`
	System      string         `json:"system_resolution"`
	Metadata    map[string]any `json:"meta_data"`
	Technical   map[string]any `json:"technical_meta_data"`
	Media       []Media        `json:"media"`
	Analyses    []Analysis     `json:"analyses"`
	TimeCreated Time           `json:"time_created"`
	TimeUpdated Time           `json:"time_updated"`
	TimeLogs    *TimeLogs      `json:"time_logs"` // of Check and Instant alone
}

// TimeLogs tell where the time of a request went that waited for its analyses, in
// milliseconds.
type TimeLogs struct {
	Upload   int64 `json:"upload_ms"` // receiving and storing the files
	Queue    int64 `json:"queue_ms"`  // waiting for a worker
	Analysis int64 `json:"analysis_ms"`
	Total    int64 `json:"total_ms"`
}

// Media is one file of a folder: a photo, a video or a shot set (a ZIP of frames).
// The links are nil for forms that the medium does not have, and when its bytes
// were erased.
type Media struct {
	ID           string         `json:"media_id"`
	FolderID     string         `json:"folder_id"`
	Type         string         `json:"media_type"` // IMAGE_FOLDER, VIDEO_FOLDER, SHOTS_SET_FOLDER, IMAGE_RESULT_ANALYSIS_SINGLE
	Key          string         `json:"media_key"`
	OriginalName string         `json:"original_name"`
	OriginalURL  *string        `json:"original_url"`
	VideoURL     *string        `json:"video_url"`
	PreviewURL   *string        `json:"preview_url"` // an MP4 of a shot set
	ThumbURL     *string        `json:"thumb_url"`
	Tags         []string       `json:"tags"`
	Info         MediaInfo      `json:"info"`
	Cleared      bool           `json:"is_cleared"`
	Metadata     map[string]any `json:"meta_data"`
	Technical    map[string]any `json:"technical_meta_data"`
	TimeCreated  Time           `json:"time_created"`
}

// MediaInfo are the facts of a file, under the name of its kind; the others are
// nil.
type MediaInfo struct {
	Image    *FileInfo `json:"image"`
	Video    *FileInfo `json:"video"`
	ShotsSet *FileInfo `json:"shots_set"`
}

// FileInfo are the facts of a file. Seconds and FPS are of videos, Frames of shot
// sets.
type FileInfo struct {
	MD5     string  `json:"md5"`
	Size    int64   `json:"size"` // bytes
	MIME    string  `json:"mime-type"`
	Width   int     `json:"width"` // pixels, upright
	Height  int     `json:"height"`
	Seconds float64 `json:"duration"`
	FPS     float64 `json:"FPS"` // 0 when it is not known
	Frames  int     `json:"frames"`
}

// NewFolder is a folder to be made. CompanyID must be given by users outside any
// company.
type NewFolder struct {
	Files     []File
	CompanyID string
	Metadata  map[string]any
}

func (n NewFolder) payload() map[string]any {
	payload := map[string]any{}
	if n.CompanyID != "" {
		payload["company_id"] = n.CompanyID
	}
	if n.Metadata != nil {
		payload["folder:meta_data"] = n.Metadata
	}
	return payload
}

func folderPath(id string) string { return "/api/folders/" + url.PathEscape(id) + "/" }

// CreateFolder makes a folder with media, all files or none. Files may be photos,
// videos and shot sets; the server tells them apart by their bytes.
func (c *Client) CreateFolder(ctx context.Context, n NewFolder) (Folder, error) {
	payload := n.payload()
	var out Folder
	if len(n.Files) == 0 {
		err := c.Do(ctx, http.MethodPost, "/api/folders/", payload, &out)
		return out, err
	}
	err := c.upload(ctx, "/api/folders/", n.Files, payload, &out)
	return out, err
}

// AddMedia adds files to a folder and returns the new media.
func (c *Client) AddMedia(ctx context.Context, folder string, files []File) ([]Media, error) {
	var out []Media
	err := c.upload(ctx, folderPath(folder)+"media/", files, nil, &out)
	return out, err
}

// Folders lists folders with their media; filters as the contract has them.
func (c *Client) Folders(ctx context.Context, l List) (Page[Folder], error) {
	return page[Folder](ctx, c, "/api/folders/", l)
}

// Folder returns one with its media and analyses.
func (c *Client) Folder(ctx context.Context, id string) (Folder, error) {
	var out Folder
	err := c.Do(ctx, http.MethodGet, folderPath(id), nil, &out)
	return out, err
}

// DeleteFolder erases a folder with all that hangs on it.
func (c *Client) DeleteFolder(ctx context.Context, id string) error {
	return c.Do(ctx, http.MethodDelete, folderPath(id), nil, nil)
}

// WaitFolder holds until no analysis of the folder runs, or ctx ends, and returns
// the folder with its analyses.
func (c *Client) WaitFolder(ctx context.Context, id string) (Folder, error) {
	for {
		var out Folder
		if err := c.Do(ctx, http.MethodGet, folderPath(id)+"?wait=30", nil, &out); err != nil {
			return out, err
		}
		if out.Status != "PROCESSING" {
			return out, nil
		}
	}
}

func mediaPath(id string) string { return "/api/media/" + url.PathEscape(id) + "/" }

// Media returns one medium of any folder; result images of analyses are found too.
func (c *Client) Media(ctx context.Context, id string) (Media, error) {
	var out Media
	err := c.Do(ctx, http.MethodGet, mediaPath(id), nil, &out)
	return out, err
}

// SetTags replaces the tags of a medium: what it shows, as "video_selfie_smile" or
// "photo_id_front".
func (c *Client) SetTags(ctx context.Context, id string, tags ...string) (Media, error) {
	if tags == nil {
		tags = []string{}
	}
	var out Media
	err := c.Do(ctx, http.MethodPatch, mediaPath(id), Fields{"tags": tags}, &out)
	return out, err
}

// Download writes the bytes behind a link of a medium. The link is asked of this
// client's server, whatever host it names.
func (c *Client) Download(ctx context.Context, link string, w io.Writer) error {
	u, err := url.Parse(link)
	if err != nil {
		return fmt.Errorf("client: %w", err)
	}
	_, path, ok := strings.Cut(u.EscapedPath(), "/static/")
	if !ok {
		return fmt.Errorf("client: %q is no link of a medium", link)
	}
	return c.download(ctx, "/static/"+path+"?"+u.RawQuery, w)
}

// DeleteMedia erases one medium.
func (c *Client) DeleteMedia(ctx context.Context, id string) error {
	return c.Do(ctx, http.MethodDelete, mediaPath(id), nil, nil)
}
