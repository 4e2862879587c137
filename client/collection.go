package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Collection is a set of facial photos.
type Collection struct {
	ID          string         `json:"collection_id"`
	CompanyID   string         `json:"company_id"`
	Alias       string         `json:"alias"`
	OnMatch     string         `json:"on_match"`    // decline, operator, accept
	Threshold   *float64       `json:"threshold"`   // nil: the company's
	TargetFPIR  *float64       `json:"target_fpir"` // nil: the company's
	FaceRule    string         `json:"face_rule"`   // strict, largest
	Persons     int            `json:"persons_count"`
	Images      int            `json:"images_count"`
	Metadata    map[string]any `json:"meta_data"`
	TimeCreated Time           `json:"time_created"`
	TimeUpdated Time           `json:"time_updated"`
}

// NewCollection is a collection to be made. CompanyID may be left out by users of
// a company.
type NewCollection struct {
	Alias      string         `json:"alias"`
	CompanyID  string         `json:"company_id,omitempty"`
	OnMatch    string         `json:"on_match,omitempty"`
	Threshold  *float64       `json:"threshold,omitempty"`
	TargetFPIR *float64       `json:"target_fpir,omitempty"`
	FaceRule   string         `json:"face_rule,omitempty"`
	Metadata   map[string]any `json:"meta_data,omitempty"`
}

func collectionPath(id string) string { return "/api/collections/" + url.PathEscape(id) + "/" }

// Collections lists collections; Search looks into the alias; filters alias
// (exact), company_id, meta_data.
func (c *Client) Collections(ctx context.Context, l List) (Page[Collection], error) {
	filter := url.Values{"envelope": {"true"}}
	for k, v := range l.Filter {
		filter[k] = v
	}
	l.Filter = filter
	return page[Collection](ctx, c, "/api/collections/", l)
}

// Collection returns one.
func (c *Client) Collection(ctx context.Context, id string) (Collection, error) {
	var out Collection
	err := c.Do(ctx, http.MethodGet, collectionPath(id), nil, &out)
	return out, err
}

// CreateCollection makes one.
func (c *Client) CreateCollection(ctx context.Context, n NewCollection) (Collection, error) {
	var out Collection
	err := c.Do(ctx, http.MethodPost, "/api/collections/", n, &out)
	return out, err
}

// UpdateCollection changes the keys given.
func (c *Client) UpdateCollection(ctx context.Context, id string, fields Fields) (Collection, error) {
	var out Collection
	err := c.Do(ctx, http.MethodPatch, collectionPath(id), fields, &out)
	return out, err
}

// DeleteCollection removes an empty one.
func (c *Client) DeleteCollection(ctx context.Context, id string) error {
	return c.Do(ctx, http.MethodDelete, collectionPath(id), nil, nil)
}

// ExportCollection writes all persons as a ZIP.
func (c *Client) ExportCollection(ctx context.Context, id string, w io.Writer) error {
	return c.download(ctx, collectionPath(id)+"export/", w)
}

func (c *Client) download(ctx context.Context, path string, w io.Writer) error {
	resp, err := c.call(ctx, http.MethodGet, path, "", nil) //nolint:bodyclose // drain closes it
	if err != nil {
		return err
	}
	defer drain(resp.Body)
	if _, err := io.Copy(w, resp.Body); err != nil {
		return fmt.Errorf("client: GET %s: %w", path, err)
	}
	return nil
}

// Found is one person of a search by photo.
type Found struct {
	PersonID   string  `json:"person_id"`
	ImageID    string  `json:"person_image_id"`
	Confidence float64 `json:"confidence"`
}

// SearchResult is the answer of a search by photo, best first, persons below the
// threshold included.
type SearchResult struct {
	Items     []Found        `json:"items"`
	Threshold float64        `json:"threshold"`
	Images    int            `json:"images_searched"`
	Quality   map[string]any `json:"quality"`
}

// Search looks for the person of a photo in a collection; top is 1 to 100.
func (c *Client) Search(ctx context.Context, collection string, photo File, top int) (SearchResult, error) {
	photo.Field = "photo"
	var out SearchResult
	err := c.upload(ctx, collectionPath(collection)+"search/", []File{photo}, map[string]any{"top_k": top}, &out)
	return out, err
}
