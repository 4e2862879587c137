package access_test

import (
	_ "embed"
	"slices"
	"strings"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/access"
)

// contract is the role table of api.md 4, to the letter.
//
//go:embed testdata/roles.md
var contract string

// unbuilt are the rows of the contract whose endpoints this build does not have.
var unbuilt = []string{
	"POST `/users/{id}/otp`, `.../otp/confirm`, `.../otp/disable`; GET, PUT `/prefs`",
	"DELETE `/users/{id}/otp`",
	"GET, POST `/imports...`; PUT `/imports/{id}/chunks/{n}`",
	"GET `/claims`",
	"POST, DELETE `/claims/{folder_id}`",
	"GET, PUT, DELETE `/web_apps...`",
	"at the root, `components.md` 6.3: `/web/v1/capture-links...`",
	"at the root, `components.md` 3.4: POST `/web/v1/results/redeem`",
}

// contractRows reads the table; of a cell with a note only the first word counts.
func contractRows(t *testing.T) map[string]access.Cells {
	t.Helper()
	rows := make(map[string]access.Cells)
	for i, line := range strings.Split(strings.TrimSpace(contract), "\n") {
		if i < 2 {
			continue // head and rule
		}
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if len(cells) != 7 {
			t.Fatalf("line %d has %d cells", i+1, len(cells))
		}
		var row access.Cells
		for j := range row {
			row[j] = access.Range(strings.Fields(cells[j+1])[0])
		}
		rows[cells[0]] = row
	}
	return rows
}

func TestTableIsTheContract(t *testing.T) {
	t.Parallel()
	rows := contractRows(t)
	built := make(map[string]bool)
	for _, rule := range access.Table {
		want, ok := rows[rule.Row]
		if !ok {
			t.Errorf("%s: the contract has no row %q", rule.Endpoint, rule.Row)
			continue
		}
		if rule.Cells != want {
			t.Errorf("%s: cells %v, the contract has %v", rule.Endpoint, rule.Cells, want)
		}
		built[rule.Row] = true
	}
	for row := range rows {
		if built[row] == slices.Contains(unbuilt, row) {
			t.Errorf("row %q: in the table %v, listed as unbuilt %v", row, built[row], !built[row])
		}
	}
}

func TestTableIsSound(t *testing.T) {
	t.Parallel()
	seen := make(map[access.Endpoint]bool)
	for _, rule := range access.Table {
		if seen[rule.Endpoint] {
			t.Errorf("%s stands twice", rule.Endpoint)
		}
		seen[rule.Endpoint] = true
		view, ok := access.RuleOf(rule.View)
		if !ok || view.Write || view.View != view.Endpoint {
			t.Errorf("%s: its view %q does not read", rule.Endpoint, rule.View)
		}
		if rule.Public() {
			continue
		}
		// Whoever may act on an object must be able to see it.
		for i, cell := range rule.Cells {
			if cell != access.RangeNone && wider(cell, view.Cells[i]) {
				t.Errorf("%s, %s: acts on %q but sees %q", rule.Endpoint, osprey.Roles[i], cell, view.Cells[i])
			}
		}
	}
}

func wider(act, view access.Range) bool {
	order := []access.Range{
		access.RangeNone, access.RangeOwnUntouched, access.RangeSelf, access.RangeOwn,
		access.RangeCompanyErase, access.RangeCompany, access.RangeAll,
	}
	return slices.Index(order, act) > slices.Index(order, view)
}

const (
	companyA osprey.ID = "01980000-0000-7000-8000-0000000000a0"
	companyB osprey.ID = "01980000-0000-7000-8000-0000000000b0"
	someone  osprey.ID = "01980000-0000-7000-8000-0000000000e1"
	another  osprey.ID = "01980000-0000-7000-8000-0000000000e2"
)

func callerOf(r osprey.Role) access.Caller {
	u := osprey.User{ID: someone, Role: r, Active: true, Flags: osprey.AllAnalyses()}
	if r.InCompany() {
		u.Company = companyA
	}
	return access.Caller{User: u, Actor: osprey.Actor{User: u.ID, Role: r, Company: u.Company}}
}

