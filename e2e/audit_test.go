package e2e

import (
	"bytes"
	"database/sql"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3" // to edit what nobody may edit

	"example.org/osprey"
)

// written is a call that changes or hands out something, and the record that it leaves.
type written struct {
	action, object string
	denied         bool
	do             func() (id string) // of the object; empty: not looked at
}

// told finds the newest record of an action and holds it against the call.
func (w written) told(t *testing.T, by caller) {
	t.Helper()
	id := w.do()
	outcome := "ok"
	if w.denied {
		outcome = "denied"
	}
	a := by.get(t, "/api/audit/?limit=1&action="+w.action+"&outcome="+outcome).want(200)
	if a.number("total") == 0 {
		t.Errorf("%s (%s) is not in the log", w.action, outcome)
		return
	}
	a.check("items.0.action", w.action).check("items.0.outcome", outcome)
	if w.object != "" {
		a.check("items.0.object_type", w.object)
	}
	if id != "" {
		a.check("items.0.object_id", id)
	}
	if !w.denied && a.at("items.0.actor_user_id") == nil && w.action != "analysis.finish" {
		t.Errorf("%s: nobody did it", a)
	}
}

// TestAudit: every write of api.md 15.3 is in the log, which holds nothing of persons.
func TestAudit(t *testing.T) {
	t.Parallel()
	p := people(t)
	s := start(t)
	root := s.admin(t)
	c, other := s.tenant(t, root), s.tenant(t, root)
	service := c.user(t, osprey.RoleClientService, object{"can_erase": true})
	operator := c.user(t, osprey.RoleClientOperator)
	var list, person, image, folder, medium, analysis, spare, token, template, attachment, report, secret string

	companies := []written{
		{"user.create", "user", false, func() string { spare = c.user(t, osprey.RoleClient).id; return spare }},
		{"session.login", "", false, func() string { c.login(t, operator.email, userPassword); return "" }},
		{"session.login", "", true, func() string {
			s.as("").post(t, "/api/authorize/auth/", login(operator.email, "not the password")).want(401)
			return ""
		}},
		{"session.logout", "", false, func() string {
			c.login(t, operator.email, userPassword).post(t, "/api/authorize/logout/", nil).want(204)
			return ""
		}},
		{"token.create", "", false, func() string {
			a := c.ca.post(t, userPath(service.id)+"tokens/", object{"name": "crm"}).want(201)
			token = a.id("token_id")
			s.log.hide(a.text("access_token"))
			return ""
		}},
		{"token.delete", "", false, func() string { c.ca.delete(t, userPath(service.id)+"tokens/"+token+"/").want(204); return "" }},
		{"user.password_reset", "user", false, func() string {
			c.ca.post(t, userPath(spare)+"password_reset/", object{}).want(201)
			return spare
		}},
		{"user.change", "user", false, func() string {
			c.ca.patch(t, userPath(spare), object{"first_name": firstName, "middle_name": middleName}).want(200)
			return spare
		}},
		{"user.delete", "user", false, func() string { c.ca.delete(t, userPath(spare)).want(204); return spare }},
		{"company.change", "company", false, func() string {
			c.ca.patch(t, companyPath(c.id), object{"meta_data": object{"owner": lastName}}).want(200)
			return c.id
		}},
		{"company.change", "company", false, func() string {
			c.ca.patch(t, companyPath(c.id), object{"resolution_endpoint": "https://hooks.example.com/osprey"}).want(200)
			c.ca.patch(t, companyPath(c.id), object{"resolution_endpoint": nil}).want(200)
			return c.id
		}},
		{"webhook_secret.create", "webhook_secret", false, func() string {
			a := c.ca.post(t, companyPath(c.id)+"webhook_secrets/", nil).want(201)
			s.log.hide(a.text("secret"))
			secret = a.id("secret_id")
			return secret
		}},
		{"webhook_secret.delete", "webhook_secret", false, func() string {
			c.ca.delete(t, companyPath(c.id)+"webhook_secrets/"+secret+"/").want(204)
			return secret
		}},
		{"webhook_secret.create", "", true, func() string {
			operator.post(t, companyPath(c.id)+"webhook_secrets/", nil).want(403)
			return ""
		}},
		{"webhook.test", "webhook", false, func() string {
			// Nothing listens there: the call is logged, whatever came of it.
			c.ca.post(t, "/api/webhooks/test/", object{"url": "https://localhost/"}).want(200).check("http_status", nil)
			return ""
		}},
		{"quota.change", "company", false, func() string { c.limits(t, monthly("biometry", 9)); return c.id }},
		{"collection.create", "collection", false, func() string { list = c.collection(t, object{"on_match": "operator"}); return list }},
		{"collection.update", "collection", false, func() string {
			c.ca.patch(t, collectionPath(list), object{"threshold": 0.85}).want(200)
			return list
		}},
		{"person.create", "person", false, func() string {
			a := c.ca.upload(t, persons(list), photo("image1", p.ada[0]), payload(object{"person:meta_data": object{"person_info": object{"first_name": firstName}}})).want(201)
			person = a.id("person_id")
			return person
		}},
		{"person_image.create", "person", false, func() string {
			image = c.ca.upload(t, images(list, person), photo("image1", p.ada[1])).want(201).id("images.0.person_image_id")
			return person
		}},
		{"person_image.read", "", false, func() string { root.get(t, imagePath(list, person, image)).want(200); return "" }},
		{"person.update", "person", false, func() string {
			c.ca.patch(t, personPath(list, person), object{"meta_data": object{"name": lastName}}).want(200)
			return person
		}},
		{"collection.search", "collection", false, func() string {
			c.ca.upload(t, collectionPath(list)+"search/", photo("photo", p.ada[2])).want(200)
			return list
		}},
		{"collection.export", "collection", false, func() string { c.ca.get(t, collectionPath(list)+"export/").want(200); return list }},
		{"person.export", "person", false, func() string { c.ca.get(t, personPath(list, person)+"export/").want(200); return person }},
		{"person_image.move", "", false, func() string {
			target := c.person(t, list, p.fay[0]).id("person_id")
			c.ca.post(t, personPath(list, person)+"move_images/", object{"target_person_id": target, "images": []string{image}}).want(200)
			c.ca.delete(t, imagePath(list, target, image)).want(204)
			return ""
		}},
		{"person_image.delete", "", false, func() string { return "" }},
		{"folder.create", "folder", false, func() string {
			a := c.ca.upload(t, "/api/folders/", photo("photo1", p.ada[2]), payload(object{"folder:meta_data": object{"client_iin": lastName}})).want(201)
			folder, medium = a.id("folder_id"), a.id("media.0.media_id")
			return folder
		}},
		{"media.create", "folder", false, func() string { c.ca.upload(t, mediaOf(folder), photo("photo2", p.nobody)).want(201); return folder }},
		{"media.update", "media", false, func() string {
			c.ca.patch(t, mediaPath(medium), object{"tags": []string{"photo_selfie"}}).want(200)
			return medium
		}},
		{"analysis.create", "folder", false, func() string {
			a := c.ca.post(t, analysesOf(folder), object{"analyses": []object{{"type": "COLLECTION", "source_media": []string{medium}}}}).want(201)
			analysis = a.id("0.analysis_id")
			c.ca.finished(t, analysis).check("resolution_status", "OPERATOR_REQUIRED")
			return folder
		}},
		{"analysis.finish", "analysis", false, func() string { return analysis }},
		{"person.delete", "", true, func() string { c.ca.delete(t, personPath(list, person)).want(409); return "" }},
		{"analysis.verdict", "analysis", false, func() string {
			operator.patch(t, analysisPath(analysis), object{"resolution_status": "DECLINED"}).want(200)
			return analysis
		}},
		{"analysis.verdict", "", true, func() string {
			c.ca.patch(t, analysisPath(analysis), object{"resolution_status": "SUCCESS"}).want(403)
			return ""
		}},
		{"template.create", "template", false, func() string {
			template = c.ca.post(t, "/api/templates/", object{"name": "standard", "title": lastName}).want(201).id("template_id")
			return template
		}},
		{"template.update", "template", false, func() string {
			c.ca.patch(t, "/api/templates/"+template+"/", object{"footer": firstName}).want(200)
			return template
		}},
		{"template.update", "template", false, func() string {
			path := "/api/templates/" + template + "/attachments/"
			attachment = c.ca.upload(t, path, file("logo", "logo.png", pngOf(64, 64))).want(201).id("attachment_id")
			return template
		}},
		{"report.create", "folder", false, func() string {
			a := c.ca.post(t, folderPath(folder)+"reports/", object{"format": "json", "template_id": template}).want(201)
			report = a.id("report_id")
			return folder
		}},
		{"report.delete", "report", false, func() string { c.ca.delete(t, "/api/reports/"+report+"/").want(204); return report }},
		{"template.update", "template", false, func() string {
			c.ca.delete(t, "/api/templates/"+template+"/attachments/"+attachment+"/").want(204)
			return template
		}},
		{"template.delete", "template", false, func() string { c.ca.delete(t, "/api/templates/"+template+"/").want(204); return template }},
		{"template.change", "", true, func() string { operator.post(t, "/api/templates/", object{"name": "x"}).want(403); return "" }},
		{"folder.read", "folder", false, func() string { root.get(t, folderPath(folder)).want(200); return folder }},
		{"media.read", "media", false, func() string { root.get(t, mediaPath(medium)).want(200); return medium }},
		{"person.read", "person", false, func() string { root.get(t, personPath(list, person)).want(200); return person }},
		{"analysis.delete", "analysis", false, func() string { c.ca.delete(t, analysisPath(analysis)).want(204); return analysis }},
		{"person.delete", "person", false, func() string { c.ca.delete(t, personPath(list, person)).want(204); return person }},
		{"media.delete", "media", false, func() string { c.ca.delete(t, mediaPath(medium)).want(204); return medium }},
		{"folder.delete", "folder", false, func() string { c.ca.delete(t, folderPath(folder)).want(204); return folder }},
		{"collection.delete", "collection", false, func() string { id := c.collection(t); c.ca.delete(t, collectionPath(id)).want(204); return id }},
		{"company.create", "", true, func() string { c.ca.post(t, "/api/companies/", object{"name": "x"}).want(403); return "" }},
	}
	for _, w := range companies {
		w.told(t, c.ca)
	}
	for _, w := range []written{
		{"setting.change", "setting", false, func() string {
			root.patch(t, "/api/settings/", object{"collection.threshold": 0.9}).want(200)
			return ""
		}},
		{"company.create", "company", false, func() string {
			spare = root.post(t, "/api/companies/", object{"name": unique("audited")}).want(201).id("company_id")
			return spare
		}},
		{"company.delete", "company", false, func() string { root.delete(t, companyPath(spare)).want(204); return spare }},
	} {
		w.told(t, root)
	}

	t.Run("nothing of persons", func(t *testing.T) {
		word := regexp.MustCompile(`^[A-Za-z0-9_.:\[\]-]*$`)
		seen := 0
		for offset := 0; ; offset += 500 {
			a := root.get(t, fmt.Sprintf("/api/audit/?limit=500&offset=%d", offset)).want(200)
			for i, v := range a.list("items") {
				seen++
				for key, detail := range v.(object)["details"].(object) {
					switch d := detail.(type) {
					case string:
						if !word.MatchString(d) {
							t.Errorf("item %d: %s is %q", i, key, d)
						}
					case float64:
						if d != float64(int64(d)) {
							t.Errorf("item %d: %s is %v: a score?", i, key, d)
						}
					case nil, bool, []any:
					default:
						t.Errorf("item %d: %s is a %T", i, key, d)
					}
				}
			}
			for _, secret := range []string{firstName, middleName, lastName, mailDomain, userPassword, adminEmail, adminPassword, c.name, c.ca.token} {
				if bytes.Contains(a.body, []byte(secret)) {
					t.Errorf("the log holds %q", secret)
				}
			}
			if len(a.list("items")) < 500 {
				break
			}
		}
		if seen < len(companies) {
			t.Errorf("%d records", seen)
		}
	})
	t.Run("who sees what", func(t *testing.T) {
		a := c.ca.get(t, "/api/audit/?limit=1000").want(200)
		for i := range a.list("items") {
			a.check(fmt.Sprintf("items.%d.chain", i), c.id)
		}
		for _, query := range []string{"company_id=" + c.id, "object_id=" + folder, "actor_user_id=" + service.id} {
			other.ca.get(t, "/api/audit/?"+query).want(200).check("total", 0)
		}
		other.ca.get(t, "/api/audit/verify/?company_id="+c.id).fault(notExist)
		root.get(t, "/api/audit/?company_id.exclude="+c.id+","+other.id+"&limit=1").want(200).check("items.0.chain", "system").check("items.0.company_id", nil)
	})
	t.Run("filters and order", func(t *testing.T) {
		a := c.ca.get(t, "/api/audit/?limit=3").want(200)
		newest := a.number("items.0.seq")
		if a.number("items.1.seq") != newest-1 || a.number("items.2.seq") != newest-2 || a.number("total") != newest {
			t.Errorf("%s: seq has a gap or is not descending", a)
		}
		if a.text("items.0.prev_hash") != a.text("items.1.hash") {
			t.Errorf("%s: not a chain", a)
		}
		c.ca.get(t, "/api/audit/?seq.min=3&seq.max=5").want(200).check("total", 3).check("items.0.seq", 5)
		c.ca.get(t, "/api/audit/?object_type=folder&action=folder.delete&object_id="+folder).want(200).check("total", 1)
		c.ca.get(t, "/api/audit/?actor_user_id="+operator.id+"&action=analysis.verdict").want(200).check("total", 1)
		c.ca.get(t, "/api/audit/?time_created.max=1000").want(200).check("total", 0)
		c.ca.get(t, "/api/audit/?action=folder.create,folder.delete").want(200).check("total", 2)
		for query, field := range map[string]string{
			"outcome=maybe": "outcome", "seq.min=-1": "seq.min", "seq.max=x": "seq.max", "company_id=x": "company_id",
			"actor_user_id=x": "actor_user_id", "time_created.min=x": "time_created.min", "limit=1001": "limit",
		} {
			c.ca.get(t, "/api/audit/?"+query).fault(badValue(field))
		}
	})
	t.Run("verify", func(t *testing.T) {
		a := c.ca.get(t, "/api/audit/verify/").want(200).check("valid", true).check("chain", c.id).check("first_seq", 1).check("first_bad_seq", nil)
		head := c.ca.get(t, "/api/audit/?limit=1").want(200)
		a.check("head_hash", head.text("items.0.hash")).check("last_seq", head.at("items.0.seq"))
		root.get(t, "/api/audit/verify/").want(200).check("valid", true).check("chain", "system")
	})
	t.Run("on the command line", func(t *testing.T) { auditCommands(t, s, c) })
}

