package e2e

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"example.org/osprey"
)

// TestAnalysisVerdict: what a match means in each kind of list (api.md 9.5.3).
func TestAnalysisVerdict(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	lists := map[string]string{}
	for _, kind := range []string{"decline", "operator", "accept"} {
		lists[kind] = c.collection(t, object{"on_match": kind})
		c.person(t, lists[kind], p.ada[0])
	}
	second := c.collection(t, object{"on_match": "accept"})
	c.person(t, second, p.bea[0])
	match, stranger := c.folder(t, p.ada[1]).id("folder_id"), c.folder(t, p.strangers[0]).id("folder_id")
	couple := c.folder(t, p.ada[1], p.bea[1]).id("folder_id")

	for _, tt := range []struct {
		name, folder string
		search       []string
		want         string
	}{
		{"block list, match", match, []string{lists["decline"]}, "DECLINED"},
		{"block list, stranger", stranger, []string{lists["decline"]}, "SUCCESS"},
		{"operator list, match", match, []string{lists["operator"]}, "OPERATOR_REQUIRED"},
		{"operator list, stranger", stranger, []string{lists["operator"]}, "SUCCESS"},
		{"allow list, match", match, []string{lists["accept"]}, "SUCCESS"},
		{"allow list, stranger", stranger, []string{lists["accept"]}, "DECLINED"},
		{"unnamed: all but allow lists", match, nil, "DECLINED"},
		{"unnamed, stranger", stranger, nil, "SUCCESS"},
		{"the worst wins", match, []string{lists["operator"], lists["decline"], lists["accept"]}, "DECLINED"},
		{"operator beats success", match, []string{lists["operator"], lists["accept"]}, "OPERATOR_REQUIRED"},
		{"every medium must be on an allow list", couple, []string{lists["accept"]}, "DECLINED"},
		{"but on any of them", couple, []string{lists["accept"], second}, "SUCCESS"},
		{"one medium of two matches a block list", couple, []string{lists["decline"]}, "DECLINED"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := c.ca.analyse(t, tt.folder, object{"collection_ids": tt.search})
			a.check("state", "FINISHED").check("resolution_status", tt.want).check("resolution", tt.want).check("system_resolution", tt.want).
				check("error_code", nil).check("operator_id", nil)
			want := slices.Clone(tt.search)
			if want == nil {
				want = []string{lists["decline"], lists["operator"]}
			}
			got := a.ids("collections", "collection_id")
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s: searched %v, want %v", a, got, want)
			}
			// A folder follows its analysis.
			c.ca.get(t, folderPath(tt.folder)).want(200).check("system_resolution", tt.want).check("resolution_status", "FINISHED")
		})
	}
}

