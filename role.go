package osprey

import "strings"

// Role is what a user is (api.md 4).
type Role string

// The six roles. Admin and Operator belong to no company, the others to exactly
// one.
const (
	RoleAdmin          Role = "ADMIN"
	RoleOperator       Role = "OPERATOR"
	RoleClientAdmin    Role = "CLIENT_ADMIN"
	RoleClientOperator Role = "CLIENT_OPERATOR"
	RoleClient         Role = "CLIENT"
	RoleClientService  Role = "CLIENT_SERVICE"
)

// Roles lists the roles in the order of the contract's table.
var Roles = []Role{RoleAdmin, RoleOperator, RoleClientAdmin, RoleClientOperator, RoleClient, RoleClientService}

// ParseRole reads a role without regard to case; a space may stand for the
// underscore.
func ParseRole(s string) (Role, bool) {
	want := Role(strings.ReplaceAll(strings.ToUpper(strings.TrimSpace(s)), " ", "_"))
	for _, r := range Roles {
		if r == want {
			return r, true
		}
	}
	return "", false
}

// InCompany reports whether users of the role belong to a company.
func (r Role) InCompany() bool { return r != RoleAdmin && r != RoleOperator }

// Actor is who does something, as the audit log names it. The zero Actor is the
// system itself.
type Actor struct {
	User      ID
	Role      Role
	Company   ID
	Session   ID
	IP        string
	RequestID string
}

// Scope says which rows a query may see. The zero Scope sees nothing, so that a
// forgotten one leaks nothing.
type Scope struct {
	// All sees the rows of every company.
	All bool
	// Company, when All is false, is the one company whose rows are seen.
	Company ID
	// Owner, when set, narrows folders and what hangs on them to those this user
	// created, and persons to those matched by an analysis in such a folder.
	Owner ID
}

// Everything is the scope of the system and of ADMIN.
func Everything() Scope { return Scope{All: true} }

// Within is the scope of one company.
func Within(company ID) Scope { return Scope{Company: company} }

// Covers reports whether an object of the company, made by the owner, lies in
// the scope.
func (s Scope) Covers(company, owner ID) bool {
	if !s.All && (s.Company == "" || s.Company != company) {
		return false
	}
	return s.Owner == "" || s.Owner == owner
}
