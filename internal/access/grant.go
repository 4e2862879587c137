package access

import "example.org/osprey"

// Caller is an authenticated user with the session it came by.
type Caller struct {
	User    osprey.User
	Session osprey.Session
	Actor   osprey.Actor
}

// Grant is the permission to make one call: who calls, what the caller may see,
// and on what the call may act. Services take one with every request. An object
// outside View does not exist (404/10); one inside View but outside Act is
// refused (403/9).
type Grant struct {
	Actor osprey.Actor
	Flags osprey.Flags
	View  osprey.Scope
	Act   osprey.Scope
	// Untouched narrows Act to folders that never had an analysis (the contract's
	// own0).
	Untouched bool
	// Erase is false for a CLIENT_SERVICE user without can_erase on calls marked
	// with an asterisk: every object is then outside Act.
	Erase bool
}

// System is the grant of the process itself: recovery, sweeps, the first start.
func System() Grant {
	return Grant{Flags: osprey.AllAnalyses(), View: osprey.Everything(), Act: osprey.Everything(), Erase: true}
}

// Anybody is the grant of a server without users: every type of analysis, and no
// object.
func Anybody() Grant { return Grant{Flags: osprey.AllAnalyses()} }

// Check refuses an action on an object that the grant lets the caller see but
// not touch.
func (g Grant) Check(company, owner osprey.ID) error {
	if !g.Erase {
		return osprey.Forbidden("can_erase", "The user may not delete")
	}
	if !g.Act.Covers(company, owner) {
		return osprey.Forbidden("", "The role may not do this to the object")
	}
	return nil
}

// Company picks the company a new object belongs to: the one named in the
// request, else the caller's own. Roles outside any company must name one.
func (g Grant) Company(named *osprey.ID) (osprey.ID, error) {
	own := g.Actor.Company
	switch {
	case named == nil && own == "":
		return "", osprey.Missing("company_id")
	case named == nil:
		return own, nil
	case own != "" && *named != own:
		return "", osprey.NotExistField("company_id")
	}
	return *named, nil
}

// MayStart refuses a type of analysis that the caller's flags do not allow; field
// is the place in the request that asked for it.
func (g Grant) MayStart(field string, t osprey.AnalysisType) error {
	ok, flag := g.Flags.MayStart(t)
	if ok {
		return nil
	}
	return osprey.Forbidden(flag, "The user may not start this type of analysis").With("field", field)
}
