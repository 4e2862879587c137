package client

import (
	"context"
	"net/http"
	"net/url"
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
}

// Media is one file of a folder.
type Media struct {
	ID           string         `json:"media_id"`
	FolderID     string         `json:"folder_id"`
	Type         string         `json:"media_type"`
	Key          string         `json:"media_key"`
	OriginalName string         `json:"original_name"`
	OriginalURL  *string        `json:"original_url"`
	ThumbURL     *string        `json:"thumb_url"`
	Tags         []string       `json:"tags"`
	Info         map[string]any `json:"info"`
	Cleared      bool           `json:"is_cleared"`
	Metadata     map[string]any `json:"meta_data"`
	TimeCreated  Time           `json:"time_created"`
}

// NewFolder is a folder to be made. CompanyID must be given by users outside any
// company.
type NewFolder struct {
	Files     []File
	CompanyID string
	Metadata  map[string]any
}

func folderPath(id string) string { return "/api/folders/" + url.PathEscape(id) + "/" }

// CreateFolder makes a folder with media, all files or none.
func (c *Client) CreateFolder(ctx context.Context, n NewFolder) (Folder, error) {
	payload := map[string]any{}
	if n.CompanyID != "" {
		payload["company_id"] = n.CompanyID
	}
	if n.Metadata != nil {
		payload["folder:meta_data"] = n.Metadata
	}
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

// DeleteMedia erases one medium.
func (c *Client) DeleteMedia(ctx context.Context, id string) error {
	return c.Do(ctx, http.MethodDelete, "/api/media/"+url.PathEscape(id)+"/", nil, nil)
}
