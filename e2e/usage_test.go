package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.org/osprey"
)

// monthly is the body that limits the units of a month.
func monthly(name string, limit any, more ...object) object {
	quota := object{"monthly": object{name: limit}}
	for _, o := range more {
		for k, v := range o {
			quota[k] = v
		}
	}
	return object{"quota": quota}
}

// limits changes the quota of a company.
func (c company) limits(tb testing.TB, body object) answer {
	tb.Helper()
	return c.root.patch(tb, companyPath(c.id), body).want(200)
}

// units are the totals that a caller sees.
func (c caller) units(tb testing.TB, query string) (units, failed, over float64) {
	tb.Helper()
	a := c.get(tb, "/api/usage/"+query).want(200)
	return a.number("totals.units"), a.number("totals.failed"), a.number("totals.over_quota")
}

// portrait starts a DOCUMENTS analysis of a photo and waits for its end; the answer of
// a refusal comes as it is.
func (c caller) inspect(tb testing.TB, folder string) answer {
	tb.Helper()
	a := c.post(tb, analysesOf(folder), object{"analyses": []object{{"type": "COLLECTION"}}})
	if a.status != 201 {
		return a
	}
	return c.finished(tb, a.id("0.analysis_id"))
}

// TestUsage: what is counted, who sees it, and how it is told.
func TestUsage(t *testing.T) {
	t.Parallel()
	p := people(t)
	a, b := tenant(t), tenant(t)
	list := a.collection(t)
	a.person(t, list, p.ada[0])
	folder := a.folder(t, p.ada[1], p.bea[0]).id("folder_id")
	a.ca.inspect(t, folder).check("state", "FINISHED")
	a.ca.upload(t, collectionPath(list)+"search/", photo("photo", p.ada[2])).want(200)
	empty := a.ca.upload(t, "/api/folders/", photo("photo1", p.nobody)).want(201).id("folder_id")
	a.ca.inspect(t, empty).check("state", "FAILED")
	today := time.Now().UTC().Format("2006-01-02")

	t.Run("items", func(t *testing.T) {
		u := a.ca.get(t, "/api/usage/").want(200)
		u.check("items", []any{object{"period": today, "company_id": a.id, "type": "COLLECTION", "source": "api", "units": 3, "failed": 1, "over_quota": 0}})
		u.check("totals", object{"units": 3, "failed": 1, "over_quota": 0})
		u = a.ca.get(t, "/api/usage/?group_by=month").want(200)
		u.check("items", []any{object{"period": today[:7], "company_id": nil, "type": nil, "source": nil, "units": 3, "failed": 1, "over_quota": 0}})
		a.ca.get(t, "/api/usage/?from=2020-01-01&to=2020-12-31").want(200).check("items", []any{}).check("totals.units", 0)
	})
	t.Run("csv", func(t *testing.T) {
		r := a.ca.call(t, "GET", "/api/usage/?group_by=type,source", nil, "Accept: text/csv").want(200)
		rows, err := csv.NewReader(bytes.NewReader(r.body)).ReadAll()
		if err != nil || len(rows) != 2 || r.header.Get("Content-Type") != "text/csv; charset=utf-8" ||
			fmt.Sprint(rows[1]) != "[  COLLECTION api 3 1 0]" {
			t.Errorf("%s: %v, %v", r, rows, err)
		}
		for _, accept := range []string{"application/json", "*/*", "text/csv;q=0.5, application/json", "text/html"} {
			if r := a.ca.call(t, "GET", "/api/usage/", nil, "Accept: "+accept).want(200); r.doc == nil {
				t.Errorf("%s gives %s", accept, r.header.Get("Content-Type"))
			}
		}
	})
	t.Run("U-03 another company sees nothing", func(t *testing.T) {
		for _, query := range []string{"", "?company_id=" + a.id} {
			if u, f, _ := b.ca.units(t, query); u+f != 0 {
				t.Errorf("%s: %v and %v", query, u, f)
			}
		}
		b.ca.get(t, "/api/statistics/?company_id="+a.id).want(200).check("items", []any{}).check("totals.folders", 0)
		if u, f, _ := a.root.units(t, "?company_id="+a.id); u != 3 || f != 1 {
			t.Errorf("ADMIN sees %v and %v", u, f)
		}
	})
	t.Run("statistics", func(t *testing.T) {
		s := a.ca.get(t, "/api/statistics/").want(200)
		s.check("granularity", "day").check("items", []any{
			object{"date": today, "type": "COLLECTION", "resolution_status": "DECLINED", "count": 1},
			object{"date": today, "type": "COLLECTION", "resolution_status": "FAILED", "count": 1},
		})
		s.check("totals.folders", 2).check("totals.media", 3).check("totals.analyses", 2).
			check("totals.by_type", object{"COLLECTION": 2}).check("totals.by_status", object{"DECLINED": 1, "FAILED": 1})
		if s.number("totals.latency_ms.p50") <= 0 || s.number("totals.latency_ms.p99") < s.number("totals.latency_ms.p50") {
			t.Errorf("%s: latencies", s)
		}
		// Days are counted whole, and the answer says so.
		var bounds map[string]any
		noon := "1767268800.5" // of 2026-01-01
		body := a.ca.get(t, "/api/statistics/?time_created.min="+noon+"&time_created.max="+noon).want(200).body
		if err := json.Unmarshal(body, &bounds); err != nil || bounds["time_created.min"] != 1767225600.0 || bounds["time_created.max"] != 1767268800.5 {
			t.Errorf("%v, %s", err, body)
		}
		// What is erased stays counted.
		a.ca.delete(t, folderPath(folder)).want(204)
		s = a.ca.get(t, "/api/statistics/?granularity=total&type=collection").want(200)
		s.check("items.0.date", nil).check("items.0.count", 1).check("totals.folders", 2).check("totals.media", 3)
		if u, _, _ := a.ca.units(t, ""); u != 3 {
			t.Errorf("after the folder was deleted %v units", u)
		}
		a.ca.get(t, "/api/statistics/?type=quality").want(200).check("items", []any{}).check("totals.latency_ms.p50", nil)
	})
	t.Run("an operator's verdict moves the count", func(t *testing.T) {
		doubt := a.collection(t, object{"on_match": "operator"})
		a.person(t, doubt, p.cem[0])
		f := a.folder(t, p.cem[1]).id("folder_id")
		done := a.ca.analyse(t, f, object{"collection_id": doubt}).check("resolution_status", "OPERATOR_REQUIRED")
		a.ca.get(t, "/api/statistics/").want(200).check("totals.by_status.OPERATOR_REQUIRED", 1)
		a.user(t, osprey.RoleClientOperator).patch(t, analysisPath(done.id("analysis_id")), object{"resolution_status": "SUCCESS"}).want(200)
		a.ca.get(t, "/api/statistics/").want(200).check("totals.by_status", object{"DECLINED": 1, "FAILED": 1, "SUCCESS": 1})
	})
	t.Run("refused", func(t *testing.T) {
		now := strconv.FormatInt(time.Now().Unix(), 10)
		for query, field := range map[string]string{
			"usage/?from=2026-02-30": "from", "usage/?to=x": "to", "usage/?from=2026-01-02&to=2026-01-01": "to",
			"usage/?from=2024-01-01&to=2026-01-01": "from", "usage/?group_by=user": "group_by", "usage/?group_by=day,day": "group_by",
			"usage/?group_by=day,month": "group_by", "usage/?company_id=x": "company_id",
			"statistics/?granularity=hour": "granularity", "statistics/?type=lite": "type", "statistics/?company_id=1": "company_id",
			"statistics/?time_created.min=1": "time_created.min", "statistics/?time_created.min=" + now + "&time_created.max=1": "time_created.max",
		} {
			a.ca.get(t, "/api/"+query).fault(badValue(field))
		}
	})
}

