package e2e

import (
	"bytes"
	"image/jpeg"
	"strings"
	"testing"
	"time"

	"example.org/osprey/internal/testphoto"
)

// mrzDigit is a check digit of ICAO 9303: weights 7, 3, 1 modulo 10.
func mrzDigit(s string) string {
	sum := 0
	for i, c := range s {
		v := 0
		switch {
		case c >= '0' && c <= '9':
			v = int(c - '0')
		case c >= 'A' && c <= 'Z':
			v = int(c-'A') + 10
		}
		sum += v * []int{7, 3, 1}[i%3]
	}
	return string(rune('0' + sum%10))
}

// filled pads to n places with fillers.
func filled(s string, n int) string { return s + strings.Repeat("<", n-len(s)) }

// passport is the MRZ of a made-up passport (TD3) that expires in as many years.
func passport(years int) []string { return passportOf("X12345678", years) }

// passportOf is that of one with a number of nine places.
func passportOf(number string, years int) []string {
	expiry := time.Now().UTC().AddDate(years, 0, 0).Format("060102")
	birth, optional := "900115", filled("Q7", 14)
	two := number + mrzDigit(number) + "UTO" + birth + mrzDigit(birth) + "F" + expiry + mrzDigit(expiry) + optional + mrzDigit(optional)
	return []string{filled("P<UTOEXAMPLE<<ANNA<MARIA", 44), two + mrzDigit(two[:10]+two[13:20]+two[21:43])}
}

// identityCard is the MRZ of a made-up card (TD1).
func identityCard(years int) []string {
	expiry := time.Now().UTC().AddDate(years, 0, 0).Format("060102")
	number, birth := "D23145890", "740812"
	one := "I<UTO" + number + mrzDigit(number) + filled("", 15)
	two := birth + mrzDigit(birth) + "M" + expiry + mrzDigit(expiry) + "UTO" + filled("", 11)
	return []string{one, two + mrzDigit(one[5:]+two[:7]+two[8:15]+two[18:29]), filled("ERIKSSON<<ANNA<MARIA", 30)}
}

// isoDate is the date of six places of an MRZ in this century.
func isoDate(s string) string { return "20" + s[:2] + "-" + s[2:4] + "-" + s[4:] }

// checkOf finds a check by its name and holds it against the wanted result.
func checkOf(t *testing.T, a answer, name, result string) object {
	t.Helper()
	for _, raw := range a.list("results_data.checks") {
		if c := raw.(object); c["name"] == name {
			if c["result"] != result {
				t.Errorf("%s: check %v, want %s", a, c, result)
			}
			return c
		}
	}
	t.Errorf("%s: no check %s", a, name)
	return nil
}

