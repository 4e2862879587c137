package e2e

import (
	"fmt"
	"strings"
	"testing"

	"example.org/osprey"
)

// TestFaultCompany: api.md 5.2.
func TestFaultCompany(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	other := tenant(t)
	path, own := "/api/companies/", companyPath(c.id)
	settings := func(v object) object { return object{"analysis_settings": v} }
	collection := func(key string, value any) object { return settings(object{"collection": object{key: value}}) }
	long := strings.Repeat("x", 201)
	c.refuse(t, []refusal{
		{name: "no name", by: &c.root, path: path, body: object{}, want: missing("name")},
		{name: "blank name", by: &c.root, path: path, body: object{"name": "  "}, want: badValue("name", "limit", 200, "actual", 0)},
		{name: "long name", by: &c.root, path: path, body: object{"name": long}, want: badValue("name", "limit", 200, "actual", 201)},
		{name: "name is a number", by: &c.root, path: path, body: object{"name": 7}, want: badType("name")},
		{name: "name taken", by: &c.root, path: path, body: object{"name": " " + strings.ToUpper(c.name) + " "}, want: conflict("name")},
		{name: "by CLIENT_ADMIN", path: path, body: object{"name": "x"}, want: forbidden},
		{name: "taken on change", method: "PATCH", path: own, body: object{"name": other.name}, want: conflict("name")},
		{name: "blank on change", method: "PATCH", path: own, body: object{"name": ""}, want: badValue("name", "limit", 200)},
		{name: "is_active by CLIENT_ADMIN", method: "PATCH", path: own, body: object{"is_active": true}, want: forbidden},
		{name: "quota by CLIENT_ADMIN", method: "PATCH", path: own, body: object{"quota": object{}}, want: forbidden},
		{name: "threshold above 1", method: "PATCH", path: own, body: collection("threshold", 1.2), want: badValue("analysis_settings.collection.threshold", "limit", 1, "actual", 1.2)},
		{name: "threshold below 0", method: "PATCH", path: own, body: collection("threshold", -1), want: badValue("analysis_settings.collection.threshold", "limit", 0, "actual", -1)},
		{name: "threshold is a text", method: "PATCH", path: own, body: collection("threshold", "high"), want: badType("analysis_settings.collection.threshold")},
		{name: "target_fpir of 0", method: "PATCH", path: own, body: collection("target_fpir", 0), want: badValue("analysis_settings.collection.target_fpir")},
		{name: "target_fpir above 1", method: "PATCH", path: own, body: collection("target_fpir", 1.1), want: badValue("analysis_settings.collection.target_fpir")},
		{name: "crossed biometry", method: "PATCH", path: own, body: settings(object{"biometry": object{"threshold_min": 0.9, "threshold_max": 0.8}}), want: fault{status: 400, code: 4}},
		{name: "spoofing above 1", method: "PATCH", path: own, body: settings(object{"quality": object{"threshold_spoofing": 7}}), want: badValue("analysis_settings.quality.threshold_spoofing")},
		{name: "settings are no object", method: "PATCH", path: own, body: object{"analysis_settings": []int{}}, want: badType("analysis_settings")},
		{name: "a webhook without TLS", method: "PATCH", path: own, body: object{"resolution_endpoint": "http://client.example.com"}, want: badValue("resolution_endpoint", "reason", "scheme")},
		{name: "a webhook to this machine", method: "PATCH", path: own, body: object{"resolution_endpoint": "https://127.0.0.1/"}, want: badValue("resolution_endpoint", "reason", "address")},
		{name: "a webhook that is no text", method: "PATCH", path: own, body: object{"resolution_endpoint": object{}}, want: badType("resolution_endpoint")},
		{name: "metadata are no object", method: "PATCH", path: own, body: object{"meta_data": "x"}, want: badType("meta_data")},
		{name: "require_consent is a text", method: "PATCH", path: own, body: object{"require_consent": "yes"}, want: badType("require_consent")},
		{name: "another company", method: "PATCH", path: companyPath(other.id), body: object{"name": "x"}, want: notExist},
		{name: "unknown", by: &c.root, method: "PATCH", path: companyPath(nobodysID), body: object{"name": "x"}, want: notExist},
		{name: "delete with users", by: &c.root, method: "DELETE", path: own, want: conflict("", "users", 1, "folders", 0, "collections", 0)},
		{name: "delete by CLIENT_ADMIN", method: "DELETE", path: own, want: forbidden},
		{name: "delete unknown", by: &c.root, method: "DELETE", path: companyPath(nobodysID), want: notExist},
	})

	t.Run("merged key by key", func(t *testing.T) {
		c.ca.patch(t, own, collection("threshold", 0.9)).want(200)
		a := c.ca.patch(t, own, settings(object{"allow_request_thresholds": true, "biometry": object{"threshold_max": 0.95}})).want(200)
		a.check("analysis_settings.collection.threshold", 0.9).check("analysis_settings.allow_request_thresholds", true).
			check("analysis_settings.biometry", object{"threshold_min": 0.85, "threshold_max": 0.95}).
			check("analysis_settings.quality.threshold_spoofing", 0.5).check("analysis_settings.collection.target_fpir", nil)
		c.ca.patch(t, own, collection("threshold", nil)).want(200).check("analysis_settings.collection.threshold", 0.85)
	})
	t.Run("what other roles see", func(t *testing.T) {
		for _, role := range []osprey.Role{osprey.RoleOperator, osprey.RoleClientOperator, osprey.RoleClient, osprey.RoleClientService} {
			a := c.user(t, role).get(t, own).want(200)
			if keys := len(a.doc.(object)); keys != 5 {
				t.Errorf("%s: %s", role, a)
			}
			a.check("company_id", c.id).check("name", c.name).check("is_active", true).check("meta_data", object{}).check("technical_meta_data", object{})
		}
	})
	t.Run("delete an empty one", func(t *testing.T) {
		id := c.root.post(t, path, object{"name": unique("empty"), "analysis_settings": object{"collection": object{"target_fpir": 0.01}}}).want(201).
			check("analysis_settings.collection.target_fpir", 0.01).id("company_id")
		c.root.delete(t, companyPath(id)).want(204)
		c.root.get(t, companyPath(id)).fault(notExist)
	})
}

