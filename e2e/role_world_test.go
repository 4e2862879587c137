package e2e

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/access"
)

// world is two companies with users of every role in the first.
type world struct {
	a, b  company
	root  caller
	users []user
	mate  user // CLIENT of the first company, whose things are the colleague's
	host  user // the same of the second
	lists map[string]ids
	cache map[string]ids
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{a: tenant(t), b: tenant(t), cache: map[string]ids{}, lists: map[string]ids{}}
	w.root = w.a.root
	for _, role := range osprey.Roles {
		w.users = append(w.users, w.a.user(t, role))
	}
	eraser := w.a.user(t, osprey.RoleClientService, object{"can_erase": true})
	eraser.erases = true
	w.users = append(w.users, eraser)
	w.mate, w.host = w.a.user(t, osprey.RoleClient), w.b.user(t, osprey.RoleClient)
	return w
}

func (u user) name() string {
	if u.erases {
		return string(u.role) + " that may erase"
	}
	return string(u.role)
}

// ids are the ids of an object and of what it hangs on, by noun.
type ids map[string]string

func (i ids) clone() ids { return maps.Clone(i) }

// fill puts ids into a path.
func (i ids) fill(path string) string {
	for noun, id := range i {
		path = strings.ReplaceAll(path, "{"+noun+"}", id)
	}
	return path
}

// noun is a kind of object.
type noun struct {
	key  string
	kind string // tells nouns of one key apart
	at   string // where an administrator reads it, empty: nowhere
	// make makes one that is a user's, or takes one where owners do not matter.
	make func(t *testing.T, w *world, c company, owner user) ids
	// owned tells whether there is an own one for the caller.
	owned func(user) bool
}

func always(user) bool { return true }
func never(user) bool  { return false }

// places are those that a test of the noun looks at.
func (n noun) places(rule access.Rule, u user) []place {
	if n.make == nil {
		return []place{own}
	}
	var out []place
	if n.owned(u) {
		out = append(out, own)
		if rule.Of(u.role) == access.RangeOwnUntouched {
			out = append(out, ownAnalysed)
		}
	}
	return append(out, mates, foreign)
}

// object gives an object of a place, a fresh one when the call will use it up.
func (w *world) object(t *testing.T, n noun, u user, where place, fresh bool) ids {
	t.Helper()
	if n.make == nil {
		return ids{}
	}
	key := fmt.Sprint(n.key, n.kind, where)
	if where == own || where == ownAnalysed {
		key += u.id
	}
	if id, ok := w.cache[key]; ok && !fresh {
		return id
	}
	c, owner := w.a, u
	switch where {
	case mates:
		owner = w.mate
	case foreign:
		c, owner = w.b, w.host
	}
	id := n.make(t, w, c, owner)
	if where == ownAnalysed {
		owner.analyse(t, id["folder"], object{"collection_id": w.list(t, w.a)["collection"]})
	}
	if !fresh {
		w.cache[key] = id
	}
	return id
}

// list is a collection of a company with somebody whose matches an operator
// decides.
func (w *world) list(t *testing.T, c company) ids {
	t.Helper()
	if w.lists[c.id] == nil {
		list := c.collection(t, object{"on_match": "operator"})
		c.person(t, list, people(t).cem[0])
		w.lists[c.id] = ids{"collection": list, "company": c.id}
	}
	return w.lists[c.id]
}

var (
	nothing   = noun{}
	companies = noun{
		key: "company", at: "/api/companies/{company}/", owned: never,
		make: func(_ *testing.T, _ *world, c company, _ user) ids { return ids{"company": c.id} },
	}
	emptyCompanies = noun{
		key: "company", at: "/api/companies/{company}/", owned: never,
		make: func(t *testing.T, w *world, _ company, _ user) ids {
			return ids{"company": w.root.post(t, "/api/companies/", object{"name": unique("empty")}).want(201).id("company_id")}
		},
	}
	unsigned = noun{
		key: "company", kind: "unsigned", at: "/api/companies/{company}/", owned: never,
		make: func(t *testing.T, w *world, c company, _ user) ids {
			w.dropSecrets(t, c)
			return ids{"company": c.id}
		},
	}
	webhookSecrets = noun{
		key: "secret", owned: never,
		make: func(t *testing.T, w *world, c company, _ user) ids {
			w.dropSecrets(t, c)
			return ids{"company": c.id, "secret": w.root.post(t, companyPath(c.id)+"webhook_secrets/", nil).want(201).id("secret_id")}
		},
	}
	deliveries = noun{key: "delivery", at: "/api/webhooks/deliveries/{delivery}/", owned: never, make: makeDelivery}
	usersNoun  = noun{
		key: "user", at: "/api/users/{user}/", owned: always,
		make: func(_ *testing.T, _ *world, _ company, owner user) ids { return ids{"user": owner.id} },
	}
	spareUsers = noun{
		key: "user", at: "/api/users/{user}/", owned: never,
		make: func(t *testing.T, _ *world, c company, _ user) ids {
			return ids{"user": c.user(t, osprey.RoleClient).id}
		},
	}
	services = noun{key: "user", owned: func(u user) bool { return u.role == osprey.RoleClientService }, make: makeToken}
	tokens   = noun{key: "token", owned: services.owned, make: makeToken}
	sessions = noun{
		key: "session", owned: always,
		make: func(t *testing.T, w *world, _ company, owner user) ids {
			a := w.a.as("").post(t, "/api/authorize/auth/", login(owner.email, userPassword)).want(200)
			return ids{"session": a.id("session_id"), "access": a.text("access_token"), "expire": a.text("expire_token")}
		},
	}
	collections = noun{
		key: "collection", at: "/api/collections/{collection}/", owned: never,
		make: func(t *testing.T, _ *world, c company, _ user) ids {
			return ids{"collection": c.collection(t), "company": c.id}
		},
	}
	personsNoun  = noun{key: "person", at: "/api/collections/{collection}/persons/{person}/", owned: isClient, make: makePerson}
	photos       = noun{key: "image", at: "/api/collections/{collection}/persons/{person}/images/{image}/", owned: isClient, make: makePerson}
	folders      = noun{key: "folder", at: "/api/folders/{folder}/", owned: always, make: makeFolder}
	mediaNoun    = noun{key: "media", at: "/api/media/{media}/", owned: always, make: makeFolder}
	resultImages = noun{key: "media", kind: "result", at: "/api/media/{media}/", owned: always, make: makePortrait}
	templates    = noun{key: "template", at: "/api/templates/{template}/", owned: never, make: makeTemplate}
	reports      = noun{key: "report", at: "/api/reports/{report}/", owned: always, make: makeReport}
	analyses     = noun{key: "analysis", at: "/api/analyses/{analysis}/", owned: always, make: makeAnalysis}
)

