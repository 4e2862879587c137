package httpapi

import (
	"example.org/osprey"
	"example.org/osprey/internal/collection"
	"example.org/osprey/internal/wire"
)

// collectionObject is the collection of api.md 7.1.
type collectionObject struct {
	ID         osprey.ID       `json:"collection_id"`
	Company    osprey.ID       `json:"company_id"`
	Alias      string          `json:"alias"`
	OnMatch    osprey.OnMatch  `json:"on_match"`
	Threshold  *wire.Score     `json:"threshold"`
	TargetFPIR *wire.Score     `json:"target_fpir"`
	FaceRule   osprey.FaceRule `json:"face_rule"`
	Persons    int             `json:"persons_count"`
	Images     int             `json:"images_count"`
	Metadata   osprey.Metadata `json:"meta_data"`
	Technical  osprey.Metadata `json:"technical_meta_data"`
	Created    osprey.Time     `json:"time_created"`
	Updated    osprey.Time     `json:"time_updated"`
}

func showCollection(c osprey.Collection) collectionObject {
	return collectionObject{
		ID: c.ID, Company: c.Company, Alias: c.Alias, OnMatch: c.OnMatch,
		Threshold: wire.ScoreOf(c.Threshold), TargetFPIR: wire.ScoreOf(c.TargetFPIR), FaceRule: c.FaceRule,
		Persons: c.Persons, Images: c.Images, Metadata: object(c.Metadata), Technical: object(c.Technical),
		Created: c.Created, Updated: c.Updated,
	}
}

// imageObject is a person's photo (api.md 7.3). After a dry run it has no ids.
type imageObject struct {
	ID           *osprey.ID       `json:"person_image_id"`
	Media        *osprey.ID       `json:"media_id"`
	Person       *osprey.ID       `json:"person_id"`
	Collection   osprey.ID        `json:"collection_id"`
	Type         osprey.MediaType `json:"media_type"`
	Key          string           `json:"media_key"`
	OriginalName string           `json:"original_name"`
	OriginalURL  *string          `json:"original_url"`
	ThumbURL     *string          `json:"thumb_url"`
	Tags         []string         `json:"tags"`
	Face         osprey.Face      `json:"face"`
	Quality      qualityObject    `json:"quality"`
	DuplicateOf  *osprey.ID       `json:"duplicate_of"`
	Info         info             `json:"info"`
	Metadata     osprey.Metadata  `json:"meta_data"`
	Technical    osprey.Metadata  `json:"technical_meta_data"`
	Created      osprey.Time      `json:"time_created"`
	Updated      osprey.Time      `json:"time_updated"`
}

type qualityObject struct {
	FaceSize      wire.Score `json:"face_size"`
	Yaw           wire.Score `json:"yaw"`
	Pitch         wire.Score `json:"pitch"`
	Roll          wire.Score `json:"roll"`
	Sharpness     wire.Score `json:"sharpness"`
	Brightness    wire.Score `json:"brightness"`
	FaceInside    wire.Score `json:"face_inside"`
	DetectorScore wire.Score `json:"detector_score"`
}

func showQuality(q osprey.Quality) qualityObject {
	return qualityObject{
		FaceSize: wire.Score(q.FaceSize), Yaw: wire.Score(q.Yaw), Pitch: wire.Score(q.Pitch), Roll: wire.Score(q.Roll),
		Sharpness: wire.Score(q.Sharpness), Brightness: wire.Score(q.Brightness),
		FaceInside: wire.Score(q.FaceInside), DetectorScore: wire.Score(q.DetectorScore),
	}
}

func (s show) image(i osprey.PersonImage) imageObject {
	o := imageObject{
		ID: orNull(i.ID), Media: orNull(i.Media), Person: orNull(i.Person), Collection: i.Collection,
		Type: osprey.MediaImagePerson, Key: i.Key, OriginalName: i.OriginalName, Tags: array(i.Tags),
		Face: i.Face, Quality: showQuality(i.Quality), DuplicateOf: orNull(i.DuplicateOf), Info: info{Image: &i.Info},
		Metadata: object(i.Metadata), Technical: object(i.Technical), Created: i.Created, Updated: i.Updated,
	}
	if i.Media != "" {
		o.OriginalURL, o.ThumbURL = s.links(i.Collection, i.Media, i.Info.MIME, i.Blob, i.Thumb)
	}
	return o
}