// TestAnalysisResult: the shape of a result with several media and persons.
func TestAnalysisResult(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	list, second := c.collection(t, object{"alias": "first"}), c.collection(t, object{"alias": "second"})
	ada := c.person(t, list, p.ada[0], p.ada[1]).id("person_id")
	twin := c.person(t, second, p.ada[2]).check("similar_persons", []any{}).id("person_id")
	again := c.ca.upload(t, persons(list), photo("image1", p.ada[3])).want(201)
	again.check("similar_persons.0.person_id", ada)
	if again.number("similar_persons.0.confidence") < 0.85 {
		t.Errorf("%s: similar below the threshold", again)
	}
	bea := c.person(t, list, p.bea[0]).id("person_id")
	folder := c.ca.upload(t, "/api/folders/", photo("selfie", p.ada[4]), photo("other", p.strangers[0]),
		payload(object{"media:tags": object{"selfie": []string{"photo_selfie"}}})).want(201)
	selfie, other := folder.id("media.0.media_id"), folder.id("media.1.media_id")

	a := c.ca.analyse(t, folder.id("folder_id"), object{"collection_ids": []string{list, second}, "params": object{"top_k": 10}, "meta_data": object{"step": "1"}})
	a.check("type", "COLLECTION").check("resolution_status", "DECLINED").check("results_data.matched", true).check("meta_data", object{"step": "1"}).check("confs.top_k", 10)
	a.check("source_media.0.media_id", selfie).check("source_media.0.image_id", selfie).check("source_media.0.tags", []string{"photo_selfie"}).check("source_media.0.is_cleared", false)
	entries := a.list("results_media")
	if len(entries) != 2 {
		t.Fatalf("%s: %d entries", a, len(entries))
	}
	matched := a.ids("results_media.0.collection_persons", "person_id")
	slices.Sort(matched)
	want := []string{ada, twin, again.id("person_id")}
	slices.Sort(want)
	if !slices.Equal(matched, want) {
		t.Errorf("%s: matched %v, want %v (and not %s)", a, matched, want, bea)
	}
	last := 1.0
	for i := range matched {
		at := fmt.Sprintf("results_media.0.collection_persons.%d.", i)
		confidence := a.number(at + "confidence")
		if confidence > last || confidence < 0.85 {
			t.Errorf("%s: confidence %d", a, i)
		}
		last = confidence
		a.id(at + "person_image_id")
		if alias := a.text(at + "alias"); (alias == "second") != (a.text(at+"collection_id") == second) {
			t.Errorf("%s: alias %d", a, i)
		}
	}
	best := "results_media.0.collection_persons.0."
	for _, key := range []string{"person_id", "person_image_id", "collection_id", "confidence"} {
		a.check("results_media.0."+key, a.at(best+key))
	}
	a.check("results_media.0.source_image_id", selfie).check("results_media.0.source_media_id", selfie).check("results_media.0.output_images", []any{}).
		check("results_media.0.results_data", object{"matched": true, "min_confidence": a.at(best + "confidence"), "max_confidence": a.at(best + "confidence"),
			"person_id": a.at(best + "person_id"), "person_image_id": a.at(best + "person_image_id")}).
		check("collection.collection_id", a.at(best+"collection_id")).
		check("results_data.max_confidence", a.at("results_media.0.confidence")).check("results_data.min_confidence", a.at("results_media.1.confidence"))
	a.check("results_media.1.source_media_id", other).check("results_media.1.person_id", nil).check("results_media.1.collection_persons", []any{})
	if low := a.number("results_media.1.confidence"); low >= 0.85 || low < 0 {
		t.Errorf("%s: the stranger's best score", a)
	}
	for i := range 2 {
		at := fmt.Sprintf("collections.%d.", i)
		a.check(at+"threshold", 0.85).check(at+"on_match", "decline")
	}

	t.Run("one person unless more are asked for", func(t *testing.T) {
		one := c.ca.analyse(t, folder.id("folder_id"), object{"source_media": []string{selfie}})
		if len(one.list("results_media.0.collection_persons")) != 1 || len(one.list("results_media")) != 1 {
			t.Errorf("%s: not one", one)
		}
		one.check("results_media.0.person_id", a.at(best+"person_id")).check("results_media.0.confidence", a.at(best+"confidence"))
	})
	t.Run("the same scores again", func(t *testing.T) {
		c.ca.analyse(t, folder.id("folder_id"), object{"collection_ids": []string{second, list}, "params": object{"top_k": 10}}).
			check("results_media.0.collection_persons", a.at("results_media.0.collection_persons")).check("results_data", a.at("results_data"))
	})
	t.Run("the alias is kept as it was", func(t *testing.T) {
		c.ca.patch(t, collectionPath(list), object{"alias": "renamed"}).want(200)
		c.ca.get(t, analysisPath(a.id("analysis_id"))).want(200).check("collections", a.at("collections")).check("collection", a.at("collection"))
	})
	t.Run("nothing enrolled, nothing seen", func(t *testing.T) {
		c.ca.analyse(t, folder.id("folder_id"), object{"collection_id": c.collection(t)}).check("resolution_status", "SUCCESS").
			check("results_media.0.confidence", nil).check("results_data", object{"matched": false, "min_confidence": nil, "max_confidence": nil}).
			check("collections.0.images_searched", 0).check("collections.0.persons_searched", 0)
	})
	t.Run("nobody matched somebody else", func(t *testing.T) {
		c.ca.get(t, "/api/analyses/?person_id="+bea).want(200).check("total", 0)
	})
}

