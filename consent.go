package osprey

import "encoding/json"

// consentKeys are the keys of folder:meta_data.consent with their types.
var consentKeys = map[string]string{
	"given": "a boolean", "purpose": "a string", "text_version": "a string", "subject_id": "a string", "time": "a number",
}

// CheckConsent refuses a consent object of another form (api.md 8.1). A folder
// without one passes; whether it needs one is the company's setting.
func (m Metadata) CheckConsent() error {
	const field = "folder:meta_data.consent"
	v, present := m["consent"]
	if !present || v == nil {
		return nil
	}
	consent, ok := v.(map[string]any)
	if !ok {
		return InvalidType(field, "an object")
	}
	if _, ok := consent["given"].(bool); !ok {
		return InvalidType(field+".given", "a boolean")
	}
	for key, want := range consentKeys {
		switch consent[key].(type) {
		case nil:
			continue
		case bool:
			ok = want == "a boolean"
		case string:
			ok = want == "a string"
		case json.Number, float64:
			ok = want == "a number"
		default:
			ok = false
		}
		if !ok {
			return InvalidType(field+"."+key, want)
		}
	}
	return nil
}

// ConsentGiven reports whether the metadata of a folder hold a given consent.
func (m Metadata) ConsentGiven() bool {
	consent, _ := m["consent"].(map[string]any)
	given, _ := consent["given"].(bool)
	return given
}

// CheckConsent asks of a request what api.md 8.1 asks before media are taken: that
// the consent it brings, if any, has its form (400/5), and that media, of which it
// brings so many, come with a given consent where the company requires one: in the
// request or already in the folder, else 400/3. request is folder:meta_data of the
// request, folder the metadata of the folder that the media are added to, nil for a
// new one. The zero Company requires nothing: it stands for a server without
// companies.
func CheckConsent(c Company, media int, request, folder Metadata) error {
	if err := request.CheckConsent(); err != nil {
		return err
	}
	if !c.RequireConsent || media == 0 || request.ConsentGiven() || folder.ConsentGiven() {
		return nil
	}
	return Missing("folder:meta_data.consent.given")
}
