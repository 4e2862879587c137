package e2e

import (
	"strings"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/testphoto"
)

// TestFaultAnalysis: api.md 9.1 to 9.3, mostly for COLLECTION; TestFaultAnalysisTypes
// has the other types.
func TestFaultAnalysis(t *testing.T) {
	t.Parallel()
	c, other := tenant(t), tenant(t)
	p := people(t)
	list, second := c.collection(t), c.collection(t)
	foreign := other.collection(t)
	made := c.folder(t, p.strangers[0])
	folder, media := made.id("folder_id"), made.id("media.0.media_id")
	otherMedia := c.folder(t, p.strangers[1]).id("media.0.media_id")
	empty := c.ca.post(t, "/api/folders/", nil).want(201).id("folder_id")
	backs := c.ca.upload(t, "/api/folders/", photo("a", p.nobody), payload(object{"media:tags": object{"a": []string{"photo_id_back"}}})).want(201).id("folder_id")
	flagless := c.user(t, osprey.RoleClientOperator, object{"can_start_analysis_collection": false}).caller
	path := analysesOf(folder)

	entries := func(n int) []object {
		out := make([]object, n)
		for i := range out {
			out[i] = object{"type": "COLLECTION", "collection_id": list}
		}
		return out
	}
	start := func(entries ...object) object { return object{"analyses": entries} }
	entry := func(more ...any) object {
		o := object{"type": "COLLECTION", "collection_id": list}
		for i := 0; i+1 < len(more); i += 2 {
			o[more[i].(string)] = more[i+1]
		}
		return start(o)
	}
	params := func(key string, value any) object { return entry("params", object{key: value}) }
	many := make([]string, 101)
	for i := range many {
		many[i] = strings.Replace(nobodysID, "dead", "0"+string(rune('0'+i/100))+string(rune('0'+i/10%10))+string(rune('0'+i%10)), 1)
	}

	c.refuse(t, []refusal{
		{name: "no analyses", path: path, body: object{}, want: missing("analyses")},
		{name: "no body", path: path, want: missing("analyses")},
		{name: "empty analyses", path: path, body: object{"analyses": []int{}}, want: badValue("analyses", "limit", 1, "actual", 0)},
		{name: "21 analyses", path: path, body: start(entries(21)...), want: tooLarge("analyses", "limit", 20, "actual", 21)},
		{name: "analyses are an object", path: path, body: object{"analyses": object{}}, want: badType("analyses")},
		{name: "an entry is a text", path: path, body: object{"analyses": []any{"COLLECTION"}}, want: badType("analyses.0")},
		{name: "no type", path: path, body: start(object{}), want: missing("analyses.0.type").with("field", "analyses.0.type")},
		{name: "unknown type", path: path, body: start(object{"type": "PALMISTRY"}), want: badValue("analyses.0.type")},
		{name: "type is a number", path: path, body: start(object{"type": 1}), want: badType("analyses.0.type")},
		{name: "second entry bad", path: path, body: start(entries(1)[0], object{"type": "COLLECTION", "params": object{"top_k": 0}}), want: badValue("analyses.1.params.top_k", "limit", 1, "actual", 0)},
		{name: "source_media is a text", path: path, body: entry("source_media", media), want: badType("analyses.0.source_media")},
		{name: "a source medium is a number", path: path, body: entry("source_media", []any{media, 7}), want: badType("analyses.0.source_media.1")},
		{name: "source medium unknown", path: path, body: entry("source_media", []string{media, nobodysID}), want: notExist.with("field", "analyses.0.source_media.1")},
		{name: "source medium of another folder", path: path, body: entry("source_media", []string{otherMedia}), want: notExist.with("field", "analyses.0.source_media.0")},
		{name: "no medium in the folder", path: analysesOf(empty), body: entry(), want: badValue("analyses.0.source_media", "reason", "not_enough_media", "limit", 1, "actual", 0)},
		{name: "backs of documents only", path: analysesOf(backs), body: entry(), want: badValue("analyses.0.source_media", "reason", "not_enough_media", "limit", 1, "actual", 0)},
		{name: "collection unknown", path: path, body: start(object{"type": "COLLECTION", "collection_id": nobodysID}), want: notExist.with("field", "analyses.0.collection_id")},
		{name: "collection of another company", path: path, body: start(object{"type": "COLLECTION", "collection_id": foreign}), want: notExist.with("field", "analyses.0.collection_id")},
		{name: "one of several unknown", path: path, body: start(object{"type": "COLLECTION", "collection_ids": []string{list, foreign}}), want: notExist.with("field", "analyses.0.collection_ids.1")},
		{name: "in params", path: path, body: start(object{"type": "COLLECTION", "params": object{"collection_id": nobodysID}}), want: notExist.with("field", "analyses.0.params.collection_id")},
		{name: "collection_id is no UUID", path: path, body: entry("collection_id", "blacklist"), want: badValue("analyses.0.collection_id")},
		{name: "collection_ids are a text", path: path, body: entry("collection_ids", second), want: badType("analyses.0.collection_ids")},
		{name: "101 collections", path: path, body: entry("collection_ids", many), want: badValue("analyses.0.collection_ids", "limit", 100)},
		{name: "params are an array", path: path, body: entry("params", []int{}), want: badType("analyses.0.params")},
		{name: "top_k of 0", path: path, body: params("top_k", 0), want: badValue("analyses.0.params.top_k", "limit", 1, "actual", 0)},
		{name: "top_k of 101", path: path, body: params("top_k", 101), want: badValue("analyses.0.params.top_k", "limit", 100, "actual", 101)},
		{name: "top_k of 1.5", path: path, body: params("top_k", 1.5), want: fault{status: 400, details: object{"field": "analyses.0.params.top_k"}, code: 4}},
		{name: "top_k is a text", path: path, body: params("top_k", "1"), want: badType("analyses.0.params.top_k")},
		{name: "threshold above 1", path: path, body: params("threshold", 1.5), want: badValue("analyses.0.params.threshold", "limit", 1, "actual", 1.5)},
		{name: "threshold below 0", path: path, body: params("threshold", -0.5), want: badValue("analyses.0.params.threshold", "limit", 0, "actual", -0.5)},
		{name: "default threshold above 1", path: path, body: object{"params": object{"threshold": 3}, "analyses": entries(1)}, want: badValue("params.threshold", "limit", 1, "actual", 3)},
		{name: "metadata are a text", path: path, body: entry("meta_data", "x"), want: badType("analyses.0.meta_data")},
		{name: "a webhook with a password", path: path, body: entry("resolution_endpoint", "https://u:p@client.example.com"), want: badValue("analyses.0.resolution_endpoint", "reason", "user_info")},
		{name: "a webhook that is no text", path: path, body: entry("resolution_endpoint", 1), want: badType("analyses.0.resolution_endpoint")},
		{name: "one for all with a port", path: path, body: object{"resolution_endpoint": "https://client.example.com:22", "analyses": entries(1)}, want: badValue("resolution_endpoint", "reason", "port")},
		{name: "without the flag", by: &flagless, path: path, body: start(entries(2)...),
			want: fault{status: 403, code: 9, details: object{"field": "analyses.0.type", "reason": "can_start_analysis_collection"}}},
		{name: "search without the flag", by: &flagless, path: collectionPath(list) + "search/", body: form(photo("photo", p.ada[0])),
			want: fault{status: 403, code: 9, details: object{"reason": "can_start_analysis_collection"}}},
		{name: "folder unknown", path: analysesOf(nobodysID), body: entry(), want: notExist},
		{name: "folder of another company", by: &other.ca, path: path, body: start(object{"type": "COLLECTION", "collection_id": foreign}), want: notExist},
	})

	t.Run("no collection to search", func(t *testing.T) {
		other.ca.delete(t, collectionPath(foreign)).want(204)
		other.collection(t, object{"on_match": "accept"})
		folder := other.folder(t, p.strangers[0]).id("folder_id")
		other.refuse(t, []refusal{{name: "but an allow list", path: analysesOf(folder), body: start(object{"type": "COLLECTION"}),
			want: badValue("analyses.0.collection_id", "reason", "no_collection")}})
	})

	t.Run("what is accepted", func(t *testing.T) {
		a := c.ca.post(t, path, object{
			"params": object{"top_k": 3, "decision_count": 1, "unknown": []int{}},
			"analyses": []object{
				{"type": "Collection", "source_media": []string{media, media}, "collection_ids": []string{list, second, list}},
				{"type": "collection", "source_media": []string{}, "collection_id": list, "params": object{"top_k": 7, "collection_ids": []string{second}, "capabilities": "x"}, "meta_data": object{"step": "3"}},
			},
		}).want(201)
		a.check("0.group_id", a.at("1.group_id")).check("0.confs.top_k", 3).check("1.confs.top_k", 7).check("1.meta_data", object{"step": "3"})
		for i, id := range a.ids("", "analysis_id") {
			done := c.ca.finished(t, id).check("resolution_status", "SUCCESS")
			if len(done.list("source_media")) != 1 || len(done.list("collections")) != 2 {
				t.Errorf("entry %d: %s", i, done)
			}
		}
	})
}