// TestAnalysisThreshold: where the threshold in force comes from (api.md 9.3,
// 9.5.3).
func TestAnalysisThreshold(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	list, allow := c.collection(t), c.collection(t, object{"on_match": "accept"})
	ada := c.person(t, list, p.ada[0]).id("person_id")
	c.person(t, allow, p.ada[0])
	folder := c.folder(t, p.ada[1]).id("folder_id")
	run := func(t *testing.T, list string, params object) answer {
		t.Helper()
		return c.ca.analyse(t, folder, object{"collection_id": list, "params": params})
	}
	run(t, list, nil).check("collections.0.threshold", 0.85).check("resolution_status", "DECLINED").checkAbsent("confs.threshold")

	t.Run("stricter is lower in a block list", func(t *testing.T) {
		run(t, list, object{"threshold": 0.5}).check("collections.0.threshold", 0.5).check("confs.threshold", 0.5)
	})
	t.Run("a capture device lowers nothing, or it could read whom it likes", func(t *testing.T) {
		phone := c.user(t, osprey.RoleClient).caller
		folder := phone.upload(t, "/api/folders/", photo("photo", p.bea[0])).want(201).id("folder_id")
		phone.analyse(t, folder, object{"collection_id": list, "params": object{"threshold": 0, "top_k": 100}}).
			check("collections.0.threshold", 0.85).check("resolution_status", "SUCCESS").check("results_media.0.collection_persons", []any{})
		phone.get(t, personPath(list, ada)).want(404)
	})
	t.Run("looser is ignored without an error", func(t *testing.T) {
		run(t, list, object{"threshold": 0.9999}).check("collections.0.threshold", 0.85).check("resolution_status", "DECLINED").check("confs.threshold", 0.85)
	})
	t.Run("stricter is higher in an allow list", func(t *testing.T) {
		run(t, allow, object{"threshold": 0.9999}).check("collections.0.threshold", 0.9999).check("resolution_status", "DECLINED")
		run(t, allow, object{"threshold": 0.1}).check("collections.0.threshold", 0.85).check("resolution_status", "SUCCESS")
	})
	t.Run("the collection's own", func(t *testing.T) {
		c.ca.patch(t, collectionPath(list), object{"threshold": 0.9999}).want(200)
		run(t, list, nil).check("collections.0.threshold", 0.9999).check("resolution_status", "SUCCESS").check("results_media.0.person_id", nil)
		run(t, list, object{"threshold": 0.6}).check("collections.0.threshold", 0.6).check("resolution_status", "DECLINED")
		c.ca.patch(t, collectionPath(list), object{"threshold": nil}).want(200)
	})
	t.Run("the company's", func(t *testing.T) {
		company := func(v any) {
			c.ca.patch(t, companyPath(c.id), object{"analysis_settings": object{"collection": object{"threshold": v}}}).want(200)
		}
		company(0.9999)
		run(t, list, nil).check("collections.0.threshold", 0.9999).check("resolution_status", "SUCCESS")
		company(nil)
		run(t, list, nil).check("collections.0.threshold", 0.85).check("resolution_status", "DECLINED")
	})
	t.Run("requests may loosen where the company allows it", func(t *testing.T) {
		c.ca.patch(t, companyPath(c.id), object{"analysis_settings": object{"allow_request_thresholds": true}}).want(200)
		run(t, list, object{"threshold": 0.9999}).check("collections.0.threshold", 0.9999).check("resolution_status", "SUCCESS")
	})
}

