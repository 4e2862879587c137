package e2e

import (
	"os/exec"
	"strings"
	"testing"

	"example.org/osprey"
)

// TestFaultFolder: the rules of api.md 8.1 and 8.2 for files and payload, for both
// calls that take media.
func TestFaultFolder(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	folder := c.folder(t, p.nobody).id("folder_id")

	for _, path := range []string{"/api/folders/", mediaOf(folder)} {
		t.Run("POST "+path[:12], func(t *testing.T) {
			one := func(content string) body { return form(file("photo1", "photo.jpg", content)) }
			good := photo("photo1", p.nobody)
			table := []refusal{
				{name: "eleven files", path: path, body: form(manyParts(11, p.nobody)...), want: tooLarge("files", "limit", 10, "actual", 11)},
				{name: "above 10 MiB", path: path, body: one(string(p.ada[1].JPEG) + strings.Repeat("\x00", 10<<20)), want: tooLarge("photo1", "limit", 10<<20, "reason", "bytes")},
				{name: "above 12000 pixels a side", path: path, body: one(pngClaiming(100, 12001)), want: tooLarge("photo1", "reason", "pixels")},
				{name: "above 50 megapixels", path: path, body: one(pngClaiming(10000, 5001)), want: tooLarge("photo1", "reason", "pixels")},
				{name: "below 32 pixels", path: path, body: one(pngOf(200, 31)), want: badValue("photo1", "reason", "too_small", "limit", 32, "actual", 31)},
				{name: "empty file", path: path, body: one(""), want: badValue("photo1", "reason", "empty_file")},
				{name: "undecodable", path: path, body: one(string(p.ada[1].JPEG[:200])), want: badValue("photo1", "reason", "undecodable")},
				{name: "second part undecodable", path: path, body: form(good, file("photo2", "x.png", pngClaiming(64, 64))), want: badValue("photo2", "reason", "undecodable")},
				{name: "two parts of one name", path: path, body: form(good, good), want: badValue("photo1")},
				{name: "tags name no part", path: path, body: form(good, payload(object{"media:tags": object{"video1": []string{"x"}}})), want: badValue("video1")},
				{name: "metadata name no part", path: path, body: form(good, payload(object{"media:meta_data": object{"video1": object{}}})), want: badValue("video1")},
				{name: "tag of capitals", path: path, body: form(good, payload(object{"media:tags": object{"photo1": []string{"SELFIE"}}})), want: fault{status: 400, code: 4}},
				{name: "long tag", path: path, body: form(good, payload(object{"media:tags": object{"photo1": []string{strings.Repeat("a", 65)}}})), want: fault{status: 400, code: 4}},
				{name: "21 tags", path: path, body: form(good, payload(object{"media:tags": object{"photo1": strings.Split("a b c d e f g h i j k l m n o p q r s t u", " ")}})), want: fault{status: 400, code: 4, details: object{"limit": 20, "actual": 21}}},
				{name: "tags are numbers", path: path, body: form(good, payload(object{"media:tags": object{"photo1": []int{1}}})), want: badType("media:tags")},
				{name: "payload is not JSON", path: path, body: form(good, text("payload", "tags")), want: badStructure("payload")},
				{name: "payload is nested too deeply", path: path, body: form(good, text("payload", `{"a":`+strings.Repeat("[", 32)+strings.Repeat("]", 32)+`}`)), want: badStructure("payload")},
				{name: "payload above 1 MiB", path: path, body: form(good, text("payload", `{"a":"`+strings.Repeat("x", 1<<20)+`"}`)), want: tooLarge("payload", "limit", 1<<20)},
			}
			for _, f := range refusedFiles {
				want := unsupported("photo1", "reason", "type")
				switch {
				case strings.HasPrefix(f.mime, "video/") && !hasDecoder():
					want = unsupported("photo1", "reason", "video_decoder_missing")
				case strings.HasPrefix(f.mime, "video/"), f.name == "ZIP": // of an accepted type, with nothing in it
					want = badValue("photo1", "reason", "undecodable")
				case f.name == "HEIC", f.name == "AVIF":
					want = unsupported("photo1", "reason", "heif_disabled")
				}
				table = append(table, refusal{name: f.name, path: path, body: one(f.content), want: want})
			}
			c.refuse(t, table)
			c.unchanged(t, func() {
				c.ca.call(t, "POST", path, form(good), "Content-Encoding: gzip").fault(unsupported("Content-Encoding"))
			})
		})
	}
}

// hasDecoder tells whether a server with the default settings takes videos.
func hasDecoder() bool {
	_, err := exec.LookPath("ffmpeg")
	return err == nil
}

