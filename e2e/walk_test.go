package e2e

import (
	"strings"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/testphoto"
)

// The names that the walk-through of api.md 18 uses.
const (
	walkEmail = "ca@example.com"
	walkName  = "walk-through test"
)

// album is the files of the walk-through.
type album struct {
	john                        [3]testphoto.Photo
	live, other, nobody, couple testphoto.Photo
}

func walkAlbum(tb testing.TB) album {
	tb.Helper()
	p := people(tb)
	return album{john: [3]testphoto.Photo{p.ada[0], p.ada[1], p.ada[2]}, live: p.ada[3], other: p.bea[0], nobody: p.nobody, couple: p.two}
}

// walk is one run of the walk-through: what its steps know of each other.
type walk struct {
	*testing.T
	album
	caller

	company, list, person string
	images                []string // person_image_ids
	folder, second, third string
	analysis              string
	matched               string // the person_image_id of step 13
	original              string // an original_url of step 11
}

// step is one row of the table; restart marks those after which the durability
// variant kills the server.
type step struct {
	name    string
	restart bool
	run     func(*walk)
}

// walkSteps are the steps of api.md 18.
var walkSteps = []step{
	{"01 login", false, func(w *walk) {
		a := w.as("").post(w, "/api/authorize/auth/",
			object{"credentials": object{"email": walkEmail, "password": userPassword}})
		a.want(200).check("user.user_type", "CLIENT_ADMIN")
		slashless := w.slashless
		w.caller = w.as(a.text("access_token"))
		w.slashless = slashless
		if w.token == "" {
			w.Fatal("access_token is empty")
		}
	}},
	{"02 find the company", false, func(w *walk) {
		a := w.get(w, "/api/companies/?search_text=test").want(200)
		w.company = a.id("items.0.company_id")
		if a.number("total") < 1 {
			w.Errorf("%s: total", a)
		}
	}},
	{"03 create collection", false, func(w *walk) {
		a := w.post(w, "/api/collections/", object{"alias": "blacklist", "company_id": w.company}).want(201)
		w.list = a.id("collection_id")
		a.check("alias", "blacklist").check("on_match", "decline").check("persons_count", 0)
	}},
	{"04 same alias again", false, func(w *walk) {
		a := w.post(w, "/api/collections/", object{"alias": "blacklist", "company_id": w.company})
		a.fault(fault{status: 409, code: 15, details: object{"field": "alias", "reason": "alias_taken", "collection_id": w.list}})
	}},
	{"05 add person", true, func(w *walk) {
		a := w.upload(w, persons(w.list), photo("image1", w.john[0]), payload(object{
			"media:tags":       object{"image1": []string{"photo_selfie", "orientation_portrait"}},
			"person:meta_data": object{"person_info": object{"first_name": "John", "middle_name": "Jameson", "last_name": "Doe"}},
		})).want(201)
		w.person = a.id("person_id")
		a.check("meta_data.person_info.last_name", "Doe").check("images_count", 1)
		if len(a.list("images")) != 1 {
			w.Errorf("%s: images", a)
		}
	}},
	{"06 one photo without a face", false, func(w *walk) {
		w.upload(w, persons(w.list), photo("image1", w.other), photo("image2", w.nobody)).
			fault(fault{status: 422, code: 20, details: object{"field": "image2", "reason": "no_face"}})
	}},
	{"07 two faces", false, func(w *walk) {
		w.upload(w, persons(w.list), photo("image1", w.couple)).
			fault(fault{status: 422, code: 21, details: object{"field": "image1", "limit": 1, "actual": 2}})
	}},
	{"08 two more photos", true, func(w *walk) {
		a := w.upload(w, images(w.list, w.person), photo("image1", w.john[1]), photo("image2", w.john[2]), payload(object{
			"media:tags": object{"image1": []string{"photo_selfie"}, "image2": []string{"photo_selfie"}},
		})).want(201)
		a.check("images_count", 3)
		if len(a.list("new_images")) != 2 {
			w.Errorf("%s: new_images", a)
		}
		w.images = a.ids("images", "person_image_id")
	}},
	{"09 list persons", false, func(w *walk) {
		a := w.get(w, persons(w.list)).want(200)
		a.check("total", 1).check("items.0.person_id", w.person)
		if len(a.list("items.0.images")) != 3 {
			w.Errorf("%s: images", a)
		}
	}},
	{"10 list photos", false, func(w *walk) {
		a := w.get(w, images(w.list, w.person)).want(200).check("total", 3)
		for _, i := range []string{"0", "1", "2"} {
			a.id("items." + i + ".person_image_id")
			a.id("items." + i + ".media_id")
		}
	}},
	{"11 create folder", false, func(w *walk) {
		a := w.upload(w, "/api/folders/", photo("photo1", w.live),
			payload(object{"media:tags": object{"photo1": []string{"photo_selfie"}}})).want(201)
		w.folder, w.original = a.id("folder_id"), a.text("media.0.original_url")
		a.check("media.0.media_type", "IMAGE_FOLDER").check("resolution_status", "INITIAL")
	}},
	{"12 start COLLECTION", false, func(w *walk) {
		a := w.post(w, analysesOf(w.folder), object{"analyses": []any{object{"type": "collection", "collection_id": w.list}}}).want(201)
		w.analysis = a.id("0.analysis_id")
		a.check("0.analyse_id", w.analysis).check("0.state", "PROCESSING")
	}},
	{"13 wait for it", false, func(w *walk) {
		a := w.finished(w, w.analysis)
		a.check("state", "FINISHED").check("resolution_status", "DECLINED").check("results_media.0.person_id", w.person)
		w.matched = a.id("results_media.0.person_image_id")
		if !contains(w.images, w.matched) {
			w.Errorf("%s: person_image_id is none of the three", a)
		}
		if a.number("results_media.0.confidence") < a.number("collections.0.threshold") {
			w.Errorf("%s: a match below the threshold", a)
		}
	}},
	{"14 somebody else", false, func(w *walk) {
		a := w.upload(w, "/api/folders/", photo("photo1", w.other),
			payload(object{"media:tags": object{"photo1": []string{"photo_selfie"}}})).want(201)
		w.second = a.id("folder_id")
		started := w.post(w, analysesOf(w.second), object{"analyses": []any{object{"type": "COLLECTION"}}}).want(201)
		done := w.finished(w, started.id("0.analyse_id"))
		done.check("resolution_status", "SUCCESS").check("results_media.0.person_id", nil).check("results_media.0.collection_persons", []any{})
		w.third = w.upload(w, "/api/folders/", photo("photo1", w.other)).want(201).id("folder_id")
	}},
	{"15 delete the person", false, func(w *walk) {
		w.delete(w, strings.TrimSuffix(personPath(w.list, w.person), "/")).fault(fault{status: 409, code: 15, details: object{
			"analyses": []object{{"analysis_id": w.analysis, "folder_id": w.folder}}, "analyses_total": 1,
		}})
	}},
	{"16 delete the matched photo", false, func(w *walk) {
		w.delete(w, imagePath(w.list, w.person, w.matched)).fault(fault{status: 409, code: 15, details: object{"field": "person_image_id"}})
	}},
	{"17 delete the collection", false, func(w *walk) {
		w.delete(w, collectionPath(w.list)).fault(fault{status: 409, code: 15, details: object{"persons": 1}})
	}},
	{"18 folders by analysis type", false, func(w *walk) {
		a := w.get(w, "/api/folders/?analyse.type=COLLECTION").want(200).check("total", 2)
		found := a.ids("items", "folder_id")
		if !contains(found, w.folder) || !contains(found, w.second) || contains(found, w.third) {
			w.Errorf("%s: not the first and the second folder", a)
		}
	}},
	{"19 read the first folder", false, func(w *walk) {
		w.get(w, folderPath(w.folder)).want(200).check("analyses.0.analysis_id", w.analysis).check("analyses.0.type", "COLLECTION")
	}},
	{"20 delete that analysis", true, func(w *walk) {
		w.delete(w, strings.TrimSuffix(analysisPath(w.analysis), "/")).want(204)
	}},
	{"21 read the folder again", false, func(w *walk) {
		w.get(w, folderPath(w.folder)).want(200).check("analyses", []any{}).check("resolution_status", "INITIAL")
	}},
	{"22 delete one photo by its media_id", true, func(w *walk) {
		media := w.get(w, images(w.list, w.person)).want(200).id("items.0.media_id")
		w.delete(w, imagePath(w.list, w.person, media)).want(204)
	}},
	{"22b two photos are left", false, func(w *walk) {
		w.get(w, images(w.list, w.person)).want(200).check("total", 2)
	}},
	{"23 delete the person", true, func(w *walk) {
		w.delete(w, strings.TrimSuffix(personPath(w.list, w.person), "/")).want(204)
	}},
	{"23b nobody is left", false, func(w *walk) {
		w.get(w, persons(w.list)).want(200).check("total", 0)
	}},
	{"24 COLLECTION again", false, func(w *walk) {
		w.analyse(w, w.folder, object{"collection_id": w.list}).
			check("resolution_status", "SUCCESS").check("results_media.0.person_id", nil)
	}},
	{"25 delete the collection", false, func(w *walk) {
		w.delete(w, collectionPath(w.list)).want(204)
		w.get(w, collectionPath(w.list)).fault(notExist)
	}},
	{"26 delete it again", false, func(w *walk) {
		w.delete(w, collectionPath(w.list)).fault(notExist)
	}},
	{"27 erase the three folders", false, func(w *walk) {
		for _, f := range []string{w.folder, w.second, w.third} {
			w.delete(w, folderPath(f)).want(204)
			w.get(w, folderPath(f)).fault(notExist)
		}
		w.follow(w, w.original).fault(notExist)
	}},
}