// TestQuota: limits hold, at their edge and for everything that comes in.
func TestQuota(t *testing.T) {
	t.Parallel()
	p := people(t)
	c := tenant(t)
	block := c.collection(t)
	c.person(t, block, p.eli[0])
	exceeded := func(field string, limit int) fault {
		return fault{status: 429, code: 18, details: object{"field": field, "reason": "quota_exceeded", "limit": limit}}
	}
	text := func(name string) part {
		return part{name: name, file: "photo.jpg", contentType: "image/jpeg", content: []byte("this is no photo, whatever its name says")}
	}
	noPhoto := func(field string) fault {
		return fault{status: 415, code: 17, details: object{"field": field, "reason": "type"}}
	}
	t.Run("merged key by key", func(t *testing.T) {
		c.limits(t, monthly("quality", 7, object{"overage": "grace"}))
		a := c.limits(t, monthly("lite", 0, object{"soft_percent": 50}))
		a.check("quota", object{
			"monthly":     object{"quality": 7, "lite": 0, "biometry": nil, "collection": nil, "documents": nil},
			"max_persons": nil, "max_storage_bytes": nil, "overage": "grace", "soft_percent": 50,
		})
		c.limits(t, object{"quota": object{"monthly": object{"quality": nil, "lite": nil}, "overage": "block", "soft_percent": 80}}).
			check("quota.monthly.quality", nil).check("quota.monthly.lite", nil)
		for field, body := range map[string]object{
			"quota.monthly.quality": monthly("quality", -1), "quota.overage": {"quota": object{"overage": "maybe"}},
			"quota.soft_percent": {"quota": object{"soft_percent": 0}}, "quota.max_persons": {"quota": object{"max_persons": 1 << 53}},
		} {
			c.root.patch(t, companyPath(c.id), body).fault(badValue(field))
		}
	})
	t.Run("fifty at the edge", func(t *testing.T) {
		c.limits(t, monthly("collection", 5))
		var folders []string
		for range 10 {
			folders = append(folders, c.folder(t, p.ada[0]).id("folder_id"))
		}
		var passed, refused atomic.Int64
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				a, err := c.ca.try("POST", analysesOf(folders[i%10]), object{"analyses": []object{{"type": "COLLECTION"}}})
				switch {
				case err != nil:
					t.Error(err)
				case a.status == 201:
					passed.Add(1)
				case a.status == 429:
					refused.Add(1)
				default:
					t.Errorf("%s", a)
				}
			})
		}
		wg.Wait()
		if passed.Load() != 5 || refused.Load() != 45 {
			t.Errorf("%d passed and %d were refused", passed.Load(), refused.Load())
		}
		a := c.ca.inspect(t, folders[0])
		a.fault(exceeded("quota.monthly.collection", 5))
		left := time.Until(osprey.NextMonth(time.Now())).Seconds()
		if after, err := strconv.ParseFloat(a.header.Get("Retry-After"), 64); err != nil || after < left-2 || after > left+60 {
			t.Errorf("Retry-After %s, the month ends in %v s", a.header.Get("Retry-After"), left)
		}
		c.ca.upload(t, collectionPath(block)+"search/", photo("photo", p.ada[1])).fault(exceeded("quota.monthly.collection", 5))
		// What no quota would make good comes before it (api.md 1.11), and what nobody may see
		// before that; a right comes between.
		c.ca.upload(t, collectionPath(block)+"search/", text("photo")).fault(noPhoto("photo"))
		c.ca.upload(t, collectionPath(nobodysID)+"search/", text("photo")).fault(fault{status: 404, code: 10})
		flagless := c.user(t, osprey.RoleClientService, object{"can_start_analysis_collection": false})
		flagless.upload(t, collectionPath(block)+"search/", text("photo")).fault(noPhoto("photo"))
		flagless.upload(t, collectionPath(block)+"search/", photo("photo", p.ada[1])).fault(fault{status: 403, code: 9, details: object{"reason": "can_start_analysis_collection"}})
		// Another type, and another company, are not concerned.
		c.ca.analyse(t, folders[1], object{"type": "DOCUMENTS"}).check("state", "FINISHED")
		for _, f := range folders { // until all have ended
			c.ca.get(t, folderPath(f)+"?wait=60").want(200)
		}
		if u, _, over := c.ca.units(t, "?group_by=type"); u != 6 || over != 0 {
			t.Errorf("%v units, %v beyond", u, over)
		}
	})
	t.Run("allow counts what is beyond", func(t *testing.T) {
		c.limits(t, object{"quota": object{"overage": "allow"}})
		f := c.folder(t, p.ada[0], p.ada[1]).id("folder_id")
		c.ca.inspect(t, f).check("state", "FINISHED")
		if _, _, over := c.ca.units(t, ""); over != 2 {
			t.Errorf("%v beyond", over)
		}
		c.limits(t, object{"quota": object{"overage": "block", "monthly": object{"collection": nil}}})
	})
	t.Run("marks are told once", func(t *testing.T) {
		for action, event := range map[string]string{"quota.warning": "collection", "quota.reached": "collection"} {
			a := c.ca.get(t, "/api/audit/?action="+action).want(200)
			a.check("total", 1).check("items.0.details.quota", event).check("items.0.details.limit", 5).check("items.0.company_id", c.id)
		}
		c.ca.get(t, "/api/audit/?action=quota.change&object_id="+c.id).want(200).check("items.0.outcome", "ok")
	})
	t.Run("persons", func(t *testing.T) {
		list := c.collection(t)
		c.person(t, list, p.ada[0])
		c.limits(t, object{"quota": object{"max_persons": 2}})
		full := fault{status: 413, code: 16, details: object{"field": "quota.max_persons", "reason": "quota_exceeded", "limit": 2, "actual": 3}}
		c.unchanged(t, func() {
			c.ca.upload(t, persons(list), photo("image1", p.bea[0])).fault(full)
			c.ca.upload(t, persons(list)+"?dry_run=true", photo("image1", p.bea[0])).fault(full)
			c.ca.upload(t, persons(list), text("image1")).fault(noPhoto("image1"))
			c.ca.upload(t, persons(nobodysID), text("image1")).fault(fault{status: 404, code: 10})
		})
		person := c.ca.get(t, persons(list)).want(200).id("items.0.person_id")
		c.ca.upload(t, images(list, person), photo("image1", p.ada[1])).want(201)
		c.ca.delete(t, personPath(list, person)).want(204)
		c.person(t, list, p.bea[0])
		c.limits(t, object{"quota": object{"max_persons": nil}})
	})
	t.Run("bytes", func(t *testing.T) {
		fresh := tenant(t)
		f := fresh.folder(t, p.ada[0])
		fresh.limits(t, object{"quota": object{"max_storage_bytes": len(p.ada[0].JPEG) + 1}})
		full := fault{status: 413, code: 16, details: object{"field": "quota.max_storage_bytes", "reason": "quota_exceeded"}}
		list := fresh.collection(t)
		fresh.unchanged(t, func() {
			fresh.ca.upload(t, "/api/folders/", photo("photo1", p.ada[0])).fault(full)
			fresh.ca.upload(t, mediaOf(f.id("folder_id")), photo("photo2", p.ada[1])).fault(full)
			fresh.ca.upload(t, persons(list), photo("image1", p.ada[1])).fault(full)
			fresh.ca.upload(t, "/api/folders/", text("photo1")).fault(noPhoto("photo1"))
			fresh.ca.upload(t, mediaOf(f.id("folder_id")), text("photo2")).fault(noPhoto("photo2"))
			fresh.ca.upload(t, mediaOf(nobodysID), text("photo2")).fault(fault{status: 404, code: 10})
			fresh.ca.upload(t, persons(list), text("image1")).fault(noPhoto("image1"))
		})
		fresh.limits(t, object{"quota": object{"max_storage_bytes": 3 * len(p.ada[0].JPEG)}})
		fresh.ca.delete(t, folderPath(f.id("folder_id"))).want(204)
		fresh.folder(t, p.ada[0])
	})
}