// TestFaultFolderPayload: the keys of a folder.
func TestFaultFolderPayload(t *testing.T) {
	t.Parallel()
	c, other := tenant(t), tenant(t)
	op := c.user(t, osprey.RoleOperator).caller
	const path = "/api/folders/"
	meta := func(v any) object { return object{"folder:meta_data": v} }
	c.refuse(t, []refusal{
		{name: "metadata are no object", path: path, body: meta("x"), want: badType("folder:meta_data")},
		{name: "metadata with 201 keys", path: path, body: meta(manyKeys(201)), want: badValue("folder:meta_data", "limit", 200, "actual", 201)},
		{name: "consent is no object", path: path, body: meta(object{"consent": true}), want: badType("folder:meta_data.consent")},
		{name: "consent without given", path: path, body: meta(object{"consent": object{"purpose": "x"}}), want: badType("folder:meta_data.consent.given")},
		{name: "consent time is a text", path: path, body: meta(object{"consent": object{"given": true, "time": "now"}}), want: badType("folder:meta_data.consent.time")},
		{name: "analyses of no media", path: path, body: object{"analyses": []object{{"type": "BIOMETRY"}}}, want: badValue("analyses.0.source_media", "reason", "not_enough_media", "limit", 2, "actual", 0)},
		{name: "analyses are no array", path: path, body: object{"analyses": object{}}, want: badType("analyses")},
		{name: "a webhook with a fragment", path: path, body: object{"resolution_endpoint": "https://client.example.com/hook#x"}, want: badValue("resolution_endpoint", "reason", "fragment")},
		{name: "a webhook that is too long", path: path, body: object{"resolution_endpoint": "https://client.example.com/" + strings.Repeat("x", 2048)}, want: badValue("resolution_endpoint", "limit", 2048, "actual", 2075)},
		{name: "the webhook is no text", path: path, body: object{"resolution_endpoint": 1}, want: badType("resolution_endpoint")},
		{name: "ADMIN without company_id", by: &c.root, path: path, body: object{}, want: missing("company_id")},
		{name: "OPERATOR without company_id", by: &op, path: path, want: missing("company_id")},
		{name: "company_id is no UUID", path: path, body: object{"company_id": "acme"}, want: badValue("company_id")},
		{name: "company_id unknown", by: &c.root, path: path, body: object{"company_id": nobodysID}, want: notExist},
		{name: "company_id of another company", path: path, body: object{"company_id": other.id}, want: notExist},
		{name: "additional_info is no text", path: path, body: object{"additional_info": object{}}, want: badType("additional_info")},
		{name: "additional_info above 64 KiB", path: path, body: object{"additional_info": strings.Repeat("x", 64<<10+1)}, want: badValue("additional_info", "limit", 64<<10, "actual", 64<<10+1)},
		{name: "body is not JSON", path: path, body: raw("application/json", "folder"), want: badStructure("body")},
		{name: "body is an array", path: path, body: raw("application/json", "[]"), want: badType("body")},
		{name: "body above 1 MiB", path: path, body: raw("application/json", `{"a":"`+strings.Repeat("x", 1<<20)+`"}`), want: tooLarge("body", "limit", 1<<20)},
		{name: "body nested 33 deep", path: path, body: raw("application/json", strings.Repeat(`{"a":`, 32)+"{}"+strings.Repeat("}", 32)), want: badStructure("body")},
	})

	t.Run("what is accepted", func(t *testing.T) {
		// Any content type, as long as the first byte is a brace.
		for _, contentType := range []string{"application/json", "text/plain", "application/x-www-form-urlencoded", ""} {
			c.ca.post(t, path, raw(contentType, "  \n"+`{"folder:meta_data": {"a": 1, "b": null}, "unknown": [1], "params": null}`)).want(201).
				check("meta_data", object{"a": 1, "b": nil}).check("media", []any{}).check("analyses", []any{}).check("company_id", c.id)
		}
		c.ca.post(t, path, nil).want(201).check("resolution_status", "INITIAL").check("technical_meta_data.source", "api")
		c.ca.call(t, "POST", path, nil, "User-Agent: osprey-cli/1.2").want(201).check("technical_meta_data.source", "cli")
		c.ca.post(t, path, object{"analyses": []object{}, "resolution_endpoint": nil, "company_id": strings.ToUpper(c.id)}).want(201)
		c.root.post(t, path, object{"company_id": c.id}).want(201).check("company_id", c.id)
	})
}

