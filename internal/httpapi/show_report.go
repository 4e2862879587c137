package httpapi

import (
	"example.org/osprey"
	"example.org/osprey/internal/report"
	"example.org/osprey/internal/wire"
)

type reportObject struct {
	ID       osprey.ID           `json:"report_id"`
	Folder   osprey.ID           `json:"folder_id"`
	Company  osprey.ID           `json:"company_id"`
	Template *osprey.ID          `json:"template_id"`
	Format   osprey.ReportFormat `json:"format"`
	State    osprey.State        `json:"state"` // a report is made within its request
	SHA256   string              `json:"sha256"`
	Size     int64               `json:"size"`
	URL      *string             `json:"original_url"`
	Created  osprey.Time         `json:"time_created"`
}

func (s show) report(r osprey.Report) reportObject {
	return reportObject{
		ID: r.ID, Folder: r.Folder, Company: r.Company, Template: r.Template, Format: r.Format, State: osprey.StateFinished,
		SHA256: r.SHA256, Size: r.Size, URL: s.link(r.Folder, r.ID, "", extension(r.Format.MIME())), Created: r.Created,
	}
}

type templateObject struct {
	ID          osprey.ID              `json:"template_id"`
	Company     osprey.ID              `json:"company_id"`
	Name        string                 `json:"name"`
	Title       string                 `json:"title"`
	Footer      string                 `json:"footer"`
	Locale      osprey.Locale          `json:"locale"`
	Sections    []osprey.ReportSection `json:"sections"`
	Attachments []attachmentObject     `json:"attachments"`
	Created     osprey.Time            `json:"time_created"`
	Updated     osprey.Time            `json:"time_updated"`
}

type attachmentObject struct {
	ID   osprey.ID `json:"attachment_id"`
	Name string    `json:"name"`
	URL  *string   `json:"original_url"`
}

func (s show) template(t osprey.ReportTemplate) templateObject {
	return templateObject{
		ID: t.ID, Company: t.Company, Name: t.Name, Title: t.Title, Footer: t.Footer, Locale: t.Locale,
		Sections: array(t.Sections), Attachments: wire.Each(t.Attachments, s.attachment), Created: t.Created, Updated: t.Updated,
	}
}

func (s show) attachment(a osprey.Attachment) attachmentObject {
	return attachmentObject{ID: a.ID, Name: a.Name, URL: s.link(a.Template, a.ID, "", extension(a.MIME))}
}

// reportContent is a report in its JSON form: the objects of the API without links,
// which would not outlive it, and the hash of every file.
type reportContent struct {
	ID       osprey.ID         `json:"report_id"`
	Created  osprey.Time       `json:"time_created"`
	Company  any               `json:"company"`
	Folder   folderObject      `json:"folder"`
	Hashes   []hashObject      `json:"hashes"`
	Analyses []analysisObject  `json:"analyses"`
	Models   []report.Model    `json:"models"`
	Limits   []thresholdObject `json:"thresholds"`
}

// hashObject is the SHA-256 of a file, result images included.
type hashObject struct {
	Media  osprey.ID `json:"media_id"`
	SHA256 string    `json:"sha256"`
}

// thresholdObject are the thresholds that an analysis was held against.
type thresholdObject struct {
	Analysis osprey.ID           `json:"analysis_id"`
	Type     osprey.AnalysisType `json:"type"`
	Confs    any                 `json:"confs"`
}

// ReportContent shows what a report holds.
func ReportContent(c report.Content) any {
	var s show // without a signer: no links
	var media, images []osprey.Media
	hashes := []hashObject{}
	for _, m := range c.Media {
		media = append(media, m.Media)
		hashes = append(hashes, hashObject{m.ID, m.SHA256})
	}
	for _, m := range c.Images {
		images = append(images, m.Media)
		hashes = append(hashes, hashObject{m.ID, m.SHA256})
	}
	limits := []thresholdObject{}
	for _, a := range c.Analyses {
		limits = append(limits, thresholdObject{a.ID, a.Type, confsOf(a)})
	}
	known := byID(media, images)
	return reportContent{
		ID: c.Report.ID, Created: c.Report.Created,
		Company:  map[string]any{"company_id": c.Folder.Company, "name": c.Company},
		Folder:   s.folder(c.Folder, media),
		Hashes:   hashes,
		Analyses: wire.Each(c.Analyses, func(a osprey.Analysis) analysisObject { return s.analysis(a, known) }),
		Models:   c.Models, Limits: limits,
	}
}
