package e2e

import (
	"strings"
	"testing"

	"example.org/osprey"
)

var (
	authMissing = fault{status: 401, code: 6}
	authInvalid = fault{status: 401, code: 7}
	badLogin    = fault{401, 7, nil, "Invalid credentials"}
)

func login(email, password any) object {
	return object{"credentials": object{"email": email, "password": password}}
}

// TestFaultCredentials: api.md 1.2, the three headers.
func TestFaultCredentials(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	nobody := c.as("")
	token := c.ca.token
	const path = "/api/folders/"
	get := func(t *testing.T, headers ...string) answer { return nobody.call(t, "GET", path, nil, headers...) }

	get(t).fault(authMissing)
	get(t, "X-Forensic-Access-Token: "+token).want(200)
	get(t, "X-Forensics-Access-Token: "+token).want(200)
	get(t, "Authorization: Bearer "+token).want(200)
	get(t, "Authorization: bearer "+token).want(200)
	get(t, "X-Forensic-Access-Token: "+token, "Authorization: Bearer "+token, "X-Forensics-Access-Token: "+token).want(200)

	other := c.login(t, c.user(t, osprey.RoleClient).email, userPassword).token
	for _, headers := range [][]string{
		{"X-Forensic-Access-Token: " + token, "Authorization: Bearer " + other},
		{"X-Forensic-Access-Token: " + other, "X-Forensics-Access-Token: " + token},
		{"X-Forensics-Access-Token: " + token, "Authorization: Bearer " + token + "x"},
		{"X-Forensic-Access-Token: " + token + "x"},
		{"X-Forensic-Access-Token: osp_at_7Qm1v0dXk2yqk4m0m3v7h1bqzH5nTzq2c9R8wYb3kLs0a1F2e"},
		{"X-Forensic-Access-Token: x"},
		{"X-Forensic-Access-Token: " + strings.Repeat("x", 300)},
		{"Authorization: Bearer " + token[:len(token)-1]},
	} {
		get(t, headers...).fault(authInvalid)
	}
	// Nowhere else.
	nobody.get(t, path+"?access_token="+token).fault(authMissing)
	get(t, "Cookie: access_token="+token).fault(authMissing)
	get(t, "Authorization: Basic "+token).fault(authMissing)
	// An unknown path comes before credentials.
	nobody.get(t, "/api/nothing/").fault(fault{status: 404, code: 10})
	nobody.call(t, "PUT", path, nil).fault(fault{status: 405, code: 1})
}