// TestFaultConsent: a company that requires consent takes no media without it.
func TestFaultConsent(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	c.ca.patch(t, companyPath(c.id), object{"require_consent": true}).want(200).check("require_consent", true)
	consent := func(given bool) part {
		return payload(object{"folder:meta_data": object{"consent": object{"given": given, "purpose": "boarding"}}})
	}
	want := missing("folder:meta_data.consent.given")
	empty := c.ca.post(t, "/api/folders/", nil).want(201).id("folder_id")
	c.refuse(t, []refusal{
		{name: "none", path: "/api/folders/", body: form(photo("photo1", p.nobody)), want: want},
		{name: "not given", path: "/api/folders/", body: form(photo("photo1", p.nobody), consent(false)), want: want},
		{name: "media into a folder without", path: mediaOf(empty), body: form(photo("photo1", p.nobody)), want: want},
		{name: "media with a refusal", path: mediaOf(empty), body: form(photo("photo1", p.nobody), consent(false)), want: want},
		{name: "media with half a consent", path: mediaOf(empty), body: form(photo("photo1", p.nobody), payload(object{"folder:meta_data": object{"consent": object{}}})),
			want: badType("folder:meta_data.consent.given")},
	})
	c.ca.upload(t, mediaOf(empty), photo("photo1", p.nobody), consent(true)).want(201)
	c.ca.get(t, "/api/folders/"+empty+"/").want(200).check("meta_data.consent", object{"given": true, "purpose": "boarding"})
	c.ca.upload(t, mediaOf(empty), photo("photo2", p.nobody)).want(201)
	folder := c.ca.upload(t, "/api/folders/", photo("photo1", p.nobody), consent(true)).want(201).id("folder_id")
	c.ca.upload(t, mediaOf(folder), photo("photo2", p.nobody)).want(201)
}

// TestFaultFolderFull: a folder holds at most ten media.
func TestFaultFolderFull(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	folder := c.ca.upload(t, "/api/folders/", manyParts(9, p.nobody)...).want(201).id("folder_id")
	c.refuse(t, []refusal{
		{name: "two more", path: mediaOf(folder), body: form(photo("a", p.nobody), photo("b", p.nobody)), want: tooLarge("files", "limit", 10, "actual", 11)},
		{name: "no file", path: mediaOf(folder), body: form(payload(object{})), want: fault{status: 400, code: 3}},
		{name: "not multipart", path: mediaOf(folder), body: object{}, want: fault{status: 400, code: 3}},
		{name: "unknown folder", path: mediaOf(nobodysID), body: form(photo("a", p.nobody)), want: notExist},
	})
	c.ca.upload(t, mediaOf(folder), photo("a", p.nobody)).want(201)
	c.refuse(t, []refusal{{name: "one more", path: mediaOf(folder), body: form(photo("b", p.nobody)), want: tooLarge("files", "limit", 10, "actual", 11)}})
}

// TestFaultMedia: the calls of api.md 8.4.
func TestFaultMedia(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	media := c.ca.upload(t, "/api/folders/", photo("photo1", p.nobody),
		payload(object{"media:tags": object{"photo1": []string{"photo_selfie", "own_tag", "photo_selfie"}}})).want(201)
	media.check("media.0.tags", []string{"photo_selfie", "own_tag"})
	id := media.id("media.0.media_id")
	enrolled := c.person(t, c.collection(t), p.ada[0]).id("images.0.media_id")
	c.refuse(t, []refusal{
		{name: "no tags", method: "PATCH", path: mediaPath(id), body: object{}, want: missing("tags")},
		{name: "tags are a text", method: "PATCH", path: mediaPath(id), body: object{"tags": "photo_id"}, want: badType("tags")},
		{name: "a tag is a number", method: "PATCH", path: mediaPath(id), body: object{"tags": []any{"photo_id", 1}}, want: badType("tags")},
		{name: "bad tag", method: "PATCH", path: mediaPath(id), body: object{"tags": []string{"photo-id"}}, want: badValue("tags")},
		{name: "empty tag", method: "PATCH", path: mediaPath(id), body: object{"tags": []string{""}}, want: badValue("tags")},
		{name: "unknown", method: "PATCH", path: mediaPath(nobodysID), body: object{"tags": []string{}}, want: notExist},
		{name: "a person's photo", method: "GET", path: mediaPath(enrolled), want: notExist},
		{name: "change a person's photo", method: "PATCH", path: mediaPath(enrolled), body: object{"tags": []string{}}, want: notExist},
		{name: "delete a person's photo", method: "DELETE", path: mediaPath(enrolled), want: notExist},
		{name: "no UUID", method: "GET", path: mediaPath("photo1"), want: notExist},
	})
	c.ca.patch(t, mediaPath(id), object{"tags": []string{"photo_id", "photo_id_front"}}).want(200).check("tags", []string{"photo_id", "photo_id_front"})
	c.ca.patch(t, mediaPath(id), object{"tags": []string{}}).want(200).check("tags", []any{})
}
