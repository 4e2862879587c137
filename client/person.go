package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
)

// Person is one human in a collection.
type Person struct {
	ID           string          `json:"person_id"`
	CollectionID string          `json:"collection_id"`
	CompanyID    string          `json:"company_id"`
	Metadata     map[string]any  `json:"meta_data"`
	ImagesCount  int             `json:"images_count"`
	Images       []Image         `json:"images"`
	NewImages    []Image         `json:"new_images,omitempty"`      // of AddImages
	Similar      []SimilarPerson `json:"similar_persons,omitempty"` // of AddPerson and AddImages
	TimeCreated  Time            `json:"time_created"`
	TimeUpdated  Time            `json:"time_updated"`
}

// SimilarPerson is another person of the collection who looks like a new photo.
type SimilarPerson struct {
	PersonID   string  `json:"person_id"`
	Confidence float64 `json:"confidence"`
}

// Image is one enrolled photo.
type Image struct {
	ID           string         `json:"person_image_id"`
	MediaID      string         `json:"media_id"`
	PersonID     string         `json:"person_id"`
	CollectionID string         `json:"collection_id"`
	Key          string         `json:"media_key"`
	OriginalName string         `json:"original_name"`
	OriginalURL  string         `json:"original_url"`
	ThumbURL     string         `json:"thumb_url"`
	Tags         []string       `json:"tags"`
	Face         map[string]any `json:"face"`
	Quality      map[string]any `json:"quality"`
	DuplicateOf  *string        `json:"duplicate_of"`
	Info         map[string]any `json:"info"`
	Metadata     map[string]any `json:"meta_data"`
	TimeCreated  Time           `json:"time_created"`
}

// Enrolment asks to add photos of one person.
type Enrolment struct {
	Photos        []File
	Metadata      map[string]any // of a new person
	DryRun        bool           // make all checks, store nothing
	RejectSimilar bool           // refuse when somebody in the collection looks like it
}

func (e Enrolment) query() string {
	q := url.Values{}
	if e.DryRun {
		q.Set("dry_run", "true")
	}
	if e.RejectSimilar {
		q.Set("reject_similar", "true")
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

func personsPath(collection string) string { return collectionPath(collection) + "persons/" }

func personPath(collection, person string) string {
	return personsPath(collection) + url.PathEscape(person) + "/"
}

// Persons lists the persons of a collection with their photos; Search looks into
// the names; filters meta_data, with_images=false.
func (c *Client) Persons(ctx context.Context, collection string, l List) (Page[Person], error) {
	return page[Person](ctx, c, personsPath(collection), l)
}

// Person returns one.
func (c *Client) Person(ctx context.Context, collection, person string) (Person, error) {
	var out Person
	err := c.Do(ctx, http.MethodGet, personPath(collection, person), nil, &out)
	return out, err
}

// AddPerson enrols a new person, all photos or none.
func (c *Client) AddPerson(ctx context.Context, collection string, e Enrolment) (Person, error) {
	payload := map[string]any{}
	if e.Metadata != nil {
		payload["person:meta_data"] = e.Metadata
	}
	var out Person
	err := c.upload(ctx, personsPath(collection)+e.query(), e.Photos, payload, &out)
	return out, err
}

// AddImages enrols more photos of a person, all or none.
func (c *Client) AddImages(ctx context.Context, collection, person string, e Enrolment) (Person, error) {
	var out Person
	err := c.upload(ctx, personPath(collection, person)+"images/"+e.query(), e.Photos, nil, &out)
	return out, err
}

// UpdatePerson merges metadata into a person.
func (c *Client) UpdatePerson(ctx context.Context, collection, person string, metadata map[string]any) (Person, error) {
	var out Person
	err := c.Do(ctx, http.MethodPatch, personPath(collection, person), Fields{"meta_data": metadata}, &out)
	return out, err
}

// DeletePerson removes a person with all photos.
func (c *Client) DeletePerson(ctx context.Context, collection, person string) error {
	return c.Do(ctx, http.MethodDelete, personPath(collection, person), nil, nil)
}

// Images lists the photos of a person.
func (c *Client) Images(ctx context.Context, collection, person string, l List) (Page[Image], error) {
	return page[Image](ctx, c, personPath(collection, person)+"images/", l)
}

// DeleteImage removes one photo, named by its image id or its media id.
func (c *Client) DeleteImage(ctx context.Context, collection, person, image string) error {
	return c.Do(ctx, http.MethodDelete, personPath(collection, person)+"images/"+url.PathEscape(image)+"/", nil, nil)
}

// MoveImages gives photos to another person of the collection and returns that
// person.
func (c *Client) MoveImages(ctx context.Context, collection, person, target string, images []string) (Person, error) {
	var out Person
	body := Fields{"target_person_id": target, "images": images}
	err := c.Do(ctx, http.MethodPost, personPath(collection, person)+"move_images/", body, &out)
	return out, err
}

// ExportPerson writes a person with photos and analyses as a ZIP.
func (c *Client) ExportPerson(ctx context.Context, collection, person string, w io.Writer) error {
	return c.download(ctx, personPath(collection, person)+"export/", w)
}