// TestUsageReport: the command line writes what the API tells, signed; a byte that was
// changed in the report or its signature is found (components.md: osprey usage).
func TestUsageReport(t *testing.T) {
	t.Parallel()
	p := people(t)
	s := start(t)
	root := s.admin(t)
	c, other := s.tenant(t, root), s.tenant(t, root)
	c.collection(t)
	c.ca.inspect(t, c.folder(t, p.ada[0], p.bea[0]).id("folder_id")).check("state", "FINISHED")
	month := time.Now().UTC().Format("2006-01")
	key := strings.TrimSpace(s.osprey(t, "usage", "key").exits(0).stdout)

	for _, form := range []string{"json", "csv"} {
		t.Run(form, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "report."+form)
			report := []string{"-o", form, "usage", "report", "--month", month, "--company", c.name, "--by", "month,company,type,source"}
			shown := s.osprey(t, report...).exits(0).stdout
			s.osprey(t, append(report, "--out", path)...).exits(0)
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if string(content) != shown {
				t.Errorf("the file holds\n%s\nand shown was\n%s", content, shown)
			}
			row := []any{month, c.id, "COLLECTION", "api", 2, 0, 0}
			switch form {
			case "json":
				a := answer{tb: t, request: path, body: content}
				if err := json.Unmarshal(content, &a.doc); err != nil {
					t.Fatal(err)
				}
				a.check("items", []any{object{"period": row[0], "company_id": row[1], "type": row[2], "source": row[3], "units": 2, "failed": 0, "over_quota": 0}})
				a.check("totals.units", 2)
			case "csv":
				rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
				if err != nil || len(rows) != 2 || fmt.Sprint(rows[1]) != fmt.Sprint(row) {
					t.Errorf("%v, %v", rows, err)
				}
			}
			s.osprey(t, "usage", "verify", path).exits(0)
			s.osprey(t, "usage", "verify", path, "--key", key).exits(0)
			signature, err := os.ReadFile(path + ".sig")
			if err != nil {
				t.Fatal(err)
			}
			for name, good := range map[string][]byte{path: content, path + ".sig": signature} {
				for _, at := range []int{0, len(good) / 2, len(good) - 2} {
					bad := bytes.Clone(good)
					bad[at] ^= 1
					if err := os.WriteFile(name, bad, 0o600); err != nil {
						t.Fatal(err)
					}
					s.osprey(t, "usage", "verify", path).exits(8)
				}
				if err := os.WriteFile(name, good, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s.osprey(t, "usage", "verify", path).exits(0)
			// The key of another installation does not fit.
			s.osprey(t, "usage", "verify", path, "--key", base64.StdEncoding.EncodeToString(make([]byte, 32))).exits(8)
		})
	}
	t.Run("nothing of others", func(t *testing.T) {
		s.osprey(t, "-o", "json", "usage", "report", "--company", other.name).exits(0).json().check("items", []any{}).check("totals.units", 0)
	})
	t.Run("dry run", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "report.csv")
		s.osprey(t, "--dry-run", "-o", "csv", "usage", "report", "--out", path).exits(0)
		for _, name := range []string{path, path + ".sig"} {
			if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	t.Run("refused", func(t *testing.T) {
		s.osprey(t, "usage", "report", "--month", "2026-13").exits(2)
		s.osprey(t, "usage", "report", "--out", "x").exits(2)
		s.osprey(t, "usage", "report", "--company", "nobody").exits(3)
	})
}
