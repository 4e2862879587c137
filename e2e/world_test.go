package e2e

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/testphoto"
)

// What must not show up in a log: addresses end alike, passwords are one, and the
// names of persons and users are these.
const (
	mailDomain   = "@e2e.example"
	userPassword = "granite lantern 41 otter"
	firstName    = "Quillon"
	middleName   = "Jameson"
	lastName     = "Featherstonehaugh"
)

var counter atomic.Int64

// unique makes a name that no other test has.
func unique(prefix string) string { return fmt.Sprintf("%s-%d", prefix, counter.Add(1)) }

// company is a company with the session of its CLIENT_ADMIN.
type company struct {
	*server
	id   string
	name string
	ca   caller
	root caller // an ADMIN
}

// tenant makes a company on the shared server.
func tenant(tb testing.TB) company {
	tb.Helper()
	s := shared.get(tb)
	return s.tenant(tb, shared.root)
}

// tenant makes a company with its CLIENT_ADMIN.
func (s *server) tenant(tb testing.TB, root caller) company {
	tb.Helper()
	s.log.hide(mailDomain, userPassword, firstName, lastName)
	name := unique("test company")
	c := company{server: s, name: name, root: root}
	c.id = root.post(tb, "/api/companies/", object{"name": name}).want(201).id("company_id")
	c.ca = c.user(tb, osprey.RoleClientAdmin).caller
	return c
}

// user is somebody with a session.
type user struct {
	caller
	id    string
	email string
	role  osprey.Role
	// erases tells a CLIENT_SERVICE user with can_erase.
	erases bool
}

// newUser is the body that makes a user of a role.
func newUser(role osprey.Role, company string) object {
	body := object{
		"email": unique("user") + mailDomain, "password": userPassword,
		"first_name": firstName, "last_name": lastName, "user_type": string(role),
	}
	if role.InCompany() {
		body["company_id"] = company
	}
	return body
}

// user makes a user of the company, or of none for the roles outside companies;
// more holds further keys.
func (c company) user(tb testing.TB, role osprey.Role, more ...object) user {
	tb.Helper()
	body := newUser(role, c.id)
	for _, o := range more {
		for k, v := range o {
			body[k] = v
		}
	}
	a := c.root.post(tb, "/api/users/", body).want(201)
	u := user{id: a.id("user_id"), email: a.text("email"), role: role}
	u.caller = c.login(tb, u.email, body["password"].(string))
	return u
}

// collection makes a collection with further keys.
func (c company) collection(tb testing.TB, more ...object) string {
	tb.Helper()
	body := object{"alias": unique("list"), "company_id": c.id}
	for _, o := range more {
		for k, v := range o {
			body[k] = v
		}
	}
	return c.ca.post(tb, "/api/collections/", body).want(201).id("collection_id")
}

// person enrols photos of a new person and gives the answer.
func (c company) person(tb testing.TB, collection string, photos ...testphoto.Photo) answer {
	tb.Helper()
	return c.ca.upload(tb, persons(collection), photoParts("image", photos)...).want(201)
}

// folder makes a folder with photos and gives the answer.
func (c company) folder(tb testing.TB, photos ...testphoto.Photo) answer {
	tb.Helper()
	return c.ca.upload(tb, "/api/folders/", photoParts("photo", photos)...).want(201)
}

// photoParts are photographs under names counted from 1.
func photoParts(prefix string, photos []testphoto.Photo) []part {
	var parts []part
	for i, p := range photos {
		parts = append(parts, photo(fmt.Sprintf("%s%d", prefix, i+1), p))
	}
	return parts
}

// analyse starts a COLLECTION analysis of a folder and waits for its end.
func (c caller) analyse(tb testing.TB, folder string, more ...object) answer {
	tb.Helper()
	entry := object{"type": "COLLECTION"}
	for _, o := range more {
		for k, v := range o {
			entry[k] = v
		}
	}
	a := c.post(tb, analysesOf(folder), object{"analyses": []any{entry}}).want(201)
	return c.finished(tb, a.id("0.analysis_id"))
}

// finished waits until an analysis is not PROCESSING any more.
func (c caller) finished(tb testing.TB, analysis string) answer {
	tb.Helper()
	for range 10 {
		if a := c.get(tb, analysisPath(analysis)+"?wait=60").want(200); a.text("state") != "PROCESSING" {
			return a
		}
	}
	tb.Fatalf("analysis %s does not end\n%s", analysis, c.server.log.tail())
	return answer{}
}

// Paths, with their slashes.
func collectionPath(id string) string     { return "/api/collections/" + id + "/" }
func persons(collection string) string    { return collectionPath(collection) + "persons/" }
func personPath(coll, id string) string   { return persons(coll) + id + "/" }
func images(coll, person string) string   { return personPath(coll, person) + "images/" }
func folderPath(id string) string         { return "/api/folders/" + id + "/" }
func mediaOf(folder string) string        { return folderPath(folder) + "media/" }
func mediaPath(id string) string          { return "/api/media/" + id + "/" }
func analysesOf(folder string) string     { return folderPath(folder) + "analyses/" }
func analysisPath(id string) string       { return "/api/analyses/" + id + "/" }
func userPath(id string) string           { return "/api/users/" + id + "/" }
func companyPath(id string) string        { return "/api/companies/" + id + "/" }
func imagePath(c, p, image string) string { return images(c, p) + image + "/" }

// census counts all that a company has. A refused request leaves it as it was.
func (c company) census(tb testing.TB) string {
	tb.Helper()
	var b strings.Builder
	for _, list := range []string{"users", "collections", "folders", "analyses"} {
		total := c.root.get(tb, "/api/"+list+"/?limit=0&company_id="+c.id).want(200).number("total")
		fmt.Fprintf(&b, "%s %v, ", list, total)
	}
	all := c.root.get(tb, "/api/collections/?limit=1000&sorting=time_created{asc}&company_id="+c.id).want(200)
	for i := range all.list("items") {
		at := fmt.Sprintf("items.%d.", i)
		fmt.Fprintf(&b, "%s: persons %v, images %v, updated %v; ", all.text(at+"alias"),
			all.number(at+"persons_count"), all.number(at+"images_count"), all.number(at+"time_updated"))
	}
	folders := c.root.get(tb, "/api/folders/?limit=1000&sorting=time_created{asc}&company_id="+c.id).want(200)
	for i := range folders.list("items") {
		at := fmt.Sprintf("items.%d.", i)
		fmt.Fprintf(&b, "folder: media %d, status %v; ", len(folders.list(at+"media")), folders.text(at+"resolution_status"))
	}
	return b.String()
}

// unchanged runs what must leave no trace in the company.
func (c company) unchanged(tb testing.TB, what func()) {
	tb.Helper()
	before := c.census(tb)
	what()
	if after := c.census(tb); after != before {
		tb.Errorf("something was stored:\nbefore %s\nafter  %s", before, after)
	}
}