// TestFaultAnalysisTypes: what is refused of QUALITY, BIOMETRY and DOCUMENTS (api.md
// 9.1 to 9.3), atomically, and what is taken without effect.
func TestFaultAnalysisTypes(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	made := c.folder(t, p.strangers[0])
	path, media := analysesOf(made.id("folder_id")), made.id("media.0.media_id")
	document := c.ca.upload(t, "/api/folders/", photo("a", p.nobody), payload(object{"media:tags": object{"a": []string{"photo_id_front"}}})).want(201).id("folder_id")
	empty := c.ca.post(t, "/api/folders/", nil).want(201).id("folder_id")
	start := func(entries ...object) object { return object{"analyses": entries} }
	with := func(kind, key string, value any) object {
		return start(object{"type": kind, "source_media": []string{media}, "params": object{key: value}})
	}
	none := badValue("analyses.0.source_media", "reason", "not_enough_media", "limit", 1, "actual", 0)
	table := []refusal{
		{name: "best shot is a text", path: path, body: with("QUALITY", "extract_best_shot", "true"), want: badType("analyses.0.params.extract_best_shot")},
		{name: "best shot is a number", path: path, body: with("quality", "extract_best_shot", 1), want: badType("analyses.0.params.extract_best_shot")},
		{name: "default best shot is a text", path: path, body: object{"params": object{"extract_best_shot": "no"}, "analyses": []object{{"type": "QUALITY"}}}, want: badType("params.extract_best_shot")},
		{name: "spoofing above 1", path: path, body: with("QUALITY", "threshold_spoofing", 1.5), want: badValue("analyses.0.params.threshold_spoofing", "limit", 1, "actual", 1.5)},
		{name: "spoofing is a text", path: path, body: with("QUALITY", "threshold_spoofing", "0.5"), want: badType("analyses.0.params.threshold_spoofing")},
		{name: "MRZ is a number", path: path, body: with("DOCUMENTS", "require_mrz", 1), want: badType("analyses.0.params.require_mrz")},
		{name: "expired is a text", path: path, body: with("Documents", "allow_expired", "yes"), want: badType("analyses.0.params.allow_expired")},
		{name: "max below 0", path: path, body: with("BIOMETRY", "threshold_max", -1), want: badValue("analyses.0.params.threshold_max", "limit", 0, "actual", -1)},
		{name: "band of entry and root crossed", path: path, body: object{"params": object{"threshold_max": 0.7},
			"analyses": []object{{"type": "BIOMETRY", "params": object{"threshold_min": 0.9}}}}, want: badValue("analyses.0.params.threshold_min", "limit", 0.7, "actual", 0.9)},
		{name: "nothing to judge", path: analysesOf(empty), body: start(object{"type": "QUALITY"}), want: none},
		{name: "only documents to judge", path: analysesOf(document), body: start(object{"type": "QUALITY"}), want: none},
		{name: "no document", path: analysesOf(empty), body: start(object{"type": "DOCUMENTS"}), want: none},
		{name: "the second of two entries", path: path, body: start(object{"type": "QUALITY"}, object{"type": "BIOMETRY"}),
			want: badValue("analyses.1.source_media", "reason", "not_enough_media", "limit", 2, "actual", 1)},
		{name: "unknown medium", path: path, body: start(object{"type": "QUALITY", "source_media": []string{nobodysID}}), want: notExist.with("field", "analyses.0.source_media.0")},
	}
	for _, kind := range []string{"quality", "biometry", "documents"} {
		flagless := c.user(t, osprey.RoleClientOperator, object{"can_start_analysis_" + kind: false}).caller
		pair := c.folder(t, p.ada[0], p.ada[1]).id("folder_id")
		table = append(table, refusal{name: kind + " without the flag", by: &flagless, path: analysesOf(pair), body: start(object{"type": kind}),
			want: fault{status: 403, code: 9, details: object{"field": "analyses.0.type", "reason": "can_start_analysis_" + kind}}})
	}
	c.refuse(t, table)

	t.Run("a video is no document", func(t *testing.T) {
		set := c.ca.upload(t, "/api/folders/", clip(t, "m", testphoto.Webcam, testphoto.Cut{From: 1, Seconds: 0.2, Format: "zip"})).want(201)
		folder, id := set.id("folder_id"), set.id("media.0.media_id")
		c.refuse(t, []refusal{
			{name: "named", path: analysesOf(folder), body: start(object{"type": "DOCUMENTS", "source_media": []string{id}}), want: fault{status: 400, code: 4}},
			{name: "alone", path: analysesOf(folder), body: start(object{"type": "DOCUMENTS"}), want: none},
		})
	})

	t.Run("what is accepted", func(t *testing.T) {
		a := c.ca.post(t, path, object{
			"params": object{"decision_count": 1, "decision_threshold": "x", "capabilities": []int{}, "unknown": object{}},
			"analyses": []object{
				{"type": "quality", "params": object{"extract_best_shot": false, "threshold_spoofing": 0.4}, "collection_id": nobodysID},
				{"type": "Documents", "params": object{"require_mrz": true, "extract_best_shot": nil}},
			},
		}).want(201)
		a.check("0.confs", object{"extract_best_shot": false, "threshold_spoofing": 0.4}).check("1.confs", object{"require_mrz": true, "allow_expired": false})
		a.check("0.results_data", nil).check("0.results_media", []any{}).checkAbsent("0.collection").checkAbsent("0.collections")
		for _, id := range a.ids("", "analysis_id") {
			c.ca.finished(t, id)
		}
	})
}

