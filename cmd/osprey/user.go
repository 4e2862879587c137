package main

import (
	"crypto/rand"
	"net/url"
	"slices"
	"strings"

	"example.org/osprey/client"
)

// userCommand keeps users.
type userCommand struct {
	List    userList    `cmd:"" help:"List users."`
	Create  userCreate  `cmd:"" help:"Create a user. Without a password, a token to set one is printed."`
	Update  userUpdate  `cmd:"" help:"Change a user."`
	Passwd  userPasswd  `cmd:"" help:"Set a user's password, or print a token to set it."`
	Disable userDisable `cmd:"" help:"Disable a user and end its sessions."`
	Delete  userDelete  `cmd:"" help:"Delete a user."`
}

var userColumns = []column[client.User]{
	{"user_id", func(u client.User) string { return u.ID }},
	{"email", func(u client.User) string { return u.Email }},
	{"role", func(u client.User) string { return u.Type }},
	{"name", func(u client.User) string { return strings.TrimSpace(u.FirstName + " " + u.LastName) }},
	{"company_id", func(u client.User) string {
		if u.CompanyID == nil {
			return "-"
		}
		return *u.CompanyID
	}},
	{"active", func(u client.User) string { return yesNo(u.Active) }},
}

type userList struct {
	Company string `placeholder:"COMPANY" help:"Only users of this company (id or name)."`
	Role    string `help:"Only users of this role."`
	Search  string `placeholder:"TEXT" help:"Only those whose e-mail or name holds this text."`
}

// Run lists users.
func (l *userList) Run(c *call) error {
	api, done, err := c.connect()
	if err != nil {
		return err
	}
	defer done()
	filter := url.Values{}
	company, err := c.companyOf(api, l.Company)
	if err != nil {
		return err
	}
	if company != "" {
		filter.Set("company_id", company)
	}
	if l.Role != "" {
		filter.Set("user_type", l.Role)
	}
	items, err := collect(c.ctx, client.List{Search: l.Search, Filter: filter}, api.Users)
	if err != nil {
		return err
	}
	return list(c, items, userColumns)
}

type userCreate struct {
	Email        string   `required:"" help:"The login."`
	Role         string   `required:"" help:"ADMIN, OPERATOR, CLIENT_ADMIN, CLIENT_OPERATOR, CLIENT or CLIENT_SERVICE."`
	Company      string   `placeholder:"COMPANY" help:"Id or name; for all roles but ADMIN and OPERATOR."`
	FirstName    string   `help:"First name (default: the part of the e-mail before the @)."`
	LastName     string   `help:"Last name (default: -)."`
	Allow        []string `placeholder:"A,B" help:"Analyses the user may start: quality, biometry, collection, documents (default: all)."`
	Erase        bool     `help:"Let a CLIENT_SERVICE user delete."`
	PasswordFile string   `placeholder:"FILE" help:"File with the password, - for stdin."`
}

// created is a new user with what is needed to log in.
type created struct {
	client.User
	ResetToken string `json:"reset_token,omitempty"`
}

// Run creates a user.
func (n *userCreate) Run(c *call) error {
	may, err := allowed(n.Allow)
	if err != nil {
		return err
	}
	password, err := c.newPassword(n.PasswordFile)
	if err != nil {
		return err
	}
	api, done, err := c.connect()
	if err != nil {
		return err
	}
	defer done()
	company, err := c.companyOf(api, n.Company)
	if err != nil {
		return err
	}
	u := client.NewUser{
		Email: n.Email, Password: password, Type: n.Role, CompanyID: company,
		FirstName: n.FirstName, LastName: n.LastName,
		Quality: may("quality"), Biometry: may("biometry"), Collection: may("collection"), Documents: may("documents"),
	}
	if n.Erase {
		u.Erase = &n.Erase
	}
	if u.FirstName == "" {
		u.FirstName, _, _ = strings.Cut(n.Email, "@")
	}
	if u.LastName == "" {
		u.LastName = "-"
	}
	if password == "" {
		u.Password = rand.Text() // nobody knows it: the token below replaces it
	}
	if c.DryRun {
		c.notef("would create the user %s\n", n.Email)
		return nil
	}
	user, err := api.CreateUser(c.ctx, u)
	if err != nil {
		return err
	}
	out := created{User: user}
	if password == "" {
		reset, err := api.ResetPassword(c.ctx, user.ID)
		if err != nil {
			return err
		}
		out.ResetToken = reset.Token
		c.tellReset()
	}
	return one(c, out, createdColumns(out))
}