// TestFaultUser: api.md 6.1.
func TestFaultUser(t *testing.T) {
	t.Parallel()
	c, other := tenant(t), tenant(t)
	there := c.user(t, osprey.RoleClient)
	const path = "/api/users/"
	with := func(key string, value any) object {
		o := newUser(osprey.RoleClient, c.id)
		o[key] = value
		return o
	}
	lacking := func(key string) object {
		o := newUser(osprey.RoleClient, c.id)
		delete(o, key)
		return o
	}
	var table []refusal
	for _, key := range []string{"email", "password", "first_name", "last_name", "user_type"} {
		table = append(table, refusal{name: "no " + key, by: &c.root, path: path, body: lacking(key), want: missing(key)})
	}
	c.refuse(t, append(table, []refusal{
		{name: "no company_id", by: &c.root, path: path, body: lacking("company_id"), want: missing("company_id")},
		{name: "unknown company", by: &c.root, path: path, body: with("company_id", nobodysID), want: notExist},
		{name: "another company", path: path, body: with("company_id", other.id), want: notExist},
		{name: "an ADMIN with a company", by: &c.root, path: path, body: with("user_type", "ADMIN"), want: badValue("company_id")},
		{name: "an OPERATOR with a company", by: &c.root, path: path, body: with("user_type", "OPERATOR"), want: badValue("company_id")},
		{name: "unknown role", path: path, body: with("user_type", "BUTLER"), want: badValue("user_type")},
		{name: "ADMIN by CLIENT_ADMIN", path: path, body: newUser(osprey.RoleAdmin, ""), want: forbidden},
		{name: "OPERATOR by CLIENT_ADMIN", path: path, body: newUser(osprey.RoleOperator, ""), want: forbidden},
		{name: "both legacy flags", path: path, body: func() object { o := with("is_admin", true); o["is_service"] = true; return o }(), want: fault{status: 400, code: 4}},
		{name: "e-mail taken", path: path, body: with("email", strings.ToUpper(there.email)), want: conflict("email")},
		{name: "no e-mail address", path: path, body: with("email", "nobody"), want: badValue("email")},
		{name: "e-mail is a number", path: path, body: with("email", 1), want: badType("email")},
		{name: "flag is a text", path: path, body: with("can_start_analysis_collection", "no"), want: badType("can_start_analysis_collection")},
		{name: "short password", path: path, body: with("password", "123456789"), want: badValue("password", "reason", "too_short", "limit", 10, "actual", 9)},
		{name: "long password", path: path, body: with("password", strings.Repeat("ab", 65)), want: badValue("password", "reason", "too_long", "limit", 128, "actual", 130)},
		{name: "password with the e-mail", path: path, body: func() object { o := with("email", "marigold"+mailDomain); o["password"] = "my-MARIGOLD-2"; return o }(),
			want: badValue("password", "reason", "contains_email")},
		{name: "common password", path: path, body: with("password", "password123"), want: badValue("password", "reason", "common")},
		{name: "unknown user", method: "GET", path: userPath(nobodysID), want: notExist},
		{name: "user of another company", method: "PATCH", path: userPath(other.ca.get(t, path).id("items.0.user_id")), body: object{"first_name": "X"}, want: notExist},
		{name: "another company for a user", method: "PATCH", path: userPath(there.id), body: object{"company_id": other.id}, want: conflict("company_id")},
		{name: "a user becomes ADMIN", method: "PATCH", path: userPath(there.id), body: object{"user_type": "ADMIN"}, want: forbidden},
		{name: "own names and own role", by: &there.caller, method: "PATCH", path: userPath(there.id), body: object{"first_name": "X", "user_type": "CLIENT_ADMIN"}, want: forbidden},
		{name: "own flag", by: &there.caller, method: "PATCH", path: userPath(there.id), body: object{"can_start_analysis_quality": false}, want: forbidden},
		{name: "own can_erase", by: &there.caller, method: "PATCH", path: userPath(there.id), body: object{"can_erase": true}, want: forbidden},
		{name: "own e-mail", by: &there.caller, method: "PATCH", path: userPath(there.id), body: object{"email": unique("x") + mailDomain}, want: forbidden},
		{name: "password without the present one", by: &there.caller, method: "PATCH", path: userPath(there.id), body: object{"password": "basalt otter 12 lantern"}, want: missing("current_password")},
		{name: "password with a wrong one", by: &there.caller, method: "PATCH", path: userPath(there.id), body: object{"password": "basalt otter 12 lantern", "current_password": "not this"},
			want: fault{status: 400, code: 4, details: object{"reason": "wrong_password"}}},
	}...))

	t.Run("oneself", func(t *testing.T) {
		me := c.ca.get(t, "/api/users/?user_type=CLIENT_ADMIN").want(200).id("items.0.user_id")
		for _, body := range []object{{"user_type": "CLIENT"}, {"is_active": false}, {"can_start_analysis_collection": false}} {
			c.ca.patch(t, userPath(me), body).fault(forbidden)
		}
		c.ca.patch(t, userPath(me), object{"user_type": "CLIENT_ADMIN", "is_active": true, "middle_name": "M"}).want(200).check("middle_name", "M")
		c.ca.delete(t, userPath(me)).fault(conflict(""))
	})
	t.Run("the last administrator stays", func(t *testing.T) {
		s := start(t)
		root := s.admin(t)
		me := root.get(t, path).want(200).check("total", 1).id("items.0.user_id")
		root.delete(t, userPath(me)).fault(conflict(""))
	})
}