// TestFaultLogin: api.md 3.1.
func TestFaultLogin(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	disabled, suspended := c.user(t, osprey.RoleClient), tenant(t)
	c.ca.patch(t, userPath(disabled.id), object{"is_active": false}).want(200).check("is_active", false)
	guest := suspended.user(t, osprey.RoleClient)
	c.root.patch(t, companyPath(suspended.id), object{"is_active": false}).want(200)
	someone := c.user(t, osprey.RoleClient)
	nobody := c.as("")
	const path = "/api/authorize/auth/"

	for _, tt := range []struct {
		name string
		body any
		want fault
	}{
		{"no credentials", object{}, missing("credentials")},
		{"no e-mail", object{"credentials": object{"password": userPassword}}, missing("credentials.email")},
		{"no password", object{"credentials": object{"email": someone.email}}, missing("credentials.password")},
		{"no body", nil, missing("credentials")},
		{"credentials are a text", object{"credentials": "x"}, badType("credentials")},
		{"the password is a number", login(someone.email, 1), badType("credentials.password")},
		{"not JSON", raw("application/json", "email=x"), fault{status: 400, code: 3}},
		{"wrong password", login(someone.email, "not the password"), badLogin},
		{"empty password", login(someone.email, ""), badLogin},
		{"unknown e-mail", login(unique("stranger")+mailDomain, userPassword), badLogin},
		{"disabled user", login(disabled.email, userPassword), badLogin},
		{"suspended company", login(guest.email, userPassword), badLogin},
	} {
		t.Run(tt.name, func(t *testing.T) { nobody.post(t, path, tt.body).fault(tt.want) })
	}

	t.Run("the answers are one", func(t *testing.T) {
		wrong := nobody.post(t, path, login(someone.email, "not the password"))
		for _, email := range []string{disabled.email, guest.email, unique("stranger") + mailDomain} {
			if got := nobody.post(t, path, login(email, userPassword)); string(got.body) != string(wrong.body) {
				t.Errorf("%s, but a wrong password: %s", got, wrong)
			}
		}
	})
	t.Run("sessions of the disabled and the suspended are over", func(t *testing.T) {
		disabled.get(t, "/api/folders/").fault(authInvalid)
		guest.get(t, "/api/folders/").fault(authInvalid)
		suspended.ca.get(t, "/api/folders/").fault(authInvalid)
	})
	t.Run("the case of the e-mail does not count", func(t *testing.T) {
		a := nobody.post(t, path, login(strings.ToUpper(someone.email), userPassword)).want(200)
		a.check("user.email", someone.email).check("user.user_id", someone.id).check("user.can_erase", false).check("user.otp_enabled", false)
		for _, flag := range []string{"biometry", "quality", "collection", "documents"} {
			a.check("user.can_start_analysis_"+flag, true)
		}
		if !strings.HasPrefix(a.text("access_token"), "osp_at_") || !strings.HasPrefix(a.text("expire_token"), "osp_rt_") {
			t.Error("the tokens do not tell their kind")
		}
		if date := a.number("expire_date"); date != float64(int64(date)) {
			t.Errorf("expire_date %v is no integer", date)
		}
	})
}

// TestFaultBackoff: the fifth failure in a row makes the next try wait, for that
// address and e-mail alone.
func TestFaultBackoff(t *testing.T) {
	t.Parallel()
	s := start(t) // its own: fifty failures from one address would stop every test
	c := s.tenant(t, s.admin(t))
	victim, other := c.user(t, osprey.RoleClient), c.user(t, osprey.RoleClient)
	nobody := c.as("")
	const path = "/api/authorize/auth/"
	for range 5 {
		nobody.post(t, path, login(victim.email, "a wrong one")).fault(badLogin)
	}
	limited := nobody.post(t, path, login(victim.email, userPassword))
	limited.fault(fault{status: 429, code: 18})
	victim.get(t, "/api/folders/").want(200) // open sessions go on
	c.login(t, other.email, userPassword)
	// An unknown e-mail cannot be told from a known one.
	stranger := unique("stranger") + mailDomain
	for range 5 {
		nobody.post(t, path, login(stranger, "a wrong one")).fault(badLogin)
	}
	nobody.post(t, path, login(stranger, "a wrong one")).fault(fault{status: 429, code: 18})
	// And the address as a whole has its bound.
	var last answer
	for range 60 {
		last = nobody.post(t, path, login(unique("stranger")+mailDomain, "a wrong one"))
	}
	last.fault(fault{status: 429, code: 18})
}

// pair is the answer to a login.
func pair(t *testing.T, c company, u user) answer {
	t.Helper()
	return c.as("").post(t, "/api/authorize/auth/", login(u.email, userPassword)).want(200)
}

