package osprey

import (
	"slices"
	"strings"
	"unicode"
)

// ReportFormat is what a report is written as.
type ReportFormat string

// The formats.
const (
	ReportPDF  ReportFormat = "pdf"
	ReportJSON ReportFormat = "json"
)

// ParseReportFormat reads one without regard to case.
func ParseReportFormat(s string) (ReportFormat, bool) {
	switch f := ReportFormat(strings.ToLower(s)); f {
	case ReportPDF, ReportJSON:
		return f, true
	}
	return "", false
}

// MIME is the type that a report of the format is sent with.
func (f ReportFormat) MIME() string {
	if f == ReportJSON {
		return "application/json"
	}
	return "application/pdf"
}

// Report is a snapshot of a folder, written down once. It goes with its folder.
type Report struct {
	ID       ID
	Folder   ID
	Company  ID
	Owner    ID  // the folder's user
	Template *ID // nil: the built-in form. It may name a template that is gone.
	Format   ReportFormat
	SHA256   string // hex, of the file
	Size     int64  // bytes
	Blob     string // key of the sealed file
	Created  Time
}

// ReportTemplate says how reports of a company look.
type ReportTemplate struct {
	ID       ID
	Company  ID
	Name     string
	Title    string
	Footer   string
	Locale   Locale
	Sections []ReportSection // in print order
	// Attachments in the order of their creation; the last logo is printed.
	Attachments []Attachment
	Created     Time
	Updated     Time
}

// Attachment is a picture of a template.
type Attachment struct {
	ID       ID
	Template ID
	Company  ID
	Name     string // the part name, "logo"
	MIME     string // image/jpeg or image/png
	Size     int64  // bytes
	Blob     string // key of the sealed picture
	Created  Time
}

// Locale is a language that reports are written in.
type Locale string

// LocaleEnglish is the language of templates that name none.
const LocaleEnglish Locale = "en"

// Locales are the built-in languages.
func Locales() []Locale { return []Locale{LocaleEnglish, "es", "pt-br", "ru", "tr"} }

// ParseLocale reads one without regard to case.
func ParseLocale(s string) (Locale, bool) {
	l := Locale(strings.ToLower(s))
	return l, slices.Contains(Locales(), l)
}

// ReportSection is a part of a report.
type ReportSection string

// The sections.
const (
	SectionSummary  ReportSection = "summary"
	SectionMedia    ReportSection = "media"
	SectionAnalyses ReportSection = "analyses"
	SectionMetadata ReportSection = "metadata"
)

// ReportSections are all of them, in the order in which a template without a word
// about them prints them.
func ReportSections() []ReportSection {
	return []ReportSection{SectionSummary, SectionMedia, SectionAnalyses, SectionMetadata}
}

// The limits of templates.
const (
	MaxTemplateName  = 200 // characters
	MaxTemplateTitle = 200
	MaxFooter        = 500
	MaxAttachments   = 10
	MaxLogoBytes     = 1 << 20
	MaxLogoSide      = 4000 // pixels
)

// LogoPart is the only name that the part of an attachment may have.
const LogoPart = "logo"

// Check refuses a template whose texts or sections are out of bounds, in the order
// of the contract's keys.
func (t ReportTemplate) Check() error {
	if err := checkText("name", t.Name, 1, MaxTemplateName); err != nil {
		return err
	}
	if err := checkText("title", t.Title, 0, MaxTemplateTitle); err != nil {
		return err
	}
	if err := checkText("footer", t.Footer, 0, MaxFooter); err != nil {
		return err
	}
	if len(t.Sections) == 0 {
		return OutOfRange("sections", 1, 0, "sections must have at least one entry")
	}
	seen := make(map[ReportSection]bool)
	for _, s := range t.Sections {
		if !slices.Contains(ReportSections(), s) {
			return InvalidValue("sections", "sections must be a subset of summary, media, analyses, metadata")
		}
		if seen[s] {
			return InvalidValue("sections", "sections must not repeat")
		}
		seen[s] = true
	}
	return nil
}

// checkText refuses a text whose number of characters is out of bounds, or that
// holds control characters.
func checkText(field, s string, least, most int) error {
	switch n := len([]rune(s)); {
	case n < least:
		return OutOfRange(field, least, n, "%s must have at least %d characters", field, least)
	case n > most:
		return OutOfRange(field, most, n, "%s must have at most %d characters", field, most)
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
		return InvalidValue(field, "%s must not hold control characters", field)
	}
	return nil
}

// Reportable refuses a report of a folder in which analyses run.
func Reportable(analyses []Analysis) error {
	running := 0
	for _, a := range analyses {
		if a.State == StateProcessing {
			running++
		}
	}
	if running == 0 {
		return nil
	}
	return Conflict("folder_id", "analyses_running", "Analyses of the folder are running").With("actual", running)
}
