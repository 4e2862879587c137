package access

import "example.org/osprey"

// Policy is the role table with the installation's choices.
type Policy struct {
	// ClientReadsPersons widens what CLIENT reads of persons and photos from its
	// own matches to the whole company (compat.client_reads_persons).
	ClientReadsPersons bool
}

var rules = func() map[Endpoint]Rule {
	m := make(map[Endpoint]Rule, len(Table))
	for _, r := range Table {
		m[r.Endpoint] = r
	}
	return m
}()

// RuleOf returns the row of an endpoint; false for one that is not in the table.
func RuleOf(e Endpoint) (Rule, bool) {
	r, ok := rules[e]
	return r, ok
}

// Authorize gives the grant for one call, or 403/9 when the caller's role may not
// make it at all. Whether the grant reaches an object is for the service to ask
// once it has the object: outside View it does not exist, outside Act it is
// refused (Grant.Check).
func (p Policy) Authorize(c Caller, e Endpoint) (Grant, error) {
	rule, ok := rules[e]
	act := p.cell(rule, c.User.Role)
	if !ok || act == RangeNone || act == RangePublic {
		return Grant{}, osprey.Forbidden("role", "The role may not make this call")
	}
	view := p.cell(rules[rule.View], c.User.Role)
	return Grant{
		Actor:     c.Actor,
		Flags:     c.User.Flags,
		View:      view.scope(c.User),
		Act:       act.scope(c.User),
		Untouched: act == RangeOwnUntouched,
		Erase:     act != RangeCompanyErase || c.User.Role != osprey.RoleClientService || c.User.Flags.Erase,
	}, nil
}

// cell is the range of a role after the installation's choices.
func (p Policy) cell(r Rule, role osprey.Role) Range {
	cell := r.Of(role)
	widened := r.Endpoint == MayReadPersons || r.Endpoint == MayReadPersonMetadata
	if p.ClientReadsPersons && widened && cell == RangeOwn {
		return RangeCompany
	}
	return cell
}