// TestFaultRefresh: the table of api.md 3.3.
func TestFaultRefresh(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	u, thief := c.user(t, osprey.RoleClient), c.user(t, osprey.RoleClient)
	first := pair(t, c, u)
	access, expire := first.text("access_token"), first.text("expire_token")
	const path = "/api/authorize/refresh/"
	unknown := fault{401, 7, nil, "Session not found"}

	c.as(access).post(t, path, object{}).fault(missing("expire_token"))
	c.as(access).post(t, path, nil).fault(missing("expire_token"))
	c.as(access).post(t, path, object{"expire_token": 1}).fault(badType("expire_token"))
	c.as(access).post(t, path, object{"expire_token": "osp_rt_2Zb9u6cWm4xrl5n1n4w8i2crAI6oUar3d0S9xZc4lMt1b2G3f"}).fault(unknown)
	c.as(access).post(t, path, object{"expire_token": access}).fault(unknown)
	c.as("").post(t, path, object{"expire_token": expire}).fault(authMissing)
	thief.post(t, path, object{"expire_token": expire}).fault(fault{403, 9, nil, "You have not access to refresh this session"})
	c.as("osp_at_unknown").post(t, path, object{"expire_token": expire}).fault(authInvalid)

	second := c.as(access).post(t, path, object{"expire_token": expire}).want(200)
	second.check("user.user_id", u.id)
	if second.text("access_token") == access || second.text("expire_token") == expire {
		t.Error("the pair is not a new one")
	}
	// The old pair lives until the new one is used.
	c.as(access).get(t, "/api/folders/").want(200)
	c.as(second.text("access_token")).get(t, "/api/folders/").want(200)
	c.as(access).get(t, "/api/folders/").fault(authInvalid)
	c.as(second.text("access_token")).post(t, path, object{"expire_token": expire}).fault(unknown)
	c.as(second.text("access_token")).post(t, path, object{"expire_token": second.text("expire_token")}).want(200)
}

// TestFaultSession: logout, the list of sessions, ending one of them.
func TestFaultSession(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	u := c.user(t, osprey.RoleClient)
	second := pair(t, c, u)
	c.as("").post(t, "/api/authorize/logout/", nil).fault(authMissing)

	sessions := u.get(t, "/api/authorize/sessions/").want(200).check("total", 2)
	sessions.check("items.0.kind", "login").check("items.0.user_id", u.id).check("items.0.session_id", second.at("session_id"))
	for _, key := range []string{"name", "ip", "user_agent", "time_created", "last_used", "expire_date"} {
		sessions.at("items.0." + key)
	}
	u.get(t, "/api/authorize/sessions/?kind=token").want(200).check("total", 0)
	u.get(t, "/api/authorize/sessions/?kind=telepathy").fault(badValue("kind"))
	u.delete(t, "/api/authorize/sessions/"+nobodysID+"/").fault(notExist)
	admins := c.ca.get(t, "/api/authorize/sessions/?user_id="+u.id).want(200).check("total", 2)
	foreign := tenant(t)
	foreign.ca.get(t, "/api/authorize/sessions/?user_id="+u.id).want(200).check("total", 0)
	foreign.ca.delete(t, "/api/authorize/sessions/"+admins.id("items.0.session_id")+"/").fault(notExist)

	u.delete(t, "/api/authorize/sessions/"+second.text("session_id")+"/").want(204)
	c.as(second.text("access_token")).get(t, "/api/folders/").fault(authInvalid)
	u.delete(t, "/api/authorize/sessions/"+second.text("session_id")+"/").fault(notExist)
	u.post(t, "/api/authorize/logout/", nil).want(204)
	u.post(t, "/api/authorize/logout/", nil).fault(authInvalid)
	u.get(t, "/api/folders/").fault(authInvalid)
}

