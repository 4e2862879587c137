package httpapi

import (
	"cmp"
	"net/http"

	"example.org/osprey"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/wire"
)

func (a *API) login(c *call) (answer, error) {
	o, err := c.body()
	if err != nil {
		return nil, err
	}
	o.Require("credentials")
	credentials := o.Object("credentials")
	if err := o.Err(); err != nil {
		return nil, err
	}
	credentials.Require("email", "password")
	email, password := credentials.Text("email"), credentials.Text("password")
	if err := o.Err(); err != nil {
		return nil, err
	}
	pair, err := a.Sessions.Login(c.ctx(), email, password, c.origin)
	if err != nil {
		a.authFailed(err)
		return nil, err
	}
	return ok(showPair(pair))
}

// refresh takes an access token that may have expired, so it tells itself whose
// it is.
func (a *API) refresh(c *call) (answer, error) {
	access, err := wire.Token(c.r.Header)
	if err == nil && access == "" {
		err = osprey.Errorf(osprey.CodeAuthNotProvided, "No access token was given")
		a.authFailed(err)
	}
	if err != nil {
		return nil, err
	}
	o, err := c.body()
	if err != nil {
		return nil, err
	}
	expire := o.String("expire_token")
	if err := o.Err(); err != nil {
		return nil, err
	}
	pair, err := a.Sessions.Refresh(c.ctx(), access, expire, c.origin)
	if err != nil {
		a.authFailed(err)
		return nil, err
	}
	return ok(showPair(pair))
}

func (a *API) logout(c *call) (answer, error) {
	return done(a.Sessions.Logout(c.ctx(), c.caller))
}

func parseSessionKind(s string) (osprey.SessionKind, bool) {
	switch k := osprey.SessionKind(s); k {
	case osprey.SessionLogin, osprey.SessionToken:
		return k, true
	}
	return "", false
}

var sessionList = wire.List{Filters: []wire.Filter{
	wire.ByID("session_id", store.FieldID),
	wire.ByID("user_id", store.FieldUser),
	wire.ByWord("kind", store.FieldKind, parseSessionKind),
}}

func (a *API) listSessions(c *call) (answer, error) {
	page, err := sessionList.Page(c.params)
	if err != nil {
		return nil, err
	}
	sessions, total, err := a.Sessions.List(c.ctx(), c.grant, page.Query)
	if err != nil {
		return nil, err
	}
	return ok(wire.Body(page, wire.Each(sessions, showSession), total))
}

func (a *API) deleteSession(c *call) (answer, error) {
	return done(a.Sessions.Delete(c.ctx(), c.grant, c.id("session_id")))
}

func (a *API) createToken(c *call) (answer, error) {
	user := c.id("user_id")
	if _, err := a.Accounts.User(c.ctx(), c.grant, user); err != nil {
		return nil, err
	}
	o, err := c.body()
	if err != nil {
		return nil, err
	}
	name, life := o.String("name"), wide(o.Int("expires_in"))
	if err := o.Err(); err != nil {
		return nil, err
	}
	token, err := a.Sessions.CreateToken(c.ctx(), c.grant, user, name, life)
	if err != nil {
		return nil, err
	}
	shown := showToken(token.Session)
	shown.Access = token.AccessToken
	return created(shown)
}

var tokenList = wire.List{}

func (a *API) listTokens(c *call) (answer, error) {
	page, fault := pageUnder(tokenList, c.params)
	tokens, total, err := a.Sessions.Tokens(c.ctx(), c.grant, c.id("user_id"), page.Query)
	if err = cmp.Or(err, fault); err != nil {
		return nil, err
	}
	return ok(wire.Body(page, wire.Each(tokens, showToken), total))
}

func (a *API) deleteToken(c *call) (answer, error) {
	return done(a.Sessions.DeleteToken(c.ctx(), c.grant, c.id("user_id"), c.id("token_id")))
}

func (a *API) requestRestore(c *call) (answer, error) {
	o, err := c.body()
	if err != nil {
		return nil, err
	}
	email := o.String("email")
	if err := o.Err(); err != nil {
		return nil, err
	}
	if err := a.Sessions.RequestRestore(c.ctx(), email); err != nil {
		return nil, err
	}
	return respond(http.StatusAccepted, struct{}{}), nil
}

func (a *API) confirmRestore(c *call) (answer, error) {
	o, err := c.body()
	if err != nil {
		return nil, err
	}
	token, password := o.String("token"), o.String("password")
	if err := o.Err(); err != nil {
		return nil, err
	}
	return done(a.Sessions.ConfirmRestore(c.ctx(), token, password, c.origin))
}

// resetObject is a restore token for an administrator to hand over.
type resetObject struct {
	Token   *string `json:"reset_token"`
	Expires int64   `json:"expire_date"`
}

func (a *API) resetPassword(c *call) (answer, error) {
	user := c.id("user_id")
	if _, err := a.Accounts.User(c.ctx(), c.grant, user); err != nil {
		return nil, err
	}
	o, err := c.body()
	if err != nil {
		return nil, err
	}
	email := o.String("email")
	if err := o.Err(); err != nil {
		return nil, err
	}
	reset, err := a.Sessions.CreateReset(c.ctx(), c.grant, user, email)
	if err != nil {
		return nil, err
	}
	return created(resetObject{Token: orNull(reset.Token), Expires: seconds(reset.Expires)})
}