// TestAuthorizeEveryCell holds every grant against what its cell says of four
// objects: of the own and another company, made by the caller and by another user.
func TestAuthorizeEveryCell(t *testing.T) {
	t.Parallel()
	objects := []struct{ company, owner osprey.ID }{
		{companyA, someone}, {companyA, another}, {companyB, someone}, {companyB, another},
	}
	covers := map[access.Range][4]bool{
		access.RangeAll:          {true, true, true, true},
		access.RangeCompany:      {true, true},
		access.RangeCompanyErase: {true, true},
		access.RangeOwn:          {true}, access.RangeOwnUntouched: {true}, access.RangeSelf: {true},
	}
	for _, rule := range access.Table {
		for i, role := range osprey.Roles {
			g, err := access.Policy{}.Authorize(callerOf(role), rule.Endpoint)
			cell := rule.Cells[i]
			if cell == access.RangeNone || rule.Public() {
				if !osprey.IsCode(err, osprey.CodeAuthForbidden) || g != (access.Grant{}) {
					t.Errorf("%s, %s: %+v, %v", rule.Endpoint, role, g, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s, %s: %v", rule.Endpoint, role, err)
				continue
			}
			view, _ := access.RuleOf(rule.View)
			for j, o := range objects {
				if !role.InCompany() && cell == access.RangeSelf {
					break // has no company to compare with; see below
				}
				if got, want := g.Act.Covers(o.company, o.owner), covers[cell][j]; got != want {
					t.Errorf("%s, %s: acts on object %d: %v", rule.Endpoint, role, j, got)
				}
				if got, want := g.View.Covers(o.company, o.owner), covers[view.Cells[i]][j]; got != want {
					t.Errorf("%s, %s: sees object %d: %v", rule.Endpoint, role, j, got)
				}
			}
			if g.Untouched != (cell == access.RangeOwnUntouched) {
				t.Errorf("%s, %s: untouched %v", rule.Endpoint, role, g.Untouched)
			}
			if mayErase := cell != access.RangeCompanyErase || role != osprey.RoleClientService; g.Erase != mayErase {
				t.Errorf("%s, %s: erase %v", rule.Endpoint, role, g.Erase)
			}
		}
	}
}

func TestAuthorizeSelfWithoutCompany(t *testing.T) {
	t.Parallel()
	g, err := access.Policy{}.Authorize(callerOf(osprey.RoleOperator), access.MayUpdateUser)
	if err != nil {
		t.Fatal(err)
	}
	if !g.Act.Covers("", someone) || g.Act.Covers("", another) || g.Act.Covers(companyA, another) {
		t.Errorf("an operator acts on %+v", g.Act)
	}
	if !g.View.Covers(companyB, another) {
		t.Error("an operator sees every user")
	}
}

func TestAuthorizeCanErase(t *testing.T) {
	t.Parallel()
	c := callerOf(osprey.RoleClientService)
	g, err := access.Policy{}.Authorize(c, access.MayDeletePerson)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Check(companyA, another); !osprey.IsCode(err, osprey.CodeAuthForbidden) {
		t.Errorf("without can_erase: %v", err)
	}
	c.User.Flags.Erase = true
	if g, err = (access.Policy{}).Authorize(c, access.MayDeletePerson); err != nil {
		t.Fatal(err)
	}
	if err := g.Check(companyA, another); err != nil {
		t.Errorf("with can_erase: %v", err)
	}
}

func TestClientReadsPersons(t *testing.T) {
	t.Parallel()
	for _, e := range []access.Endpoint{access.MayReadPersons, access.MayReadPersonMetadata} {
		for _, wide := range []bool{false, true} {
			g, err := access.Policy{ClientReadsPersons: wide}.Authorize(callerOf(osprey.RoleClient), e)
			if err != nil {
				t.Fatal(err)
			}
			if got := g.View.Covers(companyA, another); got != wide {
				t.Errorf("%s, wide %v: sees what others matched: %v", e, wide, got)
			}
			if g.View.Covers(companyB, someone) {
				t.Errorf("%s, wide %v: sees another company", e, wide)
			}
		}
	}
	g, err := access.Policy{ClientReadsPersons: true}.Authorize(callerOf(osprey.RoleClient), access.MayReadFolders)
	if err != nil || g.View.Covers(companyA, another) {
		t.Errorf("folders are widened too: %+v, %v", g, err)
	}
}

func TestUnknownEndpointAndRole(t *testing.T) {
	t.Parallel()
	if _, err := (access.Policy{}).Authorize(callerOf(osprey.RoleAdmin), "no.such"); !osprey.IsCode(err, osprey.CodeAuthForbidden) {
		t.Errorf("unknown endpoint: %v", err)
	}
	if _, err := (access.Policy{}).Authorize(callerOf("ROOT"), access.MayReadLicense); !osprey.IsCode(err, osprey.CodeAuthForbidden) {
		t.Errorf("unknown role: %v", err)
	}
}

func TestMayStart(t *testing.T) {
	t.Parallel()
	g := access.Grant{Flags: osprey.Flags{Quality: true}}
	if err := g.MayStart("analyses.0.type", osprey.AnalysisQuality); err != nil {
		t.Error(err)
	}
	err := osprey.ErrorOf(g.MayStart("analyses.1.type", osprey.AnalysisCollection))
	if err.Code != osprey.CodeAuthForbidden || err.Details["field"] != "analyses.1.type" ||
		err.Details["reason"] != "can_start_analysis_collection" {
		t.Errorf("%v %v", err, err.Details)
	}
}