// follow fetches an absolute link of an answer, without a token, from the server
// as it listens now.
func (c caller) follow(tb testing.TB, link string) answer {
	tb.Helper()
	return c.server.as("").get(tb, localPart(tb, link))
}

// localPart is a link without scheme and host.
func localPart(tb testing.TB, link string) string {
	tb.Helper()
	rest, ok := strings.CutPrefix(link, "http://")
	i := strings.Index(rest, "/")
	if !ok || i < 0 {
		tb.Fatalf("%q is no absolute link", link)
	}
	return rest[i:]
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

// prepareWalk makes what the walk-through starts from: a company with a
// CLIENT_ADMIN.
func prepareWalk(t *testing.T, s *server) {
	t.Helper()
	s.log.hide(walkEmail, userPassword, "Jameson")
	root := s.admin(t)
	id := root.post(t, "/api/companies/", object{"name": walkName}).want(201).id("company_id")
	body := newUser(osprey.RoleClientAdmin, id)
	body["email"] = walkEmail
	root.post(t, "/api/users/", body).want(201)
}

// goThrough runs all steps from the top; die kills the server after the steps
// that say so.
func goThrough(t *testing.T, s *server, slashless, die bool) {
	t.Helper()
	w := &walk{T: t, album: walkAlbum(t), caller: caller{server: s, slashless: slashless}}
	for _, st := range walkSteps {
		ok := t.Run(st.name, func(t *testing.T) {
			w.T = t
			st.run(w)
			if die && st.restart {
				s.kill(t)
				s.restart(t)
			}
		})
		if !ok {
			return // the next steps build on it
		}
	}
}

// as keeps the spelling of paths.
func (w *walk) as(token string) caller {
	return caller{server: w.server, token: token, slashless: w.slashless}
}

// TestWalk is the acceptance walk-through of api.md 18, run again from the top on
// one server, with and without trailing slashes.
func TestWalk(t *testing.T) {
	t.Parallel()
	s := start(t)
	prepareWalk(t, s)
	for _, name := range []string{"with slashes", "without slashes", "once more"} {
		t.Run(name, func(t *testing.T) { goThrough(t, s, name == "without slashes", false) })
	}
}

// TestWalkSurvivesKills is its durability variant: SIGKILL right after the answers
// to steps 5, 8, 20, 22 and 23.
func TestWalkSurvivesKills(t *testing.T) {
	t.Parallel()
	s := start(t)
	prepareWalk(t, s)
	goThrough(t, s, false, true)
}