// TestDocuments: documents are read, judged and their portraits cut out (api.md
// 9.2, 9.3, 9.5.4).
func TestDocuments(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	holder := people(t).ada[0]
	// judge uploads one picture as the front of a document and analyses it.
	judge := func(t *testing.T, p testphoto.Photo, params object) answer {
		t.Helper()
		folder := c.ca.upload(t, "/api/folders/", photo("card", p), tagged(map[string][]string{"card": {"photo_id", "photo_id_front"}})).want(201).id("folder_id")
		return c.ca.only(t, folder, "DOCUMENTS", object{"params": params}).check("state", "FINISHED").check("error_code", nil)
	}
	draw := func(t *testing.T, lines []string) testphoto.Photo {
		return testphoto.Document(t, "card", lines, 1000, holder)
	}

	t.Run("passport", func(t *testing.T) {
		lines := passport(5)
		a := judge(t, draw(t, lines), nil).check("resolution_status", "SUCCESS").check("resolution", "SUCCESS").check("system_resolution", "SUCCESS")
		a.check("confs", object{"require_mrz": false, "allow_expired": false})
		const mrz = "results_data.mrz."
		a.check(mrz+"found", true).check(mrz+"format", "TD3").check(mrz+"valid", true).check(mrz+"lines", lines).check(mrz+"source_media_id", a.at("source_media.0.media_id"))
		a.check(mrz+"check_digits", object{"document_number": true, "birth_date": true, "expiry_date": true, "optional_data": true, "composite": true})
		if conf := a.number(mrz + "confidence"); conf < 0.8 || conf > 1 {
			t.Errorf("%s: confidence %g", a, conf)
		}
		fields := []struct{ name, value string }{
			{"document_code", "P"}, {"issuing_state", "UTO"}, {"surname", "EXAMPLE"}, {"given_names", "ANNA MARIA"}, {"document_number", "X12345678"},
			{"nationality", "UTO"}, {"birth_date", "1990-01-15"}, {"sex", "F"}, {"expiry_date", isoDate(lines[1][21:27])}, {"optional_data", "Q7"},
		}
		got := a.list("results_data.text_fields")
		if len(got) != len(fields) {
			t.Fatalf("%s: %d text fields", a, len(got))
		}
		for i, f := range fields {
			field := got[i].(object)
			if field["field_name"] != f.name || field["mrz"] != f.value || field["visual"] != nil {
				t.Errorf("text field %v, want %s = %s", field, f.name, f.value)
			}
			if checked := f.name == "document_number" || strings.HasSuffix(f.name, "_date"); checked && field["valid"] != true {
				t.Errorf("text field %v is not valid", field)
			}
		}
		for _, name := range []string{"portrait_found", "mrz_found", "mrz_valid", "not_expired"} {
			checkOf(t, a, name, "pass")
		}
		for name, limit := range map[string]float64{"sharpness": 0.4, "glare": 0.1, "resolution": 600} {
			if got := checkOf(t, a, name, "pass"); got["limit"] != limit || got["actual"] == nil {
				t.Errorf("check %v, want the limit %g and a measure", got, limit)
			}
		}
		if n := len(a.list("results_data.checks")); n != 7 {
			t.Errorf("%s: %d checks", a, n)
		}
		for _, key := range []string{"models.0.sha256", "queue_ms", "run_ms", "thresholds.mrz_confidence", "decided_by.checks", "media." + a.id("source_media.0.media_id") + ".ms"} {
			a.at("technical_meta_data." + key)
		}
		t.Run("the portrait", func(t *testing.T) {
			const out = "results_media.0.output_images.0."
			a.check("results_media.0.source_image_id", a.at("source_media.0.media_id")).check(out+"media_type", "IMAGE_RESULT_ANALYSIS_SINGLE").
				check(out+"tags", []string{"photo_id_portrait"}).check(out+"original_name", "portrait.jpg").check(out+"thumb_url", nil)
			box := a.at("results_media.0.results_data.portrait").(object)
			left, top, right, bottom := box["left"].(float64), box["top"].(float64), box["right"].(float64), box["bottom"].(float64)
			if left < 50 || top < 60 || right > 320 || bottom > 420 || right-left < 60 || bottom-top < 60 {
				t.Errorf("the portrait lies at %v, it was drawn at 50..320, from 60 on", box)
			}
			cut, err := jpeg.DecodeConfig(bytes.NewReader(fetch(t, a.text(out+"original_url"), 200)))
			if err != nil || float64(cut.Width) < right-left || float64(cut.Height) < bottom-top {
				t.Errorf("the portrait is %+v, %v", cut, err)
			}
			// It is the holder.
			portrait := testphoto.Photo{Name: "portrait", JPEG: fetch(t, a.text(out+"original_url"), 200)}
			pair := c.folder(t, portrait, people(t).ada[1]).id("folder_id")
			c.ca.only(t, pair, "BIOMETRY").check("resolution_status", "SUCCESS")
		})
	})
	t.Run("identity card on its side", func(t *testing.T) {
		lines := identityCard(3)
		turned := testphoto.Encoded(t, "turned", testphoto.Turn(draw(t, lines).Image(t), 90, 1))
		a := judge(t, turned, nil).check("results_data.mrz.format", "TD1").check("results_data.mrz.lines", lines)
		a.check("results_data.mrz.check_digits", object{"document_number": true, "birth_date": true, "expiry_date": true, "composite": true})
		checkOf(t, a, "mrz_valid", "pass")
	})
	t.Run("expired", func(t *testing.T) {
		p := draw(t, passport(-1))
		a := judge(t, p, nil).check("resolution_status", "DECLINED")
		checkOf(t, a, "not_expired", "fail")
		checkOf(t, a, "mrz_valid", "pass")
		a.check("technical_meta_data.decided_by.checks", []string{"not_expired"})
		a = judge(t, p, object{"allow_expired": true}).check("resolution_status", "SUCCESS").check("confs.allow_expired", true)
		checkOf(t, a, "not_expired", "fail")
	})
	t.Run("a wrong check digit", func(t *testing.T) {
		lines := passport(5)
		// Of the document number, by as much as no confusion of letters explains.
		wrong := '0' + (lines[1][9]-'0'+5)%10
		lines[1] = lines[1][:9] + string(rune(wrong)) + lines[1][10:]
		a := judge(t, draw(t, lines), nil).check("resolution_status", "DECLINED").check("results_data.mrz.valid", false).
			check("results_data.mrz.check_digits.document_number", false).check("results_data.mrz.check_digits.birth_date", true)
		checkOf(t, a, "mrz_valid", "fail")
		for _, raw := range a.list("results_data.text_fields") {
			if f := raw.(object); f["field_name"] == "document_number" && f["valid"] != false {
				t.Errorf("%v", f)
			}
		}
	})
	t.Run("without an MRZ", func(t *testing.T) {
		p := draw(t, nil)
		nothing := object{"found": false, "format": nil, "valid": nil, "lines": []any{}, "check_digits": object{}, "source_media_id": nil, "confidence": nil}
		a := judge(t, p, nil).check("resolution_status", "SUCCESS").check("results_data.mrz", nothing).check("results_data.text_fields", []any{})
		checkOf(t, a, "mrz_found", "fail")
		checkOf(t, a, "mrz_valid", "skipped")
		checkOf(t, a, "not_expired", "skipped")
		judge(t, p, object{"require_mrz": true}).check("resolution_status", "DECLINED").check("confs.require_mrz", true)
	})
	t.Run("low resolution", func(t *testing.T) {
		a := judge(t, testphoto.Document(t, "small", passport(5), 840, holder), nil).check("resolution_status", "OPERATOR_REQUIRED")
		if got := checkOf(t, a, "resolution", "fail"); got["actual"] != 571.0 || got["limit"] != 600.0 {
			t.Errorf("%v", got)
		}
		checkOf(t, a, "mrz_valid", "pass")
	})
	t.Run("without a portrait", func(t *testing.T) {
		p := testphoto.Encoded(t, "faceless", testphoto.Card(t, passport(5), 1000))
		a := judge(t, p, nil).check("resolution_status", "DECLINED").check("results_media.0.output_images", []any{}).check("results_media.0.results_data.portrait", nil)
		checkOf(t, a, "portrait_found", "fail")
		checkOf(t, a, "mrz_found", "pass")
	})
	t.Run("two sides", func(t *testing.T) {
		// The front has the portrait, the back the MRZ.
		back := testphoto.Encoded(t, "back", testphoto.Card(t, identityCard(3), 1000))
		made := c.ca.upload(t, "/api/folders/", photo("front", draw(t, nil)), photo("back", back), photo("selfie", people(t).ada[2]),
			tagged(map[string][]string{"front": {"photo_id_front"}, "back": {"photo_id_back"}})).want(201)
		folder := made.id("folder_id")
		a := c.ca.only(t, folder, "DOCUMENTS").check("resolution_status", "SUCCESS").check("results_data.mrz.source_media_id", made.at("media.1.media_id"))
		if n := len(a.list("source_media")); n != 2 {
			t.Errorf("%s: %d sources, the selfie is none", a, n)
		}
		// A portrait on the back alone is none.
		c.ca.only(t, folder, "DOCUMENTS", object{"source_media": []string{made.id("media.1.media_id")}}).check("resolution_status", "DECLINED")
	})
	t.Run("a video is no document", func(t *testing.T) {
		made := c.ca.upload(t, "/api/folders/", clip(t, "m", testphoto.Webcam, passive("mp4"))).want(201)
		c.refuse(t, []refusal{{name: "video", path: analysesOf(made.id("folder_id")),
			body: object{"analyses": []object{{"type": "DOCUMENTS", "source_media": []string{made.id("media.0.media_id")}}}},
			want: fault{status: 400, code: 4, details: object{"field": "analyses.0.source_media.0"}}}})
	})
}