// TestUser: roles in their old spelling, flags, the fate of sessions.
func TestUser(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	for _, tt := range []struct {
		keys  object
		admin bool
		role  string
	}{
		{object{"is_admin": true}, true, "CLIENT_ADMIN"},
		{object{"is_service": true}, false, "CLIENT_SERVICE"},
		{object{"is_admin": false}, false, "CLIENT"},
		{object{"user_type": "client operator"}, false, "CLIENT_OPERATOR"},
	} {
		body := newUser(osprey.RoleClient, c.id)
		for k, v := range tt.keys {
			body[k] = v
		}
		delete(body, "company_id")
		c.ca.post(t, "/api/users/", body).want(201).check("user_type", tt.role).check("is_admin", tt.admin).
			check("is_service", tt.role == "CLIENT_SERVICE").check("company_id", c.id).checkAbsent("password")
	}
	for _, spelling := range []string{"can_start_analysis_", "can_start_analyse_", "can_start_analyze_"} {
		c.ca.post(t, "/api/users/", func() object { o := newUser(osprey.RoleClient, c.id); o[spelling+"documents"] = false; return o }()).want(201).
			check("can_start_analysis_documents", false).check("can_start_analysis_quality", true)
	}
	for i, change := range []object{{"password": "basalt otter 12 lantern"}, {"user_type": "CLIENT_OPERATOR"}, {"is_active": false}} {
		t.Run(fmt.Sprintf("change %d ends sessions", i), func(t *testing.T) {
			u := c.user(t, osprey.RoleClient)
			c.ca.patch(t, userPath(u.id), change).want(200).checkAbsent("password")
			u.get(t, "/api/folders/").fault(authInvalid)
		})
	}
	t.Run("a name does not", func(t *testing.T) {
		u := c.user(t, osprey.RoleClient)
		c.ca.patch(t, userPath(u.id), object{"first_name": "Other"}).want(200)
		u.get(t, "/api/folders/").want(200)
	})
	t.Run("the own password", func(t *testing.T) {
		u := c.user(t, osprey.RoleClient)
		u.patch(t, userPath(u.id), object{"password": "basalt otter 12 lantern", "current_password": userPassword}).want(200)
		c.login(t, u.email, "basalt otter 12 lantern")
	})
	t.Run("what a deleted user leaves", func(t *testing.T) {
		u := c.user(t, osprey.RoleClient)
		folder := u.post(t, "/api/folders/", nil).want(201).id("folder_id")
		c.ca.get(t, folderPath(folder)+"?with_user=true&with_company=1").want(200).check("user.user_id", u.id).check("company.company_id", c.id)
		c.ca.delete(t, userPath(u.id)).want(204)
		u.get(t, "/api/folders/").fault(authInvalid)
		c.ca.get(t, userPath(u.id)).fault(notExist)
		c.ca.get(t, folderPath(folder)+"?with_user=true").want(200).check("user", nil).check("user_id", u.id)
	})
}