// auditCommands: the commands tell what the API tells, and find what was edited.
func auditCommands(t *testing.T, s *server, c company) {
	r := s.osprey(t, "-o", "json", "audit", "list", "--company", c.name, "--action", "folder.create").exits(0).json()
	r.check("0.action", "folder.create").check("0.chain", c.id)
	if out := s.osprey(t, "audit", "list", "--limit", "3").exits(0).stdout; len(strings.Split(strings.TrimSpace(out), "\n")) != 4 {
		t.Errorf("a table of 3:\n%s", out)
	}
	s.osprey(t, "-o", "json", "audit", "verify", "--company", c.name).exits(0).json().check("0.valid", true).check("0.chain", c.id)
	gone := c.root.post(t, "/api/companies/", object{"name": unique("gone")}).want(201).id("company_id")
	c.root.delete(t, companyPath(gone)).want(204)
	ends := map[any]any{}
	chains := s.osprey(t, "-o", "json", "audit", "verify").exits(0).json().list("")
	for _, v := range chains {
		ends[v.(object)["chain"]] = v.(object)["last_seq"]
	}
	if end, _ := ends[gone].(float64); len(chains) < 3 || len(ends) != len(chains) || end < 1 {
		t.Errorf("%v; the deleted company is %s", ends, gone)
	}
	if _, err := s.stop(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", filepath.Join(s.dir, "osprey.db"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec("UPDATE audit_record SET record = REPLACE(CAST(record AS TEXT), 'audit_id', 'audit_ix') WHERE chain = ? AND seq = 4", c.id)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	broken := s.osprey(t, "-o", "json", "audit", "verify", "--company", c.name).exits(8)
	if !strings.Contains(broken.stdout, `"first_bad_seq": 4`) {
		t.Errorf("%s", broken.stdout)
	}
	s.osprey(t, "audit", "verify").exits(8)
	s.osprey(t, "audit", "verify", "--company", "nobody").exits(3)
}

// TestAuditRetention: old records go, and the chain verifies from behind them.
func TestAuditRetention(t *testing.T) {
	t.Parallel()
	s := start(t, "OSPREY_AUDIT_RETENTION=1s")
	root := s.admin(t)
	c := s.tenant(t, root)
	err := s.poll("rid of old records", stopPatience, func() bool {
		a, err := c.ca.try("GET", "/api/audit/verify/", nil)
		if err != nil {
			return false
		}
		first, _ := a.look("first_seq")
		n, _ := first.(float64)
		return n > 1
	})
	if err != nil {
		t.Fatal(err)
	}
	c.ca.get(t, "/api/audit/verify/").want(200).check("valid", true)
	a := c.ca.get(t, "/api/audit/?action=audit.retention&limit=1").want(200)
	if a.number("items.0.details.dropped_seq") < 1 || len(a.text("items.0.details.dropped_hash")) != 64 {
		t.Errorf("%s", a)
	}
}
