package e2e

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"example.org/osprey"
)

// everyList are the lists of a company and what their items are called by.
func everyList(t *testing.T, c company) map[string]string {
	t.Helper()
	p := people(t)
	list := c.collection(t)
	person := c.person(t, list, p.ada[0], p.ada[1]).id("person_id")
	c.person(t, list, p.bea[0])
	folder := c.folder(t, p.strangers[0], p.strangers[1]).id("folder_id")
	c.ca.analyse(t, folder, object{"collection_id": list})
	service := c.user(t, osprey.RoleClientService).id
	c.ca.post(t, userPath(service)+"tokens/", object{"name": "a"}).want(201)
	return map[string]string{
		"/api/companies/":             "company_id",
		"/api/users/":                 "user_id",
		userPath(service) + "tokens/": "token_id",
		"/api/authorize/sessions/":    "session_id",
		"/api/collections/":           "collection_id",
		persons(list):                 "person_id",
		images(list, person):          "person_image_id",
		"/api/folders/":               "folder_id",
		mediaOf(folder):               "media_id",
		"/api/analyses/":              "analysis_id",
	}
}

// TestFaultList: paging of every list (api.md 1.6).
func TestFaultList(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	for path, key := range everyList(t, c) {
		t.Run(path[5:], func(t *testing.T) {
			all := c.ca.get(t, path).want(200).check("limit", 100).check("offset", 0)
			ids := all.ids("items", key)
			if float64(len(ids)) != all.number("total") {
				t.Errorf("%s: total", all)
			}
			for _, tt := range []struct {
				query string
				want  fault
			}{
				{"limit=-1", badValue("limit", "limit", 0, "actual", -1)},
				{"limit=1001", badValue("limit", "limit", 1000, "actual", 1001)},
				{"limit=ten", badValue("limit")},
				{"limit=1.5", badValue("limit")},
				{"limit=", badValue("limit")},
				{"offset=-1", badValue("offset", "limit", 0, "actual", -1)},
				{"offset=x", badValue("offset")},
				{"sorting=name{asc}", badValue("sorting")},
				{"sorting=time_created", badValue("sorting")},
				{"envelope=perhaps", badValue("envelope")},
				{"total_omit=2", badValue("total_omit")},
				{"pad=" + strings.Repeat("x", 8200), badValue("query", "limit", 8192)},
				{"limit=%zz", badValue("query")},
			} {
				c.ca.get(t, path+"?"+tt.query).fault(tt.want)
			}
			c.ca.get(t, path+"?limit=0").want(200).check("items", []any{}).check("total", all.at("total")).check("limit", 0)
			c.ca.get(t, path+"?limit=1&offset=999999").want(200).check("items", []any{}).check("total", all.at("total"))
			c.ca.get(t, path+"?total_omit=true").want(200).checkAbsent("total")
			bare := c.ca.get(t, path+"?envelope=false").want(200)
			if !equal(bare.ids("", key), ids) {
				t.Errorf("%s: the bare list differs", bare)
			}
			c.ca.get(t, path+"?").want(200)
			if got := c.ca.get(t, path+"?flavour=mint&limit=1").want(200).header.Get("Osprey-Ignored-Params"); got != "flavour" {
				t.Errorf("Osprey-Ignored-Params is %q", got)
			}

			ascending := c.ca.get(t, path+"?sorting=time_created%7Basc%7D").want(200).ids("items", key)
			descending := c.ca.get(t, path+"?sorting=time_created{desc}").want(200).ids("items", key)
			slices.Reverse(descending)
			if !equal(ascending, descending) {
				t.Error("descending is not ascending backwards")
			}
			var walked []string
			for offset := range ids {
				walked = append(walked, c.ca.get(t, fmt.Sprintf("%s?limit=1&offset=%d&sorting=time_created{asc}", path, offset)).want(200).ids("items", key)...)
			}
			if !equal(walked, ascending) {
				t.Errorf("walked %v, listed %v", walked, ascending)
			}
		})
	}
}

// TestFaultFilter: bad values (api.md 1.7).
func TestFaultFilter(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	hundredOne := strings.TrimSuffix(strings.Repeat(nobodysID+",", 101), ",")
	for _, tt := range []struct{ list, query, field string }{
		{"folders", "folder_id=x", "folder_id"},
		{"folders", "user_id.exclude=x", "user_id.exclude"},
		{"folders", "company_id=" + nobodysID + ",x", "company_id"},
		{"folders", "resolution_status=SPLENDID", "resolution_status"},
		{"folders", "system_resolution=X", "system_resolution"},
		{"folders", "time_created.min=yesterday", "time_created.min"},
		{"folders", "time_updated.max=NaN", "time_updated.max"},
		{"folders", "meta_data=nothing", "meta_data"},
		{"folders", "meta_data===", "meta_data"},
		{"folders", "analyse.type=PALMISTRY", "analyse.type"},
		{"folders", "analysis.state=X", "analysis.state"},
		{"folders", "with_analyses=x", "with_analyses"},
		{"folders", "folder_id=" + hundredOne, "folder_id"},
		{"analyses", "analyse_id=x", "analyse_id"},
		{"analyses", "type=X", "type"},
		{"analyses", "state=X", "state"},
		{"analyses", "person_id=x", "person_id"},
		{"analyses", "group_id=x", "group_id"},
		{"users", "user_type=X", "user_type"},
		{"users", "company_id=x", "company_id"},
		{"collections", "company_id=x", "company_id"},
	} {
		t.Run(tt.list+" "+tt.query[:min(30, len(tt.query))], func(t *testing.T) {
			c.ca.get(t, "/api/"+tt.list+"/?"+tt.query).fault(badValue(tt.field))
		})
	}
}