// TestAnalysisTargetFPIR: the threshold grows with the collection and never falls
// below its own (E-07).
func TestAnalysisTargetFPIR(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	list := c.collection(t, object{"target_fpir": 0.00001})
	loose := c.collection(t, object{"target_fpir": 0.01})
	folder := c.folder(t, p.ada[1]).id("folder_id")
	last := 0.0
	for _, shot := range slices.Concat(p.bea, p.cem, p.dua) {
		c.person(t, list, shot)
		c.person(t, loose, shot)
		a := c.ca.analyse(t, folder, object{"collection_ids": []string{list, loose}})
		for i := range 2 {
			threshold := a.number(fmt.Sprintf("collections.%d.threshold", i))
			switch id := a.text(fmt.Sprintf("collections.%d.collection_id", i)); {
			case id == loose && threshold != 0.85:
				t.Errorf("%s: 0.01 changes the threshold of a small list", a)
			case id == list && (threshold < last || threshold < 0.85 || threshold > 1):
				t.Errorf("%s: threshold %v after %v", a, threshold, last)
			case id == list:
				last = threshold
			}
		}
	}
	if last <= 0.86 {
		t.Errorf("ten photos leave the threshold at %v", last)
	}
	found := c.ca.upload(t, collectionPath(list)+"search/", photo("photo", p.ada[1])).want(200)
	found.check("threshold", last)
	c.ca.patch(t, collectionPath(list), object{"target_fpir": nil}).want(200)
	c.ca.analyse(t, folder, object{"collection_id": list}).check("collections.0.threshold", 0.85)
	// The company's counts where the collection has none.
	c.ca.patch(t, companyPath(c.id), object{"analysis_settings": object{"collection": object{"target_fpir": 0.00001}}}).want(200)
	c.ca.analyse(t, folder, object{"collection_id": list}).check("collections.0.threshold", last)
}

// TestAnalysisOperator: the verdict of a person (api.md 9.8).
func TestAnalysisOperator(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	list := c.collection(t, object{"on_match": "operator"})
	c.person(t, list, p.ada[0])
	folder := c.folder(t, p.ada[1]).id("folder_id")
	co, op := c.user(t, osprey.RoleClientOperator), c.user(t, osprey.RoleOperator)

	a := c.ca.analyse(t, folder, object{"collection_id": list}).check("resolution_status", "OPERATOR_REQUIRED").id("analysis_id")
	v := co.patch(t, analysisPath(a), object{"resolution": "success", "comment": "Checked against the ID photo"}).want(200)
	v.check("resolution_status", "SUCCESS").check("resolution", "SUCCESS").check("resolution_operator", "SUCCESS").check("operator_id", co.id).
		check("operator_comment", "Checked against the ID photo").check("system_resolution", "OPERATOR_REQUIRED").check("state", "FINISHED")
	if v.number("operator_time") <= 0 {
		t.Errorf("%s: operator_time", v)
	}
	c.ca.get(t, folderPath(folder)).want(200).check("system_resolution", "SUCCESS").check("operator_status", "SUCCESS").
		check("operator_comment", "Checked against the ID photo").check("resolution_author_id", co.id).check("resolution_comment", "Checked against the ID photo")
	co.patch(t, analysisPath(a), object{"resolution_status": "DECLINED"}).fault(conflict("", "actual", "SUCCESS"))

	b := c.ca.analyse(t, folder, object{"collection_id": list}).id("analysis_id")
	c.ca.get(t, folderPath(folder)).want(200).check("system_resolution", "OPERATOR_REQUIRED")
	op.patch(t, analysisPath(b), object{"resolution_status": "DECLINED"}).want(200).check("operator_id", op.id).check("operator_comment", nil)
	c.ca.get(t, folderPath(folder)).want(200).check("system_resolution", "DECLINED").check("operator_status", "DECLINED")

	t.Run("of two at once one wins", func(t *testing.T) {
		for range 5 {
			id := c.ca.analyse(t, folder, object{"collection_id": list}).id("analysis_id")
			var group sync.WaitGroup
			var answers [4]answer
			for i, verdict := range []string{"SUCCESS", "DECLINED", "SUCCESS", "DECLINED"} {
				group.Go(func() {
					var err error
					if answers[i], err = co.try("PATCH", analysisPath(id), object{"resolution_status": verdict, "comment": verdict}); err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
			won := ""
			for i := range answers {
				answers[i].tb = t
				if answers[i].status == 200 {
					if won != "" {
						t.Error("two verdicts won")
					}
					won = answers[i].text("resolution_status")
					continue
				}
				answers[i].fault(conflict(""))
			}
			c.ca.get(t, analysisPath(id)).want(200).check("resolution_status", won).check("operator_comment", won)
		}
	})
}
