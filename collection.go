package osprey

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Collection is a set of facial photos of one company, searched by COLLECTION
// analyses.
type Collection struct {
	ID         ID
	Company    ID
	Alias      string
	OnMatch    OnMatch
	Threshold  *float64 // nil: the company's
	TargetFPIR *float64 // nil: the company's
	FaceRule   FaceRule
	Persons    int
	Images     int
	// Version counts the committed changes of photos. The gallery applies them in
	// this order (see internal/collection, commit protocol).
	Version int64
	// Digest is the order-free digest of the photos after Version (gallery.Digest,
	// hex).
	Digest    string
	Metadata  Metadata
	Technical Metadata
	Created   Time
	Updated   Time
}

// OnMatch says what a match means.
type OnMatch string

// A match in a Decline list is declined, in an Operator list it goes to a
// person, in an Accept list it passes and its absence is declined.
const (
	OnMatchDecline  OnMatch = "decline"
	OnMatchOperator OnMatch = "operator"
	OnMatchAccept   OnMatch = "accept"
)

// ParseOnMatch reads one without regard to case.
func ParseOnMatch(s string) (OnMatch, bool) {
	switch v := OnMatch(strings.ToLower(s)); v {
	case OnMatchDecline, OnMatchOperator, OnMatchAccept:
		return v, true
	}
	return "", false
}

// FaceRule says which face of an enrolled photo counts.
type FaceRule string

// Strict wants exactly one face, Largest takes the largest and ignores others.
const (
	FaceRuleStrict  FaceRule = "strict"
	FaceRuleLargest FaceRule = "largest"
)

// ParseFaceRule reads one without regard to case.
func ParseFaceRule(s string) (FaceRule, bool) {
	switch v := FaceRule(strings.ToLower(s)); v {
	case FaceRuleStrict, FaceRuleLargest:
		return v, true
	}
	return "", false
}

// MaxAlias is the longest alias of a collection, in characters.
const MaxAlias = 128

// CleanAlias trims an alias and checks its length and characters.
func CleanAlias(alias string) (string, error) {
	alias = strings.TrimSpace(alias)
	if n := utf8.RuneCountInString(alias); n < 1 || n > MaxAlias {
		return "", OutOfRange("alias", MaxAlias, n, "alias must have 1 to %d characters", MaxAlias)
	}
	if !utf8.ValidString(alias) || strings.ContainsFunc(alias, unicode.IsControl) {
		return "", InvalidValue("alias", "alias must not contain control characters")
	}
	return alias, nil
}

// Limits on persons and photos (api.md 17.2).
const (
	MaxPhotosPerPerson  = 100
	MaxPhotosPerRequest = 10
	MaxSimilarPersons   = 5
	MaxTopK             = 100
	MaxCollectionIDs    = 100
)
