package httpapi

import (
	"context"
	"net/http"

	"example.org/osprey"
	"example.org/osprey/internal/account"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/wire"
)

var userList = wire.List{Search: true, Meta: true, Filters: []wire.Filter{
	wire.ByID("user_id", store.FieldID),
	wire.ByID("company_id", store.FieldCompany),
	wire.ByWord("user_type", store.FieldRole, osprey.ParseRole),
}}

func (a *API) listUsers(c *call) (answer, error) {
	page, err := userList.Page(c.params)
	if err != nil {
		return nil, err
	}
	users, total, err := a.Accounts.Users(c.ctx(), c.grant, page.Query)
	if err != nil {
		return nil, err
	}
	return ok(wire.Body(page, wire.Each(users, showUser), total))
}

func (a *API) getUser(c *call) (answer, error) {
	u, err := a.Accounts.User(c.ctx(), c.grant, c.id("user_id"))
	if err != nil {
		return nil, err
	}
	return ok(showUser(u))
}

func (a *API) createUser(c *call) (answer, error) {
	o, err := c.body()
	if err != nil {
		return nil, err
	}
	in := readUser(o)
	if err := o.Err(); err != nil {
		return nil, err
	}
	return effect(c, http.StatusCreated,
		func(ctx context.Context) (osprey.User, error) { return a.Accounts.CreateUser(ctx, c.grant, in) },
		func(u osprey.User) any { return showUser(u) })
}

func (a *API) updateUser(c *call) (answer, error) {
	id := c.id("user_id")
	if _, err := a.Accounts.User(c.ctx(), c.grant, id); err != nil {
		return nil, err
	}
	o, err := c.body()
	if err != nil {
		return nil, err
	}
	in := readUser(o)
	if err := o.Err(); err != nil {
		return nil, err
	}
	u, err := a.Accounts.UpdateUser(c.ctx(), c.grant, id, in)
	if err != nil {
		return nil, err
	}
	return ok(showUser(u))
}

func (a *API) deleteUser(c *call) (answer, error) {
	return done(a.Accounts.DeleteUser(c.ctx(), c.grant, c.id("user_id")))
}

func readUser(o *wire.Object) account.UserInput {
	return account.UserInput{
		Email:           o.String("email"),
		Password:        o.String("password"),
		CurrentPassword: o.String("current_password"),
		FirstName:       o.String("first_name"),
		LastName:        o.String("last_name"),
		MiddleName:      o.String("middle_name"),
		Type:            o.String("user_type"),
		IsAdmin:         o.Bool("is_admin"),
		IsService:       o.Bool("is_service"),
		Company:         o.ID("company_id"),
		Active:          o.Bool("is_active"),
		Biometry:        flag(o, "biometry"),
		Quality:         flag(o, "quality"),
		Collection:      flag(o, "collection"),
		Documents:       flag(o, "documents"),
		Erase:           o.Bool("can_erase"),
		Metadata:        o.Metadata("meta_data"),
	}
}

// flag reads can_start_analysis_TYPE in any of its three spellings.
func flag(o *wire.Object, analysis string) *bool {
	var value *bool
	for _, spelling := range []string{"can_start_analyze_", "can_start_analyse_", "can_start_analysis_"} {
		if v := o.Bool(spelling + analysis); v != nil {
			value = v
		}
	}
	return value
}