func isClient(u user) bool { return u.role == osprey.RoleClient }

func makeTemplate(t *testing.T, _ *world, c company, _ user) ids {
	t.Helper()
	id := c.ca.post(t, "/api/templates/", object{"name": "std"}).want(201).id("template_id")
	logo := c.ca.upload(t, "/api/templates/"+id+"/attachments/", file("logo", "logo.png", pngOf(64, 64))).want(201)
	return ids{"company": c.id, "template": id, "attachment": logo.id("attachment_id")}
}

func makeReport(t *testing.T, w *world, c company, owner user) ids {
	t.Helper()
	id := makeFolder(t, w, c, owner)
	id["report"] = c.ca.post(t, folderPath(id["folder"])+"reports/", object{"format": "json"}).want(201).id("report_id")
	return id
}

func makeToken(t *testing.T, w *world, c company, owner user) ids {
	t.Helper()
	id := owner.id
	if owner.role != osprey.RoleClientService {
		id = c.user(t, osprey.RoleClientService).id
	}
	a := w.root.post(t, userPath(id)+"tokens/", object{"name": "probe"}).want(201)
	return ids{"user": id, "token": a.id("token_id")}
}

// makePerson enrols somebody. For a CLIENT under test it is somebody whom an
// analysis in a folder of that user matched: the only persons it may see. There is
// a second person to move photos to.
func makePerson(t *testing.T, w *world, c company, owner user) ids {
	t.Helper()
	p := people(t)
	list := c.collection(t)
	a := c.person(t, list, p.dua[0], p.dua[1])
	other := c.person(t, list, p.fay[0])
	id := ids{"company": c.id, "collection": list, "person": a.id("person_id"), "image": a.id("images.1.person_image_id"), "target": other.id("person_id")}
	if owner.id != w.mate.id && owner.id != w.host.id {
		folder := owner.upload(t, "/api/folders/", photo("photo1", p.dua[1])).want(201).id("folder_id")
		id["image"] = owner.analyse(t, folder, object{"collection_id": list}).text("results_media.0.person_image_id")
	}
	return id
}

// noReceiver is an address of which nobody can answer (RFC 2606).
const noReceiver = "https://receiver.invalid/hook"

func makeDelivery(t *testing.T, w *world, c company, owner user) ids {
	t.Helper()
	id := makeFolder(t, w, c, owner)
	owner.analyse(t, id["folder"], object{"collection_id": id["collection"], "resolution_endpoint": noReceiver})
	id["delivery"] = w.root.get(t, "/api/webhooks/deliveries/?folder_id="+id["folder"]).want(200).id("items.0.delivery_id")
	return id
}

// dropSecrets leaves a company without secrets that sign webhooks.
func (w *world) dropSecrets(t *testing.T, c company) {
	t.Helper()
	path := companyPath(c.id) + "webhook_secrets/"
	list := w.root.get(t, path).want(200)
	for i := range list.list("items") {
		w.root.delete(t, path+list.id(fmt.Sprintf("items.%d.secret_id", i))+"/").want(204)
	}
}

func makeFolder(t *testing.T, w *world, c company, owner user) ids {
	t.Helper()
	a := owner.upload(t, "/api/folders/", photo("photo1", people(t).cem[1]), payload(object{"company_id": c.id})).want(201)
	return ids{"company": c.id, "folder": a.id("folder_id"), "media": a.id("media.0.media_id"), "collection": w.list(t, c)["collection"]}
}

// makeAnalysis makes one that waits for an operator.
func makeAnalysis(t *testing.T, w *world, c company, owner user) ids {
	t.Helper()
	id := makeFolder(t, w, c, owner)
	a := owner.analyse(t, id["folder"], object{"collection_id": id["collection"]}).check("resolution_status", "OPERATOR_REQUIRED")
	id["analysis"] = a.id("analysis_id")
	return id
}

// makePortrait makes the image that a DOCUMENTS analysis cuts out of a photo.
func makePortrait(t *testing.T, _ *world, c company, owner user) ids {
	t.Helper()
	a := owner.upload(t, "/api/folders/", photo("photo1", people(t).cem[1]), payload(object{"company_id": c.id, "media:tags": object{"photo1": []string{"photo_id_front"}}})).want(201)
	done := owner.analyse(t, a.id("folder_id"), object{"type": "DOCUMENTS"}).check("state", "FINISHED")
	return ids{"company": c.id, "folder": a.id("folder_id"), "media": done.id("results_media.0.output_images.0.media_id"), "source": a.id("media.0.media_id"), "analysis": done.id("analysis_id")}
}
