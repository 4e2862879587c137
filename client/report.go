package client

import (
	"context"
	"net/http"
	"net/url"
)

// Report is a snapshot of a folder, written down as PDF or JSON.
type Report struct {
	ID          string `json:"report_id"`
	FolderID    string `json:"folder_id"`
	CompanyID   string `json:"company_id"`
	TemplateID  string `json:"template_id"` // empty: the built-in form
	Format      string `json:"format"`      // pdf or json
	State       string `json:"state"`
	SHA256      string `json:"sha256"` // hex, of the file
	Size        int64  `json:"size"`   // bytes
	URL         string `json:"original_url"`
	TimeCreated Time   `json:"time_created"`
}

// Template says how reports look.
type Template struct {
	ID          string       `json:"template_id,omitempty"`
	CompanyID   string       `json:"company_id,omitempty"`
	Name        string       `json:"name"`
	Title       string       `json:"title,omitempty"`
	Footer      string       `json:"footer,omitempty"`
	Locale      string       `json:"locale,omitempty"`   // en, es, pt-br, ru, tr
	Sections    []string     `json:"sections,omitempty"` // of summary, media, analyses, metadata, in print order
	Attachments []Attachment `json:"attachments,omitempty"`
}

// Attachment is the logo of a template.
type Attachment struct {
	ID   string `json:"attachment_id"`
	Name string `json:"name"`
	URL  string `json:"original_url"`
}

// CreateReport writes a report of a folder; format is "pdf" or "json", an empty
// template the built-in form. It is refused while analyses of the folder run.
func (c *Client) CreateReport(ctx context.Context, folder, format, template string) (Report, error) {
	body := map[string]any{"format": format}
	if template != "" {
		body["template_id"] = template
	}
	var out Report
	err := c.Do(ctx, http.MethodPost, folderPath(folder)+"reports/", body, &out)
	return out, err
}

// Reports lists reports; filters as the contract has them.
func (c *Client) Reports(ctx context.Context, l List) (Page[Report], error) {
	return page[Report](ctx, c, "/api/reports/", l)
}

// Report returns one.
func (c *Client) Report(ctx context.Context, id string) (Report, error) {
	var out Report
	err := c.Do(ctx, http.MethodGet, "/api/reports/"+url.PathEscape(id)+"/", nil, &out)
	return out, err
}

// DeleteReport erases one.
func (c *Client) DeleteReport(ctx context.Context, id string) error {
	return c.Do(ctx, http.MethodDelete, "/api/reports/"+url.PathEscape(id)+"/", nil, nil)
}

func templatePath(id string) string { return "/api/templates/" + url.PathEscape(id) + "/" }

// CreateTemplate makes a template.
func (c *Client) CreateTemplate(ctx context.Context, t Template) (Template, error) {
	var out Template
	err := c.Do(ctx, http.MethodPost, "/api/templates/", t, &out)
	return out, err
}

// Templates lists templates.
func (c *Client) Templates(ctx context.Context, l List) (Page[Template], error) {
	return page[Template](ctx, c, "/api/templates/", l)
}

// DeleteTemplate removes one; reports that were made with it stay.
func (c *Client) DeleteTemplate(ctx context.Context, id string) error {
	return c.Do(ctx, http.MethodDelete, templatePath(id), nil, nil)
}

// AddLogo gives a template a logo, a JPEG or a PNG of at most 1 MiB.
func (c *Client) AddLogo(ctx context.Context, template string, logo File) (Attachment, error) {
	logo.Field = "logo"
	var out Attachment
	err := c.upload(ctx, templatePath(template)+"attachments/", []File{logo}, nil, &out)
	return out, err
}
