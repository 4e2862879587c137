package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Session is what a login opens.
type Session struct {
	AccessToken string `json:"access_token"`
	ExpireToken string `json:"expire_token"` // for Refresh
	ExpireDate  Time   `json:"expire_date"`
	SessionID   string `json:"session_id"`
	User        User   `json:"user"`
}

// Login opens a session; use c.As(session.AccessToken) from then on.
func (c *Client) Login(ctx context.Context, email, password string) (Session, error) {
	var s Session
	body := map[string]any{"credentials": map[string]string{"email": email, "password": password}}
	err := c.As("").Do(ctx, http.MethodPost, "/api/authorize/auth/", body, &s)
	return s, err
}

// Refresh exchanges the tokens of a session for new ones.
func (c *Client) Refresh(ctx context.Context, expireToken string) (Session, error) {
	var s Session
	err := c.Do(ctx, http.MethodPost, "/api/authorize/refresh/", map[string]string{"expire_token": expireToken}, &s)
	return s, err
}

// Logout ends the session of the client's token.
func (c *Client) Logout(ctx context.Context) error {
	return c.Do(ctx, http.MethodPost, "/api/authorize/logout/", nil, nil)
}

// OpenSession is a session as the list shows it.
type OpenSession struct {
	ID          string `json:"session_id"`
	UserID      string `json:"user_id"`
	Kind        string `json:"kind"` // login, token
	Name        string `json:"name"`
	IP          string `json:"ip"`
	UserAgent   string `json:"user_agent"`
	TimeCreated Time   `json:"time_created"`
	LastUsed    Time   `json:"last_used"`
	ExpireDate  Time   `json:"expire_date"`
}

// Sessions lists open sessions; filters user_id, kind.
func (c *Client) Sessions(ctx context.Context, l List) (Page[OpenSession], error) {
	return page[OpenSession](ctx, c, "/api/authorize/sessions/", l)
}

// EndSession ends a session.
func (c *Client) EndSession(ctx context.Context, id string) error {
	return c.Do(ctx, http.MethodDelete, "/api/authorize/sessions/"+url.PathEscape(id)+"/", nil, nil)
}

// ServiceToken is a token of a CLIENT_SERVICE user. AccessToken is there only in
// the answer that made it.
type ServiceToken struct {
	ID          string `json:"token_id"`
	Name        string `json:"name"`
	AccessToken string `json:"access_token,omitempty"`
	ExpireDate  Time   `json:"expire_date"`
	TimeCreated Time   `json:"time_created"`
}

func tokensPath(user string) string { return "/api/users/" + url.PathEscape(user) + "/tokens/" }

// CreateToken makes a service token; life 0 means the server's default.
func (c *Client) CreateToken(ctx context.Context, user, name string, life time.Duration) (ServiceToken, error) {
	body := map[string]any{"name": name}
	if life > 0 {
		body["expires_in"] = stamp(life)
	}
	var t ServiceToken
	err := c.Do(ctx, http.MethodPost, tokensPath(user), body, &t)
	return t, err
}

// Tokens lists the tokens of a user.
func (c *Client) Tokens(ctx context.Context, user string, l List) (Page[ServiceToken], error) {
	return page[ServiceToken](ctx, c, tokensPath(user), l)
}

// RevokeToken ends a token.
func (c *Client) RevokeToken(ctx context.Context, user, token string) error {
	return c.Do(ctx, http.MethodDelete, tokensPath(user)+url.PathEscape(token)+"/", nil, nil)
}

// Reset is a token with which a user sets a new password.
type Reset struct {
	Token      string `json:"reset_token"`
	ExpireDate Time   `json:"expire_date"`
}

// ResetPassword makes a restore token for a user, to be handed over.
func (c *Client) ResetPassword(ctx context.Context, user string) (Reset, error) {
	var r Reset
	err := c.Do(ctx, http.MethodPost, "/api/users/"+url.PathEscape(user)+"/password_reset/", map[string]any{}, &r)
	return r, err
}

// ConfirmReset sets the password that a restore token allows to set.
func (c *Client) ConfirmReset(ctx context.Context, token, password string) error {
	body := map[string]string{"token": token, "password": password}
	return c.As("").Do(ctx, http.MethodPost, "/api/authorize/restore/confirm/", body, nil)
}
