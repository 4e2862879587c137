package httpapi

import (
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/access"
)

func TestUserOfAFolder(t *testing.T) {
	t.Parallel()
	const (
		me, colleague   osprey.ID = "01980000-0000-7000-8000-0000000000a1", "01980000-0000-7000-8000-0000000000a2"
		company, others osprey.ID = "01980000-0000-7000-8000-0000000000c1", "01980000-0000-7000-8000-0000000000c2"
	)
	a := &API{}
	for _, c := range []struct {
		role          osprey.Role
		user, company osprey.ID
		want          bool
	}{
		{osprey.RoleClient, me, company, true},
		{osprey.RoleClient, colleague, company, false},
		{osprey.RoleClientOperator, me, company, true},
		{osprey.RoleClientOperator, colleague, company, false},
		{osprey.RoleClientService, colleague, company, false},
		{osprey.RoleClientAdmin, colleague, company, true},
		{osprey.RoleClientAdmin, colleague, others, false},
		{osprey.RoleOperator, colleague, others, true},
		{osprey.RoleAdmin, colleague, others, true},
	} {
		caller := access.Caller{User: osprey.User{ID: me, Company: company, Role: c.role}}
		u := &osprey.User{ID: c.user, Company: c.company}
		if got := a.mayBeShown(caller, u) != nil; got != c.want {
			t.Errorf("%s is shown %s of %s: %v", c.role, c.user, c.company, got)
		}
	}
	if a.mayBeShown(access.Caller{User: osprey.User{Role: osprey.RoleAdmin}}, nil) != nil {
		t.Error("nobody became somebody")
	}
}
