package account

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"example.org/osprey"
)

// UserInput holds the keys of a user in a request; nil is absent. It serves
// creation and change alike.
type UserInput struct {
	Email           *string
	Password        *string
	CurrentPassword *string // changes of one's own password only
	FirstName       *string
	LastName        *string
	MiddleName      *string
	Type            *string // user_type, in any letter case
	IsAdmin         *bool   // legacy spelling of CLIENT_ADMIN
	IsService       *bool   // legacy spelling of CLIENT_SERVICE
	Company         *osprey.ID
	Active          *bool
	Biometry        *bool // can_start_analysis_biometry
	Quality         *bool
	Collection      *bool
	Documents       *bool
	Erase           *bool           // can_erase
	Metadata        osprey.Metadata // merged key by key; nil is absent
}

const (
	maxEmail = 254 // characters
	maxName  = 200
)

// missing names the first required key that is absent from a creation.
func (in UserInput) missing() error {
	for _, key := range []struct {
		name  string
		given bool
	}{
		{"email", in.Email != nil}, {"password", in.Password != nil}, {"first_name", in.FirstName != nil},
		{"last_name", in.LastName != nil}, {"user_type", in.Type != nil},
	} {
		if !key.given {
			return osprey.Missing(key.name)
		}
	}
	return nil
}

// apply checks the keys present, but for the password, and lays them over the
// user.
func (in UserInput) apply(u *osprey.User) (err error) {
	if in.Email != nil {
		if u.Email, err = cleanEmail(*in.Email); err != nil {
			return err
		}
	}
	for _, name := range []struct {
		field string
		to    *string
		in    *string
	}{
		{"first_name", &u.FirstName, in.FirstName},
		{"last_name", &u.LastName, in.LastName},
		{"middle_name", &u.MiddleName, in.MiddleName},
	} {
		if name.in == nil {
			continue
		}
		if *name.to, err = cleanName(name.field, *name.in); err != nil {
			return err
		}
	}
	if u.Role, err = in.role(u.Role); err != nil {
		return err
	}
	set(&u.Active, in.Active)
	set(&u.Flags.Biometry, in.Biometry)
	set(&u.Flags.Quality, in.Quality)
	set(&u.Flags.Collection, in.Collection)
	set(&u.Flags.Documents, in.Documents)
	set(&u.Flags.Erase, in.Erase)
	if in.Metadata == nil {
		return nil
	}
	u.Metadata = u.Metadata.Merge(in.Metadata)
	return u.Metadata.Check("meta_data")
}

// cleanEmail trims an address and checks its form: something, one "@", something,
// and no blanks. Whether it exists only a mail could tell.
func cleanEmail(email string) (string, error) {
	email = strings.TrimSpace(email)
	if n := utf8.RuneCountInString(email); n > maxEmail {
		return "", osprey.OutOfRange("email", maxEmail, n, "email must have at most %d characters", maxEmail)
	}
	local, domain, ok := strings.Cut(email, "@")
	if !ok || local == "" || domain == "" || strings.Contains(domain, "@") || strings.ContainsFunc(email, notInEmail) {
		return "", osprey.InvalidValue("email", "email is not an e-mail address")
	}
	return email, nil
}

func notInEmail(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || r == utf8.RuneError
}

func cleanName(field, name string) (string, error) {
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n > maxName {
		return "", osprey.OutOfRange(field, maxName, n, "%s must have at most %d characters", field, maxName)
	}
	if strings.ContainsFunc(name, unicode.IsControl) {
		return "", osprey.InvalidValue(field, "%s must not have control characters", field)
	}
	return name, nil
}

// role is the role that user_type and its legacy companions ask for, given the
// present one ("" for a new user).
//
// With user_type CLIENT, is_admin and is_service name CLIENT_ADMIN and
// CLIENT_SERVICE; beside any other type they may only repeat what it says. Without
// user_type they change the three roles that the legacy spelling knows.
func (in UserInput) role(present osprey.Role) (osprey.Role, error) {
	role := present
	isAdmin, isService := in.IsAdmin != nil && *in.IsAdmin, in.IsService != nil && *in.IsService
	if in.Type != nil {
		named, ok := osprey.ParseRole(*in.Type)
		if !ok {
			return "", osprey.InvalidValue("user_type", "user_type is not a role")
		}
		role = named
	} else {
		if in.IsAdmin == nil {
			isAdmin = present == osprey.RoleClientAdmin
		}
		if in.IsService == nil {
			isService = present == osprey.RoleClientService
		}
		if present == osprey.RoleClientAdmin || present == osprey.RoleClientService {
			role = osprey.RoleClient
		}
	}
	switch {
	case isAdmin && isService:
		return "", osprey.InvalidValue("is_service", "is_admin and is_service cannot both be true")
	case role == osprey.RoleClient && isAdmin:
		return osprey.RoleClientAdmin, nil
	case role == osprey.RoleClient && isService:
		return osprey.RoleClientService, nil
	case isAdmin && role != osprey.RoleClientAdmin:
		return "", osprey.InvalidValue("is_admin", "is_admin contradicts user_type")
	case isService && role != osprey.RoleClientService:
		return "", osprey.InvalidValue("is_service", "is_service contradicts user_type")
	}
	return role, nil
}
