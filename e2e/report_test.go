package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.org/osprey"
)

// brand is a picture of a company.
func brand(t *testing.T) string {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 240, 80))
	for y := range 80 {
		for x := range 240 {
			if (x/20+y/20)%2 == 0 {
				img.Set(x, y, color.NRGBA{R: 30, G: 58, B: 95, A: 255})
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// pagesOf reads the text of a PDF with poppler, as a reader would.
func pagesOf(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.pdf")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-layout", path, "-").CombinedOutput()
	if err != nil {
		t.Fatalf("pdftotext (Debian package poppler-utils): %v: %s", err, out)
	}
	return string(out)
}

// TestReports: templates and reports (api.md 15.1).
func TestReports(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	list := c.collection(t, object{"alias": "watch list"})
	c.person(t, list, p.ada[0])
	made := c.ca.upload(t, "/api/folders/", photo("selfie", p.ada[1]), photo("id_photo", p.ada[2]),
		payload(object{"folder:meta_data": object{"client_iin": "870412300112", "name": "Қайрат ұлы", "deep": object{"a": []int{1, 2}}}})).want(201)
	folder := made.id("folder_id")
	c.ca.analyse(t, folder, object{"collection_id": list})
	c.ca.only(t, folder, "BIOMETRY")
	template := c.ca.post(t, "/api/templates/", object{"name": "std", "title": "Prüfbericht", "footer": "Confidential", "sections": []string{"analyses", "metadata", "summary"}}).want(201).
		check("locale", "en").check("attachments", []any{}).check("company_id", c.id).id("template_id")
	templatePath := "/api/templates/" + template + "/"
	attached := c.ca.upload(t, templatePath+"attachments/", file("logo", "logo.png", brand(t))).want(201).check("name", "logo")
	reportsOf := folderPath(folder) + "reports/"

	t.Run("as a PDF", func(t *testing.T) {
		r := c.ca.post(t, reportsOf, object{"format": "PDF", "template_id": template}).want(201).
			check("format", "pdf").check("state", "FINISHED").check("folder_id", folder).check("company_id", c.id).check("template_id", template)
		data := fetch(t, r.text("original_url"), 200)
		sum := sha256.Sum256(data)
		r.check("sha256", hex.EncodeToString(sum[:])).check("size", len(data))
		text := pagesOf(t, data)
		for _, want := range []string{"Prüfbericht", "Confidential", c.name, folder, "870412300112", "Қайрат ұлы", "watch list", "Face matching", "Declined", "Passed", "Page 1 of"} {
			if !strings.Contains(text, want) {
				t.Errorf("the report lacks %q:\n%s", want, text)
			}
		}
		if strings.Contains(text, "SHA-256 ") && strings.Contains(text, "Dimensions") {
			t.Error("the section media was not asked for")
		}
		if a, b := strings.Index(text, "Analyses"), strings.Index(text, "Summary"); a < 0 || b < a {
			t.Errorf("the sections stand in another order: %d, %d", a, b)
		}
	})
	t.Run("as JSON", func(t *testing.T) {
		r := c.ca.post(t, reportsOf, object{"format": "json"}).want(201).check("format", "json").check("template_id", nil)
		url := r.text("original_url")
		if !strings.Contains(url, "/static/"+folder+"/"+r.id("report_id")+".json?exp=") {
			t.Errorf("the report lies at %s", url)
		}
		data := fetch(t, url, 200)
		var content struct {
			Folder struct {
				ID    string `json:"folder_id"`
				Media []struct {
					URL *string `json:"original_url"`
				} `json:"media"`
			} `json:"folder"`
			Hashes []struct {
				Media, SHA256 string
			} `json:"hashes"`
			Analyses []struct {
				Type   string `json:"type"`
				Status string `json:"resolution_status"`
			} `json:"analyses"`
			Models     []struct{ Name, SHA256 string } `json:"models"`
			Thresholds []struct {
				Confs map[string]any `json:"confs"`
			} `json:"thresholds"`
		}
		if err := json.Unmarshal(data, &content); err != nil {
			t.Fatal(err)
		}
		hash := sha256.Sum256(p.ada[1].JPEG)
		if content.Folder.ID != folder || len(content.Folder.Media) != 2 || content.Folder.Media[0].URL != nil || len(content.Hashes) != 2 ||
			content.Hashes[0].SHA256 != hex.EncodeToString(hash[:]) || len(content.Analyses) != 2 || content.Analyses[0].Status != "DECLINED" ||
			len(content.Models) == 0 || len(content.Models[0].SHA256) != 64 || len(content.Thresholds) != 2 || content.Thresholds[1].Confs["threshold_min"] == nil {
			t.Errorf("%s", data)
		}
		if bytes.Contains(data, []byte("sig=")) || bytes.Contains(data, []byte("base64")) {
			t.Error("a report holds links or bytes")
		}
	})
	t.Run("a snapshot", func(t *testing.T) {
		r := c.ca.post(t, reportsOf, object{"format": "json", "template_id": template}).want(201)
		before := fetch(t, r.text("original_url"), 200)
		c.ca.only(t, folder, "QUALITY")
		c.ca.delete(t, templatePath+"attachments/"+attached.id("attachment_id")+"/").want(204)
		fetch(t, attached.text("original_url"), 404)
		again := c.ca.get(t, "/api/reports/"+r.id("report_id")+"/").want(200).check("sha256", r.at("sha256")).check("template_id", template)
		if !bytes.Equal(fetch(t, again.text("original_url"), 200), before) {
			t.Error("a report changed with its folder")
		}
		c.ca.delete(t, "/api/reports/"+r.id("report_id")+"/").want(204)
		c.ca.get(t, "/api/reports/"+r.id("report_id")+"/").fault(notExist)
		fetch(t, again.text("original_url"), 404)
	})
	t.Run("lists", func(t *testing.T) {
		all := c.ca.get(t, "/api/reports/?folder_id="+folder).want(200).check("total", 2).ids("items", "report_id")
		pdf := c.ca.get(t, "/api/reports/?format=pdf").want(200).check("total", 1).check("items.0.format", "pdf").ids("items", "report_id")
		if len(all) != 2 || !contains(all, pdf[0]) {
			t.Errorf("%v, %v", all, pdf)
		}
		c.ca.get(t, "/api/reports/?format=pdf&folder_id="+c.id).want(200).check("total", 0)
		c.ca.get(t, "/api/reports/?format=odt").fault(badValue("format"))
		c.ca.get(t, "/api/templates/?search_text=ST").want(200).check("total", 1).check("items.0.template_id", template)
		c.ca.get(t, "/api/templates/?template_id.exclude="+template).want(200).check("total", 0)
	})
	t.Run("refusals", func(t *testing.T) {
		unknown := fault{404, 10, object{"field": "template_id"}, "Object does not exist"}
		text := file("logo", "logo.png", "no picture at all")
		c.refuse(t, []refusal{
			{name: "unknown format", path: reportsOf, body: object{"format": "odt"}, want: badValue("format")},
			{name: "format of another type", path: reportsOf, body: object{"format": 7}, want: badType("format")},
			{name: "unknown template", path: reportsOf, body: object{"template_id": folder}, want: unknown},
			{name: "no template id", path: reportsOf, body: object{"template_id": "std"}, want: badValue("template_id")},
			{name: "unknown folder", path: folderPath(template) + "reports/", body: object{}, want: notExist},
			{name: "unknown folder, and a bad body", path: folderPath(template) + "reports/", body: object{"format": "odt"}, want: notExist},
			{name: "a template without a name", path: "/api/templates/", body: object{"title": "x"}, want: badStructure("name")},
			{name: "an empty name", path: "/api/templates/", body: object{"name": ""}, want: badValue("name", "limit", 1)},
			{name: "a long name", path: "/api/templates/", body: object{"name": strings.Repeat("é", 201)}, want: badValue("name", "limit", 200, "actual", 201)},
			{name: "an unknown section", path: "/api/templates/", body: object{"name": "n", "sections": []string{"scores"}}, want: badValue("sections")},
			{name: "no sections", path: "/api/templates/", body: object{"name": "n", "sections": []string{}}, want: badValue("sections", "limit", 1)},
			{name: "an unknown language", path: "/api/templates/", body: object{"name": "n", "locale": "xx"}, want: badValue("locale")},
			{name: "another company's", path: "/api/templates/", body: object{"name": "n", "company_id": tenant(t).id}, want: fault{404, 10, object{"field": "company_id"}, "Object does not exist"}},
			{name: "a change out of bounds", method: "PATCH", path: templatePath, body: object{"footer": strings.Repeat("x", 501)}, want: badValue("footer", "limit", 500)},
			{name: "a logo of another name", path: templatePath + "attachments/", body: form(file("picture", "l.png", brand(t))), want: badStructure("logo")},
			{name: "no logo", path: templatePath + "attachments/", body: form(payload(object{})), want: badStructure("logo")},
			{name: "a text as a logo", path: templatePath + "attachments/", body: form(text), want: unsupported("logo", "reason", "type")},
			{name: "a logo beyond 1 MiB", path: templatePath + "attachments/", body: form(file("logo", "l.png", brand(t)+strings.Repeat("x", 1<<20))), want: tooLarge("logo", "limit", 1<<20)},
			{name: "an unknown logo", method: "DELETE", path: templatePath + "attachments/" + folder + "/", want: notExist},
		})
	})
	t.Run("with the folder", func(t *testing.T) {
		urls := []string{}
		for _, id := range c.ca.get(t, "/api/reports/?folder_id="+folder).want(200).ids("items", "report_id") {
			urls = append(urls, c.ca.get(t, "/api/reports/"+id+"/").want(200).text("original_url"))
		}
		c.ca.delete(t, templatePath).want(204)
		fetch(t, urls[0], 200)
		c.ca.delete(t, folderPath(folder)).want(204)
		for _, url := range urls {
			fetch(t, url, 404)
		}
		c.ca.get(t, "/api/reports/").want(200).check("total", 0)
	})
}

// TestReportsOfMany: every language prints, and nobody's reports are another's.
func TestReportsOfMany(t *testing.T) {
	t.Parallel()
	c, stranger := tenant(t), tenant(t)
	folder := c.ca.upload(t, "/api/folders/", photo("selfie", people(t).bea[0])).want(201).id("folder_id")
	words := map[osprey.Locale]string{"en": "Summary", "es": "Resumen", "pt-br": "Resumo", "ru": "Итог", "tr": "Özet"}
	for _, l := range osprey.Locales() {
		template := c.ca.post(t, "/api/templates/", object{"name": fmt.Sprint(l), "locale": l}).want(201).id("template_id")
		r := c.ca.post(t, folderPath(folder)+"reports/", object{"template_id": template}).want(201)
		if text := pagesOf(t, fetch(t, r.text("original_url"), 200)); words[l] == "" || !strings.Contains(text, words[l]) {
			t.Errorf("%s lacks %q:\n%s", l, words[l], text)
		}
		stranger.ca.get(t, "/api/reports/"+r.id("report_id")+"/").fault(notExist)
		stranger.ca.get(t, "/api/templates/"+template+"/").fault(notExist)
		stranger.ca.post(t, folderPath(folder)+"reports/", object{}).fault(notExist)
	}
	stranger.ca.get(t, "/api/reports/").want(200).check("total", 0)
	stranger.ca.get(t, "/api/templates/").want(200).check("total", 0)
	// A form of another company cannot be borrowed.
	theirs := stranger.ca.post(t, "/api/templates/", object{"name": "theirs"}).want(201).id("template_id")
	c.root.post(t, folderPath(folder)+"reports/", object{"template_id": theirs}).fault(fault{404, 10, object{"field": "template_id"}, "Object does not exist"})
	c.root.post(t, "/api/templates/", object{"name": "n"}).fault(badStructure("company_id"))
}