// personObject is a person without photos, as with_images=false shows it.
type personObject struct {
	ID          osprey.ID       `json:"person_id"`
	Collection  osprey.ID       `json:"collection_id"`
	Company     osprey.ID       `json:"company_id"`
	Metadata    osprey.Metadata `json:"meta_data"`
	Technical   osprey.Metadata `json:"technical_meta_data"`
	ImagesCount int             `json:"images_count"`
	Created     osprey.Time     `json:"time_created"`
	Updated     osprey.Time     `json:"time_updated"`
}

// wholePersonObject adds the photos, under both of their names.
type wholePersonObject struct {
	personObject
	Images       []imageObject `json:"images"`
	PersonImages []imageObject `json:"person_images"`
}

// enrolledObject answers the calls that add photos.
type enrolledObject struct {
	wholePersonObject
	NewImages []imageObject   `json:"new_images,omitempty"`
	Similar   []similarObject `json:"similar_persons"`
}

// dryRunObject answers them when nothing is to be stored.
type dryRunObject struct {
	Images  []imageObject   `json:"images"`
	Similar []similarObject `json:"similar_persons"`
}

type similarObject struct {
	Person     osprey.ID  `json:"person_id"`
	Confidence wire.Score `json:"confidence"`
}

func showSimilar(s osprey.SimilarPerson) similarObject {
	return similarObject{Person: s.Person, Confidence: wire.Score(s.Confidence)}
}

func showPersonAlone(p osprey.Person) personObject {
	return personObject{
		ID: p.ID, Collection: p.Collection, Company: p.Company, Metadata: object(p.Metadata), Technical: object(p.Technical),
		ImagesCount: p.ImageCount, Created: p.Created, Updated: p.Updated,
	}
}

func (s show) person(p osprey.Person) wholePersonObject {
	images := wire.Each(p.Images, s.image)
	return wholePersonObject{personObject: showPersonAlone(p), Images: images, PersonImages: images}
}

// enrolled shows a new person, or the new photos of one that was there.
func (s show) enrolled(e collection.Enrolled, listNew bool) enrolledObject {
	o := enrolledObject{wholePersonObject: s.person(e.Person), Similar: wire.Each(e.Similar, showSimilar)}
	if listNew {
		o.NewImages = wire.Each(e.New, s.image)
	}
	return o
}

// dryRun shows photos that were looked at and not stored: they have no ids, no
// times and no addresses.
func (s show) dryRun(e collection.Enrolled) dryRunObject {
	return dryRunObject{
		Images: wire.Each(e.New, func(i osprey.PersonImage) imageObject {
			i.ID, i.Media, i.Person, i.Created, i.Updated = "", "", "", 0, 0
			return s.image(i)
		}),
		Similar: wire.Each(e.Similar, showSimilar),
	}
}

// searchObject answers a search by photo (api.md 7.5).
type searchObject struct {
	Items     []foundObject `json:"items"`
	Threshold wire.Score    `json:"threshold"`
	Images    int           `json:"images_searched"`
	Quality   qualityObject `json:"quality"`
}

type foundObject struct {
	Person     osprey.ID  `json:"person_id"`
	Image      osprey.ID  `json:"person_image_id"`
	Confidence wire.Score `json:"confidence"`
}

func showSearch(r collection.SearchResult) searchObject {
	return searchObject{
		Items: wire.Each(r.Items, func(f collection.Found) foundObject {
			return foundObject{Person: f.Person, Image: f.Image, Confidence: wire.Score(f.Confidence)}
		}),
		Threshold: wire.Score(r.Threshold), Images: r.Images, Quality: showQuality(r.Quality),
	}
}