// TestFaultVerdict: api.md 9.8.
func TestFaultVerdict(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	list := c.collection(t, object{"on_match": "operator"})
	c.person(t, list, p.ada[0])
	analysis := c.ca.analyse(t, c.folder(t, p.ada[1]).id("folder_id"), object{"collection_id": list}).check("resolution_status", "OPERATOR_REQUIRED").id("analysis_id")
	finished := c.ca.analyse(t, c.folder(t, p.bea[0]).id("folder_id"), object{"collection_id": list}).check("resolution_status", "SUCCESS").id("analysis_id")
	co := c.user(t, osprey.RoleClientOperator).caller
	path := analysisPath(analysis)
	table := []refusal{
		{name: "nothing", by: &co, body: object{}, want: missing("resolution_status")},
		{name: "a number", by: &co, body: object{"resolution_status": 1}, want: badType("resolution_status")},
		{name: "no verdict", by: &co, body: object{"resolution_status": "MAYBE"}, want: badValue("resolution_status")},
		{name: "back to the operator", by: &co, body: object{"resolution_status": "OPERATOR_REQUIRED"}, want: badValue("resolution_status")},
		{name: "two verdicts", by: &co, body: object{"resolution_status": "SUCCESS", "resolution": "DECLINED"}, want: fault{status: 400, code: 4}},
		{name: "a long comment", by: &co, body: object{"resolution_status": "SUCCESS", "comment": strings.Repeat("ä", 2001)}, want: badValue("comment", "limit", 2000, "actual", 2001)},
		{name: "comment is an object", by: &co, body: object{"resolution_status": "SUCCESS", "comment": object{}}, want: badType("comment")},
		{name: "by ADMIN", by: &c.root, body: object{"resolution_status": "SUCCESS"}, want: forbidden},
		{name: "by CLIENT_ADMIN", body: object{"resolution_status": "SUCCESS"}, want: forbidden},
		{name: "of a finished one", by: &co, path: analysisPath(finished), body: object{"resolution_status": "DECLINED"}, want: conflict("", "actual", "SUCCESS")},
		{name: "unknown", by: &co, path: analysisPath(nobodysID), body: object{"resolution_status": "DECLINED"}, want: notExist},
	}
	for i := range table {
		table[i].method = "PATCH"
		if table[i].path == "" {
			table[i].path = path
		}
	}
	c.refuse(t, table)
	c.ca.get(t, path).want(200).check("resolution_status", "OPERATOR_REQUIRED").check("operator_id", nil)
	for _, wait := range []string{"-1", "61", "x"} {
		c.ca.get(t, path+"?wait="+wait).fault(badValue("wait"))
	}
}
