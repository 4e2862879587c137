package store

import (
	"strings"

	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

var userList = &list{
	table:   "account",
	kind:    KindUser,
	company: "company_id",
	updated: "updated",
	fields: map[Field]condition{FieldID: column("id"), FieldUser: column("id"),
		// Users outside any company have NULL there, and "none of these" is true of them.
		FieldCompany: column("COALESCE(company_id, '')"),
		FieldRole:    column("role")},
	search: []string{"email_fold", "name_fold"},
}

func userOf(r query.Account) (osprey.User, error) {
	var d decoder
	u := osprey.User{
		ID: r.ID, Role: r.Role, Email: r.Email,
		FirstName: r.FirstName, LastName: r.LastName, MiddleName: r.MiddleName, Active: r.Active,
		Flags: osprey.Flags{Biometry: r.MayBiometry, Quality: r.MayQuality, Collection: r.MayCollection,
			Documents: r.MayDocuments, Erase: r.MayErase},
		LastLogin: r.LastLogin, Metadata: d.object(r.Metadata), Technical: d.object(r.Technical),
		Created: r.Created, Updated: r.Updated, PasswordHash: r.PasswordHash,
	}
	u.Company = idOf(r.CompanyID)
	return u, d.err
}

// nullID is NULL for "none", as the foreign key of users wants it.
func nullID(id osprey.ID) *osprey.ID {
	if id == "" {
		return nil
	}
	return &id
}

func idOf(id *osprey.ID) osprey.ID {
	if id == nil {
		return ""
	}
	return *id
}

// userScope is the scope as the queries on users take it.
func (tx *Tx) userScope() *osprey.ID {
	c := tx.company()
	return &c
}

// foldName is what a search for names looks into.
func foldName(u osprey.User) string {
	return osprey.Fold(strings.Join(strings.Fields(u.FirstName+" "+u.MiddleName+" "+u.LastName), " "))
}

// User returns one. A scope with a company sees only its users.
func (tx *Tx) User(id osprey.ID) (osprey.User, error) {
	r, err := tx.q.User(tx.ctx, query.UserParams{ID: id, Scope: tx.userScope()})
	if err != nil {
		return osprey.User{}, tx.fail(err)
	}
	return userOf(r)
}

// UserByEmail finds one by the folded e-mail (logging in comes before there is a
// scope; pass osprey.Everything()).
func (tx *Tx) UserByEmail(email string) (osprey.User, error) {
	r, err := tx.q.UserByEmail(tx.ctx, query.UserByEmailParams{EmailFold: osprey.Fold(email), Scope: tx.userScope()})
	if err != nil {
		return osprey.User{}, tx.fail(err)
	}
	return userOf(r)
}

// Users lists them; fields: id, company_id, user_type. Search: e-mail and names
// (first, middle, last, joined by spaces).
func (tx *Tx) Users(q Query) ([]osprey.User, int, error) {
	return page(tx, userList, q, userOf)
}

// InsertUser stores a new one. ErrDuplicate: the e-mail is taken. ErrReferenced:
// there is no such company.
func (tx *Tx) InsertUser(u osprey.User) error {
	if !tx.scope.Covers(u.Company, tx.scope.Owner) {
		return ErrNotFound
	}
	var e encoder
	p := query.InsertUserParams{
		ID: u.ID, CompanyID: nullID(u.Company), Role: u.Role, Email: u.Email, EmailFold: osprey.Fold(u.Email),
		FirstName: u.FirstName, LastName: u.LastName, MiddleName: u.MiddleName, NameFold: foldName(u), Active: u.Active,
		MayBiometry: u.Flags.Biometry, MayQuality: u.Flags.Quality, MayCollection: u.Flags.Collection,
		MayDocuments: u.Flags.Documents, MayErase: u.Flags.Erase,
		LastLogin: u.LastLogin, PasswordHash: u.PasswordHash,
		Metadata: e.object(u.Metadata), Technical: e.object(u.Technical),
		Created: tx.moment(u.Created), Updated: tx.moment(u.Updated),
	}
	if e.err != nil {
		return e.err
	}
	if err := tx.one(tx.q.InsertUser(tx.ctx, p)); err != nil {
		return err
	}
	return tx.putMeta(KindUser, u.ID, u.Company, u.Metadata)
}

// UpdateUser replaces all but id, company and creation. ErrDuplicate as above.
func (tx *Tx) UpdateUser(u osprey.User) error {
	var e encoder
	p := query.UpdateUserParams{
		ID: u.ID, Role: u.Role, Email: u.Email, EmailFold: osprey.Fold(u.Email),
		FirstName: u.FirstName, LastName: u.LastName, MiddleName: u.MiddleName, NameFold: foldName(u), Active: u.Active,
		MayBiometry: u.Flags.Biometry, MayQuality: u.Flags.Quality, MayCollection: u.Flags.Collection,
		MayDocuments: u.Flags.Documents, MayErase: u.Flags.Erase,
		LastLogin: u.LastLogin, PasswordHash: u.PasswordHash,
		Metadata: e.object(u.Metadata), Technical: e.object(u.Technical),
		Updated: tx.now, Scope: tx.userScope(),
	}
	if e.err != nil {
		return e.err
	}
	company, err := tx.q.UpdateUser(tx.ctx, p)
	if err != nil {
		return tx.fail(err)
	}
	return tx.replaceMeta(KindUser, u.ID, idOf(company), u.Metadata)
}

// TouchLogin sets last_login to now; the update time stays.
func (tx *Tx) TouchLogin(id osprey.ID) error {
	return tx.one(tx.q.TouchLogin(tx.ctx, query.TouchLoginParams{ID: id, LastLogin: tx.now, Scope: tx.userScope()}))
}

// DeleteUser removes one with its sessions and restore tokens; folders keep the
// id.
func (tx *Tx) DeleteUser(id osprey.ID) error {
	if err := tx.one(tx.q.DeleteUser(tx.ctx, query.DeleteUserParams{ID: id, Scope: tx.userScope()})); err != nil {
		return err
	}
	return tx.unhang(id)
}

// ActiveAdmins counts active users with role ADMIN. It needs
// osprey.Everything().
func (tx *Tx) ActiveAdmins() (int, error) {
	if err := tx.everything(); err != nil {
		return 0, err
	}
	n, err := tx.q.ActiveAdmins(tx.ctx)
	return int(n), tx.fail(err)
}

// CountUsers counts all users of the installation. It needs osprey.Everything().
func (tx *Tx) CountUsers() (int, error) {
	if err := tx.everything(); err != nil {
		return 0, err
	}
	n, err := tx.q.CountUsers(tx.ctx)
	return int(n), tx.fail(err)
}
