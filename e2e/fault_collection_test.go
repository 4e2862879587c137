package e2e

import (
	"strings"
	"testing"

	"example.org/osprey"
)

const nobodysID = "01980000-0000-7000-8000-00000000dead"

// TestFaultCollection: the table of api.md 7.2, and the faults of the other calls
// on collections.
func TestFaultCollection(t *testing.T) {
	t.Parallel()
	c, other := tenant(t), tenant(t)
	op := c.user(t, osprey.RoleOperator).caller
	co := c.user(t, osprey.RoleClientOperator).caller
	cl := c.user(t, osprey.RoleClient).caller
	cs := c.user(t, osprey.RoleClientService, object{"can_erase": true}).caller
	taken := c.collection(t, object{"alias": "Blacklist"})
	full := c.collection(t)
	person := c.person(t, full, people(t).ada[0]).id("person_id")
	const path = "/api/collections/"
	with := func(key string, value any) object { return object{"alias": "fresh", "company_id": c.id, key: value} }
	alias := func(v any) object { return object{"alias": v, "company_id": c.id} }

	t.Run("create", func(t *testing.T) {
		c.refuse(t, []refusal{
			{name: "no alias", path: path, body: object{"company_id": c.id}, want: missing("alias").with("field", "alias")},
			{name: "null alias", path: path, body: alias(nil), want: missing("alias")},
			{name: "alias is no string", path: path, body: alias(7), want: badType("alias")},
			{name: "blank alias", path: path, body: alias(" \t "), want: badValue("alias", "limit", 128, "actual", 0)},
			{name: "long alias", path: path, body: alias(strings.Repeat("é", 129)), want: badValue("alias", "limit", 128, "actual", 129)},
			{name: "alias with a control character", path: path, body: alias("a\x01b"), want: badValue("alias")},
			{name: "alias taken", path: path, body: alias("  bLACKLIST "), want: conflict("alias", "reason", "alias_taken", "collection_id", taken)},
			{name: "ADMIN without company_id", by: &c.root, path: path, body: object{"alias": "fresh"}, want: missing("company_id")},
			{name: "company_id is no UUID", by: &c.root, path: path, body: object{"alias": "fresh", "company_id": "acme"}, want: badValue("company_id")},
			{name: "company_id is no string", path: path, body: with("company_id", 1), want: badType("company_id")},
			{name: "company_id unknown", by: &c.root, path: path, body: object{"alias": "fresh", "company_id": nobodysID}, want: notExist},
			{name: "company_id of another company", path: path, body: object{"alias": "fresh", "company_id": other.id}, want: notExist},
			{name: "bad on_match", path: path, body: with("on_match", "applaud"), want: badValue("on_match")},
			{name: "on_match is no string", path: path, body: with("on_match", 1), want: badType("on_match")},
			{name: "threshold above 1", path: path, body: with("threshold", 1.01), want: badValue("threshold", "limit", 1, "actual", 1.01)},
			{name: "threshold below 0", path: path, body: with("threshold", -0.1), want: badValue("threshold", "limit", 0, "actual", -0.1)},
			{name: "threshold is no number", path: path, body: with("threshold", "0.9"), want: badType("threshold")},
			{name: "target_fpir of 0", path: path, body: with("target_fpir", 0), want: badValue("target_fpir")},
			{name: "target_fpir above 1", path: path, body: with("target_fpir", 1.5), want: badValue("target_fpir", "actual", 1.5)},
			{name: "bad face_rule", path: path, body: with("face_rule", "prettiest"), want: badValue("face_rule")},
			{name: "metadata are no object", path: path, body: with("meta_data", []int{1}), want: badType("meta_data")},
			{name: "OPERATOR", by: &op, path: path, body: alias("fresh"), want: forbidden},
			{name: "CLIENT_OPERATOR", by: &co, path: path, body: alias("fresh"), want: forbidden},
			{name: "CLIENT", by: &cl, path: path, body: alias("fresh"), want: forbidden},
			{name: "CLIENT_SERVICE", by: &cs, path: path, body: alias("fresh"), want: forbidden},
			{name: "body is an array", path: path, body: []int{1}, want: badType("body")},
			{name: "body is not JSON", path: path, body: raw("application/json", `{"alias": `), want: badStructure("body")},
			{name: "body is a form", path: path, body: form(text("alias", "fresh")), want: badStructure("body")},
		})
	})

	t.Run("change", func(t *testing.T) {
		c.refuse(t, []refusal{
			{name: "unknown", method: "PATCH", path: collectionPath(nobodysID), body: object{"alias": "x"}, want: notExist},
			{name: "no UUID", method: "PATCH", path: collectionPath("blacklist"), body: object{"alias": "x"}, want: notExist},
			{name: "alias taken", method: "PATCH", path: collectionPath(full), body: object{"alias": "blacklist"},
				want: conflict("alias", "reason", "alias_taken", "collection_id", taken)},
			{name: "blank alias", method: "PATCH", path: collectionPath(full), body: object{"alias": ""}, want: badValue("alias", "limit", 128)},
			{name: "another company", method: "PATCH", path: collectionPath(full), body: object{"company_id": nobodysID}, want: conflict("company_id")},
			{name: "bad threshold", method: "PATCH", path: collectionPath(full), body: object{"threshold": 2}, want: badValue("threshold", "limit", 1, "actual", 2)},
			{name: "bad on_match", method: "PATCH", path: collectionPath(full), body: object{"on_match": ""}, want: badValue("on_match")},
			{name: "good and bad together", method: "PATCH", path: collectionPath(full), body: object{"alias": "renamed", "face_rule": "none"}, want: badValue("face_rule")},
		})
	})

	t.Run("delete", func(t *testing.T) {
		c.refuse(t, []refusal{
			{name: "with persons", method: "DELETE", path: collectionPath(full), want: conflict("collection_id", "reason", "collection_not_empty", "persons", 1)},
			{name: "unknown", method: "DELETE", path: collectionPath(nobodysID), want: notExist},
		})
		c.ca.get(t, personPath(full, person)).want(200)
	})

	t.Run("the own company and its alias may be named again", func(t *testing.T) {
		c.ca.patch(t, collectionPath(taken), object{"company_id": c.id, "alias": "BLACKLIST"}).want(200).check("alias", "BLACKLIST")
		c.ca.patch(t, collectionPath(taken), object{"threshold": 0.9, "target_fpir": 0.01, "on_match": "OPERATOR", "face_rule": "Largest"}).want(200).
			check("threshold", 0.9).check("target_fpir", 0.01).check("on_match", "operator").check("face_rule", "largest").check("alias", "BLACKLIST")
		c.ca.patch(t, collectionPath(taken), object{"threshold": nil, "target_fpir": nil}).want(200).
			check("threshold", nil).check("target_fpir", nil).check("on_match", "operator")
		other.ca.post(t, path, object{"alias": "blacklist"}).want(201).check("company_id", other.id)
	})

	t.Run("an id is not used again, an alias is", func(t *testing.T) {
		c.ca.delete(t, collectionPath(taken)).want(204)
		c.ca.get(t, collectionPath(taken)).fault(notExist)
		c.ca.get(t, persons(taken)).fault(notExist)
		c.ca.delete(t, collectionPath(taken)).fault(notExist)
		if again := c.collection(t, object{"alias": "blacklist"}); again == taken {
			t.Error("the id was used again")
		}
	})
}