func createdColumns(u created) []column[created] {
	var columns []column[created]
	for _, col := range userColumns {
		columns = append(columns, column[created]{col.name, func(u created) string { return col.text(u.User) }})
	}
	if u.ResetToken != "" {
		columns = append(columns, column[created]{"reset_token", func(u created) string { return u.ResetToken }})
	}
	return columns
}

// tellReset says what to do with a reset token.
func (c *call) tellReset() {
	c.notef("hand over the token: it sets a password, once, through POST /api/authorize/restore/confirm/\n" +
		"with {\"token\": \"...\", \"password\": \"...\"}\n")
}

var analysisNames = []string{"quality", "biometry", "collection", "documents"}

// allowed turns --allow into the flags of a user; without it all stay as they are.
func allowed(names []string) (func(string) *bool, error) {
	for _, name := range names {
		if !slices.Contains(analysisNames, name) {
			return nil, usagef("--allow knows %s, not %q", strings.Join(analysisNames, ", "), name)
		}
	}
	return func(name string) *bool {
		if len(names) == 0 {
			return nil
		}
		may := slices.Contains(names, name)
		return &may
	}, nil
}

type userUpdate struct {
	User      string   `arg:"" help:"Id or e-mail."`
	Email     string   `help:"New login."`
	Role      string   `help:"New role."`
	FirstName string   `help:"New first name."`
	LastName  string   `help:"New last name."`
	Allow     []string `placeholder:"A,B" help:"Analyses the user may start, and no others."`
	Enable    bool     `help:"Let a disabled user log in again."`
}

// Run changes a user.
func (u *userUpdate) Run(c *call) error {
	may, err := allowed(u.Allow)
	if err != nil {
		return err
	}
	fields := client.Fields{}
	for key, value := range map[string]string{
		"email": u.Email, "user_type": u.Role, "first_name": u.FirstName, "last_name": u.LastName,
	} {
		if value != "" {
			fields[key] = value
		}
	}
	for _, name := range analysisNames {
		if v := may(name); v != nil {
			fields["can_start_analysis_"+name] = *v
		}
	}
	if u.Enable {
		fields["is_active"] = true
	}
	return c.changeUser(u.User, fields)
}

// changeUser applies a change and shows the user.
func (c *call) changeUser(name string, fields client.Fields) error {
	api, done, err := c.connect()
	if err != nil {
		return err
	}
	defer done()
	user, err := c.userOf(api, name)
	if err != nil {
		return err
	}
	if c.DryRun {
		c.notef("would change the user %s\n", user.Email)
		return nil
	}
	if user, err = api.UpdateUser(c.ctx, user.ID, fields); err != nil {
		return err
	}
	return one(c, user, userColumns)
}

type userPasswd struct {
	User         string `arg:"" help:"Id or e-mail."`
	PasswordFile string `placeholder:"FILE" help:"File with the password, - for stdin."`
}

// Run sets a password or prints a token to set it.
func (p *userPasswd) Run(c *call) error {
	password, err := c.newPassword(p.PasswordFile)
	if err != nil {
		return err
	}
	if password != "" {
		return c.changeUser(p.User, client.Fields{"password": password})
	}
	api, done, err := c.connect()
	if err != nil {
		return err
	}
	defer done()
	user, err := c.userOf(api, p.User)
	if err != nil {
		return err
	}
	if c.DryRun {
		c.notef("would make a token to set the password of %s\n", user.Email)
		return nil
	}
	reset, err := api.ResetPassword(c.ctx, user.ID)
	if err != nil {
		return err
	}
	c.tellReset()
	return one(c, reset, []column[client.Reset]{
		{"reset_token", func(r client.Reset) string { return r.Token }},
		{"expire_date", func(r client.Reset) string { return when(r.ExpireDate) }},
	})
}

type userDisable struct {
	User string `arg:"" help:"Id or e-mail."`
}

// Run disables a user.
func (d *userDisable) Run(c *call) error {
	return c.changeUser(d.User, client.Fields{"is_active": false})
}

type userDelete struct {
	User string `arg:"" help:"Id or e-mail."`
}

// Run deletes a user.
func (d *userDelete) Run(c *call) error {
	api, done, err := c.connect()
	if err != nil {
		return err
	}
	defer done()
	user, err := c.userOf(api, d.User)
	if err != nil {
		return err
	}
	if c.DryRun {
		c.notef("would delete the user %s\n", user.Email)
		return nil
	}
	if err := c.confirm("Delete the user " + user.Email + "?"); err != nil {
		return err
	}
	return api.DeleteUser(c.ctx, user.ID)
}
