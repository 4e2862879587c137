package e2e

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"net/http"
	"strings"
	"testing"

	"example.org/osprey"
)

// TestFaultLink: media links (api.md 1.10), of folder media and of persons' photos.
func TestFaultLink(t *testing.T) {
	t.Parallel()
	c, other := tenant(t), tenant(t)
	p := people(t)
	list := c.collection(t)
	person := c.person(t, list, p.ada[0])
	personID := person.id("person_id")
	folder := c.folder(t, p.strangers[0])
	owner := c.user(t, osprey.RoleClient)
	stranger := c.as("")

	for _, tt := range []struct {
		name, link, thumb string
		content           []byte
		erase             string
	}{
		{"folder medium", folder.text("media.0.original_url"), folder.text("media.0.thumb_url"), p.strangers[0].JPEG, mediaPath(folder.id("media.0.media_id"))},
		{"person's photo", person.text("images.0.original_url"), person.text("images.0.thumb_url"), p.ada[0].JPEG, personPath(list, personID)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			link := localPart(t, tt.link)
			path, query, _ := strings.Cut(link, "?")
			exp, sig, _ := strings.Cut(strings.TrimPrefix(query, "exp="), "&sig=")
			if len(sig) != 64 {
				t.Fatalf("link %s", tt.link)
			}

			a := stranger.get(t, link).want(200)
			if !bytes.Equal(a.body, tt.content) {
				t.Error("the bytes are not those that were sent in")
			}
			for name, want := range map[string]string{
				"Content-Type": "image/jpeg", "Content-Disposition": "inline", "Content-Security-Policy": "sandbox",
				"Cache-Control": "private, no-store", "Content-Length": fmt.Sprint(len(tt.content)),
			} {
				if got := a.header.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			head := stranger.call(t, http.MethodHead, link, nil).want(200)
			if len(head.body) > 0 || head.header.Get("Content-Length") != a.header.Get("Content-Length") {
				t.Errorf("HEAD: %v", head.header)
			}
			part := stranger.call(t, "GET", link, nil, "Range: bytes=10-19").want(206)
			if !bytes.Equal(part.body, tt.content[10:20]) {
				t.Error("Range gives other bytes")
			}
			stranger.call(t, "GET", link, nil, "Range: bytes=99999999-").fault(fault{status: 416, code: 4})
			stranger.call(t, "POST", link, nil).fault(fault{status: 405, code: 1})

			thumb := stranger.get(t, localPart(t, tt.thumb)).want(200)
			if img, err := jpeg.Decode(bytes.NewReader(thumb.body)); err != nil || img.Bounds().Dx() > 320 {
				t.Errorf("thumbnail: %v", err)
			}

			for name, bad := range map[string]string{
				"no signature":      path,
				"no expiry":         path + "?sig=" + sig,
				"wrong signature":   path + "?exp=" + exp + "&sig=" + flip(sig),
				"cut signature":     path + "?exp=" + exp + "&sig=" + sig[:63],
				"empty signature":   path + "?exp=" + exp + "&sig=",
				"later expiry":      path + "?exp=" + exp + "0&sig=" + sig,
				"another file":      strings.Replace(path, ".jpg", "_thumb.jpg", 1) + "?" + query,
				"another extension": strings.Replace(path, ".jpg", ".png", 1) + "?" + query,
				"a folder":          path[:strings.LastIndex(path, "/")+1],
			} {
				t.Run(name, func(t *testing.T) { stranger.get(t, bad).fault(fault{status: 404, code: 10}) })
			}
			// A token that may read the medium does, one that may not does not.
			c.ca.get(t, path).want(200)
			c.root.get(t, path).want(200)
			other.ca.get(t, path).fault(fault{status: 404, code: 10})
			owner.get(t, path).fault(fault{status: 404, code: 10})
			c.as("osp_at_unknown").get(t, path).fault(authInvalid)

			c.ca.delete(t, tt.erase).want(204)
			for _, gone := range []string{link, localPart(t, tt.thumb)} {
				stranger.get(t, gone).fault(fault{status: 404, code: 10})
			}
			c.ca.get(t, path).fault(fault{status: 404, code: 10})
		})
	}
}

// flip changes the last digit.
func flip(hex string) string {
	last := "0"
	if strings.HasSuffix(hex, "0") {
		last = "1"
	}
	return hex[:len(hex)-1] + last
}

// TestFaultLinkExpired: a right signature past its time is 403, on a server whose
// links live one second.
func TestFaultLinkExpired(t *testing.T) {
	t.Parallel()
	s := start(t, "OSPREY_MEDIA_URL_TTL=1s", "OSPREY_HTTP_PUBLIC_URL=https://faces.example.com/osprey")
	c := s.tenant(t, s.admin(t))
	link := c.folder(t, people(t).nobody).text("media.0.original_url")
	rest, ok := strings.CutPrefix(link, "https://faces.example.com/osprey/static/")
	if !ok {
		t.Fatalf("the link %s does not begin with http.public_url", link)
	}
	var a answer
	if err := s.poll("refusing the link", startPatience, func() bool {
		a = c.as("").get(t, "/static/"+rest)
		return a.status != 200
	}); err != nil {
		t.Fatal(err)
	}
	a.fault(forbidden)
}

// TestFaultHost: a Host outside http.allowed_hosts is refused before all else.
func TestFaultHost(t *testing.T) {
	t.Parallel()
	s := start(t, "OSPREY_HTTP_ALLOWED_HOSTS=127.0.0.1,faces.example.com", "OSPREY_HTTP_CORS_ORIGINS=https://app.example.com")
	c := s.tenant(t, s.admin(t))
	folder := c.folder(t, people(t).nobody)
	c.ca.call(t, "GET", "/api/folders/", nil, "Host: evil.example.com").fault(fault{status: 400, code: 4})
	c.ca.call(t, "GET", "/api/version", nil, "Host: evil.example.com:80").fault(fault{status: 400, code: 4})
	named := c.ca.call(t, "GET", folderPath(folder.id("folder_id")), nil, "Host: faces.example.com").want(200)
	if link := named.text("media.0.original_url"); !strings.HasPrefix(link, "http://faces.example.com/static/") {
		t.Errorf("the link is %s", link)
	}

	t.Run("CORS", func(t *testing.T) {
		const header = "Access-Control-Allow-Origin"
		for origin, want := range map[string]string{"https://app.example.com": "https://app.example.com", "https://evil.example.com": "", "null": ""} {
			a := c.ca.call(t, "GET", "/api/version", nil, "Origin: "+origin).want(200)
			if got := a.header.Get(header); got != want || a.header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("origin %s is allowed as %q", origin, got)
			}
		}
		preflight := c.as("").call(t, "OPTIONS", "/api/folders/", nil, "Origin: https://app.example.com",
			"Access-Control-Request-Method: POST", "Access-Control-Request-Headers: x-forensic-access-token").want(204)
		if preflight.header.Get(header) != "https://app.example.com" ||
			!strings.Contains(strings.ToLower(preflight.header.Get("Access-Control-Allow-Headers")), "x-forensic-access-token") ||
			!strings.Contains(preflight.header.Get("Access-Control-Allow-Methods"), "POST") {
			t.Errorf("preflight: %v", preflight.header)
		}
	})
}
