package access

import "example.org/osprey"

// Range is one cell of the role table: on what a role may make a call.
type Range string

// The ranges, spelled as api.md 4 spells them.
const (
	RangeNone         Range = "-"      // never: 403/9
	RangePublic       Range = "public" // anybody, without a token
	RangeSelf         Range = "self"   // the user's own record, sessions, tokens
	RangeOwn          Range = "own"    // folders the user created and what hangs on them
	RangeOwnUntouched Range = "own0"   // own folders that never had an analysis
	RangeCompany      Range = "co"     // the own company
	RangeCompanyErase Range = "co*"    // the own company; CLIENT_SERVICE needs can_erase
	RangeAll          Range = "all"    // any company
)

// scope is the rows that a range covers for a user. RangeSelf and RangeOwn both
// name the user as Owner: for users, sessions and tokens the owner of a record is
// the user it belongs to, for folders it is the user who created it. A user
// without company who is limited to itself is looked for in all companies.
func (r Range) scope(u osprey.User) osprey.Scope {
	switch r {
	case RangeAll:
		return osprey.Everything()
	case RangeCompany, RangeCompanyErase:
		return osprey.Within(u.Company)
	case RangeOwn, RangeOwnUntouched, RangeSelf:
		return osprey.Scope{All: !u.Role.InCompany(), Company: u.Company, Owner: u.ID}
	}
	return osprey.Scope{}
}