// TestFaultToken: service tokens (api.md 3.4).
func TestFaultToken(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	service, client := c.user(t, osprey.RoleClientService), c.user(t, osprey.RoleClient)
	path := userPath(service.id) + "tokens/"
	c.refuse(t, []refusal{
		{name: "no name", path: path, body: object{}, want: missing("name")},
		{name: "name is a number", path: path, body: object{"name": 1}, want: badType("name")},
		{name: "empty name", path: path, body: object{"name": " "}, want: badValue("name", "limit", 64, "actual", 0)},
		{name: "long name", path: path, body: object{"name": strings.Repeat("n", 65)}, want: badValue("name", "limit", 64, "actual", 65)},
		{name: "59 seconds", path: path, body: object{"name": "crm", "expires_in": 59}, want: badValue("expires_in", "limit", 60, "actual", 59)},
		{name: "beyond the maximum", path: path, body: object{"name": "crm", "expires_in": 31536001}, want: badValue("expires_in", "limit", 31536000, "actual", 31536001)},
		{name: "life is a text", path: path, body: object{"name": "crm", "expires_in": "1y"}, want: badType("expires_in")},
		{name: "not a service user", path: userPath(client.id) + "tokens/", body: object{"name": "crm"}, want: fault{status: 400, code: 4}},
		{name: "unknown user", path: userPath(nobodysID) + "tokens/", body: object{"name": "crm"}, want: notExist},
		{name: "by the service user", by: &service.caller, path: path, body: object{"name": "crm"}, want: forbidden},
	})
	made := c.ca.post(t, path, object{"name": "crm"}).want(201).check("name", "crm")
	token := made.text("access_token")
	if !strings.HasPrefix(token, "osp_sk_") {
		t.Error("a service token does not tell its kind")
	}
	c.as(token).get(t, "/api/folders/").want(200)
	list := c.ca.get(t, path).want(200).check("total", 1).check("items.0.token_id", made.at("token_id")).checkAbsent("items.0.access_token")
	if strings.Contains(string(list.body), token) {
		t.Error("the list shows the token")
	}
	service.get(t, path).want(200).check("total", 1)
	c.as(token).post(t, "/api/authorize/refresh/", object{"expire_token": token}).fault(fault{status: 401, code: 7})
	c.ca.delete(t, path+nobodysID+"/").fault(notExist)
	c.ca.delete(t, userPath(client.id)+"tokens/"+made.id("token_id")+"/").fault(notExist)
	c.ca.delete(t, path+made.id("token_id")+"/").want(204)
	c.as(token).get(t, "/api/folders/").fault(authInvalid)
}

// TestFaultRestore: password restore (api.md 3.5).
func TestFaultRestore(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	u := c.user(t, osprey.RoleClient)
	nobody := c.as("")
	const confirm = "/api/authorize/restore/confirm/"
	const fresh = "basalt otter 12 lantern"
	c.log.hide(fresh)

	nobody.post(t, "/api/authorize/restore/", object{}).fault(missing("email"))
	nobody.post(t, "/api/authorize/restore/", object{"email": u.email}).fault(fault{status: 501, code: 2})
	nobody.post(t, "/api/authorize/restore/", object{"email": unique("x") + mailDomain}).fault(fault{status: 501, code: 2})
	reset := userPath(u.id) + "password_reset/"
	c.ca.post(t, reset, object{"email": u.email}).fault(fault{status: 501, code: 2})
	c.ca.post(t, userPath(nobodysID)+"password_reset/", object{}).fault(notExist)
	u.post(t, reset, object{}).fault(forbidden)

	first := c.ca.post(t, reset, object{"email": nil}).want(201).text("reset_token")
	second := c.ca.post(t, reset, nil).want(201).text("reset_token")
	nobody.post(t, confirm, object{"token": second}).fault(missing("password"))
	nobody.post(t, confirm, object{"password": fresh}).fault(missing("token"))
	nobody.post(t, confirm, object{"token": first, "password": fresh}).fault(authInvalid) // a newer one cancels it
	nobody.post(t, confirm, object{"token": "osp_unknown", "password": fresh}).fault(authInvalid)
	nobody.post(t, confirm, object{"token": second, "password": "short"}).fault(badValue("password", "reason", "too_short", "limit", 10, "actual", 5))
	u.get(t, "/api/folders/").want(200)
	nobody.post(t, confirm, object{"token": second, "password": fresh}).want(204)
	nobody.post(t, confirm, object{"token": second, "password": fresh}).fault(authInvalid) // works once
	u.get(t, "/api/folders/").fault(authInvalid)                                           // ends all sessions
	nobody.post(t, "/api/authorize/auth/", login(u.email, userPassword)).fault(badLogin)
	c.login(t, u.email, fresh).get(t, "/api/folders/").want(200)
}
