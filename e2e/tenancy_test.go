package e2e

import (
	"bytes"
	"strings"
	"testing"

	"example.org/osprey"
)

// TestTenancy: two companies with the same faces in their collections never see
// each other's.
func TestTenancy(t *testing.T) {
	t.Parallel()
	p := people(t)
	var both [2]company
	var lists, enrolled, folders [2]string
	var analyses [2]answer
	for i := range both {
		both[i] = tenant(t)
		lists[i] = both[i].collection(t, object{"alias": "blacklist"})
	}
	// The second company enrols what the first did; nobody there looks similar to it.
	for i, c := range both {
		a := c.person(t, lists[i], p.ada[0], p.ada[1]).check("similar_persons", []any{}).check("images.0.duplicate_of", nil)
		enrolled[i] = a.id("person_id")
		folders[i] = c.folder(t, p.ada[2]).id("folder_id")
	}
	for i, c := range both {
		analyses[i] = c.ca.analyse(t, folders[i], object{"params": object{"top_k": 100}})
	}

	for i, c := range both {
		other := 1 - i
		t.Run("company "+string(rune('A'+i)), func(t *testing.T) {
			a := analyses[i].check("resolution_status", "DECLINED").check("results_media.0.person_id", enrolled[i])
			if n := len(a.list("results_media.0.collection_persons")); n != 1 {
				t.Errorf("%s: %d persons matched", a, n)
			}
			if !equal(a.ids("collections", "collection_id"), []string{lists[i]}) || a.number("collections.0.images_searched") != 2 {
				t.Errorf("%s: searched beyond the company", a)
			}
			found := c.ca.upload(t, collectionPath(lists[i])+"search/", photo("photo", p.ada[3]), payload(object{"top_k": 100})).want(200)
			if !equal(found.ids("items", "person_id"), []string{enrolled[i]}) || found.number("images_searched") != 2 {
				t.Errorf("%s: found beyond the company", found)
			}
			foreign := []string{both[other].id, lists[other], enrolled[other], folders[other], analyses[other].id("analysis_id"), both[other].name}
			for _, path := range []string{
				"/api/companies/", "/api/users/", "/api/authorize/sessions/", "/api/collections/", persons(lists[i]), images(lists[i], enrolled[i]),
				"/api/folders/?with_analyses=true&with_user=true&with_company=true", mediaOf(folders[i]), "/api/analyses/",
				"/api/collections/?company_id=" + both[other].id, "/api/folders/?company_id=" + both[other].id,
				"/api/folders/?folder_id=" + folders[other], "/api/analyses/?collection_id=" + lists[other],
				"/api/analyses/?person_id=" + enrolled[other], "/api/users/?company_id=" + both[other].id,
				"/api/companies/?search_text=" + strings.ReplaceAll(both[other].name, " ", "+"),
			} {
				answer := c.ca.get(t, path).want(200)
				for _, id := range foreign {
					if bytes.Contains(answer.body, []byte(`"`+id+`"`)) {
						t.Errorf("%s holds %s of the other company", answer, id)
					}
				}
				if strings.Contains(path, "=0") && answer.number("total") != 0 {
					t.Errorf("%s: counted", answer)
				}
			}
			// In the other direction, by every role: 404, and nothing changes.
			for _, role := range []osprey.Role{osprey.RoleClientAdmin, osprey.RoleClientOperator, osprey.RoleClient, osprey.RoleClientService} {
				u := c.user(t, role)
				for _, path := range []string{companyPath(both[other].id), collectionPath(lists[other]), folderPath(folders[other]), analysisPath(foreign[4])} {
					u.get(t, path).fault(notExist)
				}
				u.post(t, analysesOf(folders[other]), object{"analyses": []object{{"type": "COLLECTION"}}}).fault(notExist)
			}
		})
	}

	t.Run("only the own matches hold a person", func(t *testing.T) {
		both[0].ca.delete(t, analysisPath(analyses[0].id("analysis_id"))).want(204)
		both[0].ca.delete(t, personPath(lists[0], enrolled[0])).want(204)
		both[1].ca.delete(t, personPath(lists[1], enrolled[1])).fault(conflict("person_id", "analyses_total", 1,
			"analyses", []object{{"analysis_id": analyses[1].id("analysis_id"), "folder_id": folders[1]}}))
		both[0].ca.analyse(t, folders[0]).check("resolution_status", "SUCCESS").check("results_media.0.confidence", nil)
		both[1].ca.analyse(t, folders[1]).check("resolution_status", "DECLINED").check("results_media.0.person_id", enrolled[1])
	})
}