// TestFilter: what each filter finds.
func TestFilter(t *testing.T) {
	t.Parallel()
	c, other := tenant(t), tenant(t)
	p := people(t)
	folder := func(meta object, photos ...part) answer {
		return c.ca.upload(t, "/api/folders/", append(photos, payload(object{"folder:meta_data": meta}))...).want(201)
	}
	list := c.collection(t, object{"alias": "Straße 7", "meta_data": object{"kind": "block"}})
	person := c.ca.upload(t, persons(list), photo("image1", p.ada[0]), payload(object{"person:meta_data": object{
		"person_info": object{"first_name": firstName, "middle_name": middleName, "last_name": lastName}, "n": 7}})).want(201).id("person_id")
	c.person(t, list, p.bea[0])
	a := folder(object{"transaction_id": "t-1", "nested": object{"deep": object{"n": 12}}, "a.b": "literal", "flag": true, "none": nil}, photo("photo1", p.ada[1])).id("folder_id")
	b := folder(object{"transaction_id": "t-2", "a": object{"b": "walked"}}, photo("photo1", p.strangers[0])).id("folder_id")
	d := folder(object{}).id("folder_id")
	declined := c.ca.analyse(t, a, object{"collection_id": list}).check("resolution_status", "DECLINED")
	passed := c.ca.analyse(t, b, object{"collection_id": list}).check("resolution_status", "SUCCESS")
	foreign := other.folder(t, p.nobody).id("folder_id")
	me := c.ca.get(t, "/api/users/?user_type=CLIENT_ADMIN").want(200).id("items.0.user_id")

	for _, tt := range []struct {
		list, query, key string
		want             []string // oldest first
	}{
		{"folders", "", "folder_id", []string{a, b, d}},
		{"folders", "folder_id=" + a + "," + strings.ToUpper(d), "folder_id", []string{a, d}},
		{"folders", "folder_id.exclude=" + a, "folder_id", []string{b, d}},
		{"folders", "folder_id=" + foreign, "folder_id", nil},
		{"folders", "company_id=" + other.id, "folder_id", nil},
		{"folders", "company_id=" + c.id + "&user_id=" + me, "folder_id", []string{a, b, d}},
		{"folders", "user_id.exclude=" + me, "folder_id", nil},
		{"folders", "meta_data=transaction_id==t-1", "folder_id", []string{a}},
		{"folders", "meta_data=transaction_id!=t-1", "folder_id", []string{b, d}},
		{"folders", "meta_data=transaction_id!=t-1&meta_data=transaction_id==t-2", "folder_id", []string{b}},
		{"folders", "meta_data=nested.deep.n==12", "folder_id", []string{a}},
		{"folders", "meta_data=flag==true", "folder_id", []string{a}},
		{"folders", "meta_data=a.b==literal", "folder_id", []string{a}},
		{"folders", "meta_data=a.b==walked", "folder_id", []string{b}},
		{"folders", "meta_data=transaction_id==", "folder_id", nil},
		{"folders", "resolution_status=finished", "folder_id", []string{a, b}},
		{"folders", "resolution_status=INITIAL", "folder_id", []string{d}},
		{"folders", "resolution_status=DECLINED", "folder_id", []string{a}},
		{"folders", "resolution_status=declined,initial", "folder_id", []string{a, d}},
		{"folders", "resolution_status.exclude=INITIAL", "folder_id", []string{a, b}},
		{"folders", "system_resolution=SUCCESS", "folder_id", []string{b}},
		{"folders", "analyse.type=collection", "folder_id", []string{a, b}},
		{"folders", "analyse.type.exclude=COLLECTION", "folder_id", nil},
		{"folders", "analysis.type=QUALITY", "folder_id", nil},
		{"folders", "analyse.state=FINISHED", "folder_id", []string{a, b}},
		{"folders", "analyse.state=SUCCESS", "folder_id", []string{b}},
		{"folders", "analyse.status=DECLINED", "folder_id", []string{a}},
		{"folders", "analyse.type=COLLECTION&analyse.resolution_status=DECLINED", "folder_id", []string{a}},
		{"folders", "analyse.type=COLLECTION&analyse.resolution_status=FAILED", "folder_id", nil},
		{"folders", "analyse.resolution_status.exclude=DECLINED", "folder_id", []string{b}},
		{"analyses", "", "analysis_id", []string{declined.id("analysis_id"), passed.id("analysis_id")}},
		{"analyses", "state=DECLINED", "analysis_id", []string{declined.id("analysis_id")}},
		{"analyses", "state=FINISHED", "analysis_id", []string{declined.id("analysis_id"), passed.id("analysis_id")}},
		{"analyses", "state.exclude=DECLINED", "analysis_id", []string{passed.id("analysis_id")}},
		{"analyses", "resolution_status=SUCCESS", "analysis_id", []string{passed.id("analysis_id")}},
		{"analyses", "analyse_id=" + passed.id("analysis_id"), "analysis_id", []string{passed.id("analysis_id")}},
		{"analyses", "analysis_id.exclude=" + passed.id("analysis_id"), "analysis_id", []string{declined.id("analysis_id")}},
		{"analyses", "folder_id=" + a, "analysis_id", []string{declined.id("analysis_id")}},
		{"analyses", "group_id=" + passed.id("group_id"), "analysis_id", []string{passed.id("analysis_id")}},
		{"analyses", "collection_id=" + list, "analysis_id", []string{declined.id("analysis_id"), passed.id("analysis_id")}},
		{"analyses", "person_id=" + person, "analysis_id", []string{declined.id("analysis_id")}},
		{"analyses", "type.exclude=COLLECTION", "analysis_id", nil},
		{"folders/" + a + "/analyses", "type=COLLECTION", "analysis_id", []string{declined.id("analysis_id")}},
		{"folders/" + a + "/analyses", "state=SUCCESS", "analysis_id", nil},
		{"folders/" + a + "/analyses", "state.exclude=FINISHED", "analysis_id", nil},
		{"collections", "search_text=STRASSE", "collection_id", []string{list}},
		{"collections", "alias=strasse 7", "collection_id", []string{list}},
		{"collections", "alias=strasse", "collection_id", nil},
		{"collections", "meta_data=kind==block", "collection_id", []string{list}},
		{"collections/" + list + "/persons", "search_text=" + strings.ToLower(lastName[3:9]), "person_id", []string{person}},
		{"collections/" + list + "/persons", "search_text=" + firstName, "person_id", []string{person}},
		{"collections/" + list + "/persons", "search_text=100%", "person_id", nil},
		{"collections/" + list + "/persons", "search_text=_", "person_id", nil},
		{"collections/" + list + "/persons", "meta_data=person_info.last_name==" + lastName, "person_id", []string{person}},
		{"collections/" + list + "/persons", "meta_data=n==7", "person_id", []string{person}},
		{"users", "search_text=" + strings.ToUpper(firstName), "user_id", []string{me}},
		{"users", "user_type=client admin", "user_id", []string{me}},
		{"companies", "search_text=" + strings.ToUpper(c.name[3:]), "company_id", []string{c.id}},
	} {
		t.Run(tt.list+"?"+tt.query, func(t *testing.T) {
			q := "?sorting=time_created{asc}"
			for _, pair := range strings.Split(tt.query, "&") {
				name, value, _ := strings.Cut(pair, "=")
				q += "&" + name + "=" + url.QueryEscape(value)
			}
			answer := c.ca.get(t, "/api/"+tt.list+"/"+q).want(200)
			at := "items"
			if strings.HasSuffix(tt.list, "/analyses") {
				at = ""
			} else {
				answer.check("total", len(tt.want))
			}
			if got := answer.ids(at, tt.key); !slices.Equal(got, tt.want) {
				t.Errorf("%s: found %v, want %v", answer.request, got, tt.want)
			}
		})
	}

	t.Run("times", func(t *testing.T) {
		folder := c.ca.get(t, folderPath(b)).want(200)
		created := fmt.Sprintf("%.6f", folder.number("time_created"))
		for query, want := range map[string]int{
			"time_created.min=" + created:                                                3 - 1,
			"time_created.max=" + created:                                                2,
			"time_created.min=" + created + "&time_created.max=" + created:               1,
			fmt.Sprintf("time_created.min=%.3f", 1000*(folder.number("time_created")+1)): 0, // milliseconds
			"time_updated.min=" + created:                                                3,
			"time_created.max=1":                                                         0,
		} {
			c.ca.get(t, "/api/folders/?"+query).want(200).check("total", want)
		}
	})

	t.Run("expansions", func(t *testing.T) {
		plain := c.ca.get(t, "/api/folders/?folder_id="+a).want(200)
		plain.checkAbsent("items.0.analyses").checkAbsent("items.0.user").checkAbsent("items.0.company").check("items.0.media.0.folder_id", a)
		c.ca.get(t, "/api/folders/?with_analyses=true&with_user=1&with_company=true&folder_id="+a).want(200).
			check("items.0.analyses.0.analysis_id", declined.at("analysis_id")).check("items.0.user.user_id", me).check("items.0.company.company_id", c.id)
		c.ca.get(t, folderPath(a)+"?with_analyses=false").want(200).checkAbsent("analyses")
		c.ca.get(t, persons(list)+"?with_images=false").want(200).checkAbsent("items.0.images").checkAbsent("items.0.person_images").check("items.0.images_count", 1)
	})
}
