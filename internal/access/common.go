package access

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"

	"example.org/osprey"
)

//go:embed common.txt
var commonText string

// common is the list of common passwords and of the words they are made of,
// folded.
var common = sync.OnceValue(func() map[string]struct{} {
	set := make(map[string]struct{})
	for line := range strings.Lines(commonText) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		for word := range strings.FieldsSeq(line) {
			set[osprey.Fold(word)] = struct{}{}
		}
	}
	return set
})

// isCommon reports whether a password is in the list, or is a word of the list
// that only got what people add to satisfy a rule: capitals, digits and signs at
// its ends, signs for letters, the word twice. Three words in a row are no common
// password, however common each of them is.
func isCommon(password string) bool {
	folded := osprey.Fold(strings.TrimSpace(password))
	for _, form := range []string{folded, plainLetters(folded)} {
		for _, core := range []string{form, strings.TrimRightFunc(form, notLetter), strings.TrimFunc(form, notLetter)} {
			core = plainLetters(core)
			if inList(core) || inList(form) || inList(half(core)) || inList(half(form)) {
				return true
			}
		}
	}
	return false
}

func inList(word string) bool {
	_, ok := common()[word]
	return ok && word != ""
}

// half is the unit of a word written twice, with or without something between;
// empty for any other word.
func half(word string) string {
	n := len(word) / 2
	if n == 0 || word[:n] != word[len(word)-n:] {
		return ""
	}
	return word[:n]
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }

// plainLetters undoes the usual signs for letters.
func plainLetters(s string) string { return leet.Replace(s) }

var leet = strings.NewReplacer("@", "a", "4", "a", "3", "e", "1", "i", "!", "i", "0", "o", "$", "s", "5", "s", "7", "t")
