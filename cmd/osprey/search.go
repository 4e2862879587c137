package main

import (
	"fmt"
	"path/filepath"
	"strconv"

	"example.org/osprey/client"
)

// searchCommand looks for the persons of photos.
type searchCommand struct {
	Photos     []string `arg:"" name:"photo" help:"Photos, - for stdin."`
	Collection []string `required:"" help:"Id or alias; may be repeated."`
	Company    string   `placeholder:"COMPANY" help:"Company of the aliases."`
	Top        int      `default:"10" help:"How many persons of a collection to show, 1 to 100."`
	Threshold  float64  `default:"-1" placeholder:"NUMBER" help:"Count a match from this confidence on (default: the threshold in force)."`
}

// hit is one person that a photo looks like.
type hit struct {
	Photo        string         `json:"photo"`
	CollectionID string         `json:"collection_id"`
	Alias        string         `json:"alias"`
	PersonID     string         `json:"person_id"`
	ImageID      string         `json:"person_image_id"`
	Confidence   float64        `json:"confidence"`
	Threshold    float64        `json:"threshold"`
	Match        bool           `json:"match"`
	Quality      map[string]any `json:"quality"`
}

// Run searches. A photo that is refused ends the command.
func (s *searchCommand) Run(c *call) error {
	if s.Top < 1 || s.Top > 100 {
		return usagef("--top must be between 1 and 100")
	}
	api, done, err := c.connect()
	if err != nil {
		return err
	}
	defer done()
	var collections []client.Collection
	for _, name := range s.Collection {
		found, err := c.collectionOf(api, name, s.Company)
		if err != nil {
			return err
		}
		collections = append(collections, found)
	}
	var hits []hit
	matched := false
	for _, photo := range s.Photos {
		file, err := c.photo(photo)
		if err != nil {
			return err
		}
		for _, x := range collections {
			r, err := api.Search(c.ctx, x.ID, file, s.Top)
			if err != nil {
				return fmt.Errorf("%s: %w", photo, err)
			}
			limit := r.Threshold
			if s.Threshold >= 0 {
				limit = s.Threshold
			}
			for _, f := range r.Items {
				h := hit{
					Photo: photo, CollectionID: x.ID, Alias: x.Alias, PersonID: f.PersonID, ImageID: f.ImageID,
					Confidence: f.Confidence, Threshold: limit, Match: f.Confidence >= limit, Quality: r.Quality,
				}
				matched = matched || h.Match
				hits = append(hits, h)
			}
		}
	}
	err = list(c, hits, []column[hit]{
		{"photo", func(h hit) string { return h.Photo }},
		{"alias", func(h hit) string { return h.Alias }},
		{"person_id", func(h hit) string { return h.PersonID }},
		{"confidence", func(h hit) string { return strconv.FormatFloat(h.Confidence, 'f', 4, 64) }},
		{"threshold", func(h hit) string { return strconv.FormatFloat(h.Threshold, 'f', 4, 64) }},
		{"match", func(h hit) string { return yesNo(h.Match) }},
		{"face_size", func(h hit) string { return fmt.Sprint(h.Quality["face_size"]) }},
	})
	if err == nil && !matched {
		return silent(exitNotFound)
	}
	return err
}

// photo is a file of an upload, read once so that it can be sent several times.
func (c *call) photo(path string) (client.File, error) {
	content, err := c.readPhoto(path)
	if err != nil {
		return client.File{}, err
	}
	name := filepath.Base(path)
	if path == "-" {
		name = "stdin"
	}
	return client.Bytes("photo", name, string(content)), nil
}
