package access_test

import (
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/access"
)

func TestGrantCheck(t *testing.T) {
	t.Parallel()
	own := osprey.Scope{Company: companyA, Owner: someone}
	for _, c := range []struct {
		name           string
		grant          access.Grant
		company, owner osprey.ID
		reason         any
		refused        bool
	}{
		{"inside", access.Grant{Act: own, Erase: true}, companyA, someone, nil, false},
		{"another owner", access.Grant{Act: own, Erase: true}, companyA, another, nil, true},
		{"another company", access.Grant{Act: own, Erase: true}, companyB, someone, nil, true},
		{"may not delete", access.Grant{Act: own}, companyA, someone, "can_erase", true},
		{"zero grant", access.Grant{}, companyA, someone, "can_erase", true},
		{"the process itself", access.System(), companyB, another, nil, false},
	} {
		err := c.grant.Check(c.company, c.owner)
		if got := osprey.IsCode(err, osprey.CodeAuthForbidden); got != c.refused || !c.refused && err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.refused && osprey.ErrorOf(err).Details["reason"] != c.reason {
			t.Errorf("%s: %v", c.name, osprey.ErrorOf(err).Details)
		}
	}
}

func TestGrantCompany(t *testing.T) {
	t.Parallel()
	a, b := companyA, companyB
	for _, c := range []struct {
		name  string
		own   osprey.ID
		named *osprey.ID
		want  osprey.ID
		code  osprey.Code
	}{
		{"own, not named", a, nil, a, -1},
		{"own, named", a, &a, a, -1},
		{"another named", a, &b, "", osprey.CodeNotExist},
		{"outside any, named", "", &b, b, -1},
		{"outside any, not named", "", nil, "", osprey.CodeInvalidStructure},
	} {
		g := access.Grant{Actor: osprey.Actor{Company: c.own}}
		got, err := g.Company(c.named)
		code := osprey.Code(-1)
		if err != nil {
			code = osprey.ErrorOf(err).Code
			if osprey.ErrorOf(err).Details["field"] != "company_id" {
				t.Errorf("%s: %v", c.name, osprey.ErrorOf(err).Details)
			}
		}
		if got != c.want || code != c.code {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
}
