package report

import (
	"sort"

	"example.org/osprey"
)

// Content is what a report holds, as it was at one moment.
type Content struct {
	Report   osprey.Report
	Company  string // its name
	Folder   osprey.Folder
	Media    []Medium // in upload order
	Analyses []osprey.Analysis
	// Images are the result images of the analyses, with their thumbnails.
	Images   []Medium
	Models   []Model
	Template osprey.ReportTemplate // the built-in one where none was named
	Logo     []byte                // nil for none
}

// Medium is a medium with its thumbnail, nil when its bytes are gone.
type Medium struct {
	osprey.Media
	Thumbnail []byte // JPEG
}

// Model is a model that an analysis of the folder used.
type Model struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"`
}

// modelsOf collects the models that the traces of the analyses name, by name.
func modelsOf(analyses []osprey.Analysis) []Model {
	seen := make(map[Model]bool)
	out := []Model{}
	for _, a := range analyses {
		list, _ := a.Technical["models"].([]any)
		for _, v := range list {
			entry, _ := v.(map[string]any)
			m := Model{Name: word(entry["name"]), Version: word(entry["version"]), SHA256: word(entry["sha256"])}
			if m.Name != "" && !seen[m] {
				seen[m] = true
				out = append(out, m)
			}
		}
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].Name != out[j].Name {
			return out[i].Name < out[j].Name
		}
		return out[i].Version+out[i].SHA256 < out[j].Version+out[j].SHA256
	})
	return out
}

func word(v any) string {
	s, _ := v.(string)
	return s
}

// builtIn is the form of reports that name no template.
func builtIn() osprey.ReportTemplate {
	return osprey.ReportTemplate{Locale: osprey.LocaleEnglish, Sections: osprey.ReportSections()}
}
