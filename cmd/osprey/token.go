package main

import (
	"context"
	"time"

	"example.org/osprey/client"
)

// tokenCommand keeps service tokens.
type tokenCommand struct {
	Create tokenCreate `cmd:"" help:"Create a service token; it is printed once."`
	List   tokenList   `cmd:"" help:"List the tokens of a user."`
	Revoke tokenRevoke `cmd:"" help:"Revoke a token."`
}

func when(t client.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format(time.RFC3339)
}

var tokenColumns = []column[client.ServiceToken]{
	{"token_id", func(t client.ServiceToken) string { return t.ID }},
	{"name", func(t client.ServiceToken) string { return t.Name }},
	{"time_created", func(t client.ServiceToken) string { return when(t.TimeCreated) }},
	{"expire_date", func(t client.ServiceToken) string { return when(t.ExpireDate) }},
}

type tokenCreate struct {
	User    string        `required:"" help:"Id or e-mail of a CLIENT_SERVICE user."`
	Name    string        `required:"" help:"What the token is for."`
	Expires time.Duration `default:"8760h" help:"Life of the token."`
}

// Run creates a token.
func (t *tokenCreate) Run(c *call) error {
	api, done, err := c.connect()
	if err != nil {
		return err
	}
	defer done()
	user, err := c.userOf(api, t.User)
	if err != nil {
		return err
	}
	if c.DryRun {
		c.notef("would create a token of %s\n", user.Email)
		return nil
	}
	token, err := api.CreateToken(c.ctx, user.ID, t.Name, t.Expires)
	if err != nil {
		return err
	}
	columns := append(tokenColumns[:len(tokenColumns):len(tokenColumns)],
		column[client.ServiceToken]{"access_token", func(t client.ServiceToken) string { return t.AccessToken }})
	return one(c, token, columns)
}

type tokenList struct {
	User string `required:"" help:"Id or e-mail."`
}

// Run lists tokens.
func (t *tokenList) Run(c *call) error {
	api, done, err := c.connect()
	if err != nil {
		return err
	}
	defer done()
	user, err := c.userOf(api, t.User)
	if err != nil {
		return err
	}
	items, err := collect(c.ctx, client.List{}, func(ctx context.Context, l client.List) (client.Page[client.ServiceToken], error) {
		return api.Tokens(ctx, user.ID, l)
	})
	if err != nil {
		return err
	}
	return list(c, items, tokenColumns)
}

type tokenRevoke struct {
	Token string `arg:"" help:"Id of the token."`
	User  string `required:"" help:"Id or e-mail of its user."`
}

// Run revokes a token.
func (t *tokenRevoke) Run(c *call) error {
	api, done, err := c.connect()
	if err != nil {
		return err
	}
	defer done()
	user, err := c.userOf(api, t.User)
	if err != nil {
		return err
	}
	if c.DryRun {
		c.notef("would revoke the token %s\n", t.Token)
		return nil
	}
	return api.RevokeToken(c.ctx, user.ID, t.Token)
}
