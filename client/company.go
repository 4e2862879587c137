package client

import (
	"context"
	"net/http"
	"net/url"
)

// Fields are the keys of an object to change, as JSON; nil is null.
type Fields map[string]any

// Company owns users, folders and collections.
type Company struct {
	ID                 string         `json:"company_id"`
	Name               string         `json:"name"`
	Active             bool           `json:"is_active"`
	ResolutionEndpoint *string        `json:"resolution_endpoint,omitempty"`
	RequireConsent     bool           `json:"require_consent"`
	AnalysisSettings   map[string]any `json:"analysis_settings,omitempty"`
	Metadata           map[string]any `json:"meta_data"`
}

func companyPath(id string) string { return "/api/companies/" + url.PathEscape(id) + "/" }

// Companies lists companies; Search looks into the name.
func (c *Client) Companies(ctx context.Context, l List) (Page[Company], error) {
	return page[Company](ctx, c, "/api/companies/", l)
}

// Company returns one.
func (c *Client) Company(ctx context.Context, id string) (Company, error) {
	var out Company
	err := c.Do(ctx, http.MethodGet, companyPath(id), nil, &out)
	return out, err
}

// CreateCompany makes one; fields may hold any settable key beside the name.
func (c *Client) CreateCompany(ctx context.Context, name string, fields Fields) (Company, error) {
	body := Fields{"name": name}
	for k, v := range fields {
		body[k] = v
	}
	var out Company
	err := c.Do(ctx, http.MethodPost, "/api/companies/", body, &out)
	return out, err
}

// UpdateCompany changes the keys given.
func (c *Client) UpdateCompany(ctx context.Context, id string, fields Fields) (Company, error) {
	var out Company
	err := c.Do(ctx, http.MethodPatch, companyPath(id), fields, &out)
	return out, err
}

// DeleteCompany removes one that holds nothing any more.
func (c *Client) DeleteCompany(ctx context.Context, id string) error {
	return c.Do(ctx, http.MethodDelete, companyPath(id), nil, nil)
}

// User is an account.
type User struct {
	ID         string         `json:"user_id"`
	Type       string         `json:"user_type"`
	Email      string         `json:"email"`
	FirstName  string         `json:"first_name"`
	LastName   string         `json:"last_name"`
	MiddleName string         `json:"middle_name"`
	CompanyID  *string        `json:"company_id"`
	Active     bool           `json:"is_active"`
	Biometry   bool           `json:"can_start_analysis_biometry"`
	Quality    bool           `json:"can_start_analysis_quality"`
	Collection bool           `json:"can_start_analysis_collection"`
	Documents  bool           `json:"can_start_analysis_documents"`
	Erase      bool           `json:"can_erase"`
	LastLogin  Time           `json:"last_login"`
	Metadata   map[string]any `json:"meta_data"`
}

// NewUser is a user to be made.
type NewUser struct {
	Email      string `json:"email"`
	Password   string `json:"password"`
	FirstName  string `json:"first_name"`
	LastName   string `json:"last_name"`
	MiddleName string `json:"middle_name,omitempty"`
	Type       string `json:"user_type"`
	CompanyID  string `json:"company_id,omitempty"`
	Biometry   *bool  `json:"can_start_analysis_biometry,omitempty"`
	Quality    *bool  `json:"can_start_analysis_quality,omitempty"`
	Collection *bool  `json:"can_start_analysis_collection,omitempty"`
	Documents  *bool  `json:"can_start_analysis_documents,omitempty"`
	Erase      *bool  `json:"can_erase,omitempty"`
}

func userPath(id string) string { return "/api/users/" + url.PathEscape(id) + "/" }

// Users lists users; Search looks into e-mail and names; filters company_id,
// user_type.
func (c *Client) Users(ctx context.Context, l List) (Page[User], error) {
	return page[User](ctx, c, "/api/users/", l)
}

// User returns one.
func (c *Client) User(ctx context.Context, id string) (User, error) {
	var out User
	err := c.Do(ctx, http.MethodGet, userPath(id), nil, &out)
	return out, err
}

// CreateUser makes one.
func (c *Client) CreateUser(ctx context.Context, u NewUser) (User, error) {
	var out User
	err := c.Do(ctx, http.MethodPost, "/api/users/", u, &out)
	return out, err
}

// UpdateUser changes the keys given.
func (c *Client) UpdateUser(ctx context.Context, id string, fields Fields) (User, error) {
	var out User
	err := c.Do(ctx, http.MethodPatch, userPath(id), fields, &out)
	return out, err
}

// DeleteUser removes one and ends its sessions.
func (c *Client) DeleteUser(ctx context.Context, id string) error {
	return c.Do(ctx, http.MethodDelete, userPath(id), nil, nil)
}
