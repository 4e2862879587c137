package httpapi

import (
	"example.org/osprey"
	"example.org/osprey/internal/wire"
)

// folderObject is the folder of api.md 8.1 with its media.
type folderObject struct {
	ID                 osprey.ID          `json:"folder_id"`
	Company            *osprey.ID         `json:"company_id"`
	User               *osprey.ID         `json:"user_id"`
	Status             osprey.Resolution  `json:"resolution_status"`
	System             osprey.Resolution  `json:"system_resolution"`
	ResolutionEndpoint *string            `json:"resolution_endpoint"`
	ResolutionTime     osprey.Time        `json:"resolution_time"`
	Author             *osprey.ID         `json:"resolution_author_id"`
	ResolutionComment  *string            `json:"resolution_comment"`
	OperatorStatus     *osprey.Resolution `json:"operator_status"`
	OperatorComment    *string            `json:"operator_comment"`
	Cleared            bool               `json:"is_cleared"`
	Metadata           osprey.Metadata    `json:"meta_data"`
	Technical          osprey.Metadata    `json:"technical_meta_data"`
	Created            osprey.Time        `json:"time_created"`
	Updated            osprey.Time        `json:"time_updated"`
	Media              []mediaObject      `json:"media"`
	// The expansions; a nil pointer leaves the key out.
	Analyses *[]analysisObject `json:"analyses,omitempty"`
	UserWas  **userObject      `json:"user,omitempty"`
	Owner    *any              `json:"company,omitempty"`
	// TimeLogs are of a request that waited for its analyses.
	TimeLogs *timeLogs `json:"time_logs,omitempty"`
}

// mediaObject is one medium of a folder.
type mediaObject struct {
	ID      osprey.ID        `json:"media_id"`
	Folder  osprey.ID        `json:"folder_id"`
	Company *osprey.ID       `json:"company_id"`
	Type    osprey.MediaType `json:"media_type"`
	Key     string           `json:"media_key"`
	mediaIdentity
	OriginalName string          `json:"original_name"`
	OriginalURL  *string         `json:"original_url"`
	VideoURL     *string         `json:"video_url"`
	PreviewURL   *string         `json:"preview_url"`
	ThumbURL     *string         `json:"thumb_url"`
	Tags         []string        `json:"tags"`
	Info         info            `json:"info"`
	Cleared      bool            `json:"is_cleared"`
	Metadata     osprey.Metadata `json:"meta_data"`
	Technical    osprey.Metadata `json:"technical_meta_data"`
	Created      osprey.Time     `json:"time_created"`
	Updated      osprey.Time     `json:"time_updated"`
}

func (s show) media(m osprey.Media) mediaObject {
	o := mediaObject{
		ID: m.ID, Folder: m.Folder, Company: s.owner(m.Company), Type: m.Type, Key: m.Key, mediaIdentity: identityOf(m.Type, m.ID),
		OriginalName: m.OriginalName, Tags: array(m.Tags), Info: infoOf(m.Type, m.Info), Cleared: m.Cleared,
		Metadata: object(m.Metadata), Technical: object(m.Technical), Created: m.Created, Updated: m.Updated,
	}
	if m.Cleared {
		return o
	}
	if s.unstored != nil {
		if image, ok := s.unstored[m.ID]; ok {
			o.OriginalURL = written(image)
		}
		return o
	}
	o.OriginalURL, o.ThumbURL = s.links(m.Folder, m.ID, m.Info.MIME, m.Blob, m.Thumb)
	if m.Type == osprey.MediaVideo || m.Type == osprey.MediaShotSet {
		o.VideoURL = o.OriginalURL
		o.PreviewURL = s.preview(m)
	}
	return o
}

// folder shows a folder with its media alone; expand adds what was asked for.
func (s show) folder(f osprey.Folder, media []osprey.Media) folderObject {
	return folderObject{
		ID: f.ID, Company: s.owner(f.Company), User: s.owner(f.User), Status: f.Status, System: f.System,
		ResolutionEndpoint: f.ResolutionEndpoint, ResolutionTime: f.ResolutionTime,
		Author: orNull(f.Author), ResolutionComment: f.OperatorComment,
		OperatorStatus: orNull(f.OperatorStatus), OperatorComment: f.OperatorComment, Cleared: f.Cleared,
		Metadata: object(f.Metadata), Technical: object(f.Technical), Created: f.Created, Updated: f.Updated,
		Media: wire.Each(media, s.media),
	}
}

func (o *folderObject) withAnalyses(analyses []analysisObject) { o.Analyses = &analyses }

// withUser adds the user who made the folder, null when that one is gone or not for
// the caller to see.
func (o *folderObject) withUser(u *osprey.User) {
	var shown *userObject
	if u != nil {
		shown = some(showUser(*u))
	}
	o.UserWas = &shown
}

// withCompany adds the company as showCompany shows it.
func (o *folderObject) withCompany(company any) { o.Owner = &company }
