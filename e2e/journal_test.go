package e2e

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// tokenPattern finds access, refresh, service and restore tokens.
var tokenPattern = regexp.MustCompile(`osp_[a-z]+_[0-9A-Za-z]{20,}`)

// journal gathers what a server writes, and the secrets that must not be in it.
type journal struct {
	mu      sync.Mutex
	text    bytes.Buffer
	secrets map[string]bool
}

func newJournal(secrets ...string) *journal {
	j := &journal{secrets: make(map[string]bool)}
	j.hide(secrets...)
	return j
}

// Write takes output of the process.
func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

// hide notes words that the process must not write: passwords, tokens, e-mail
// addresses, names.
func (j *journal) hide(words ...string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, w := range words {
		if w != "" {
			j.secrets[w] = true
		}
	}
}

// String is everything written so far.
func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// tail is the end of it, for messages.
func (j *journal) tail() string {
	const enough = 8 << 10
	s := j.String()
	return s[max(0, len(s)-enough):]
}

// leaks names the lines that hold a secret, at most five of them.
func (j *journal) leaks() error {
	text := j.String()
	j.mu.Lock()
	defer j.mu.Unlock()
	var found []string
	for line := range strings.Lines(text) {
		if word := j.secretIn(line); word != "" && len(found) < 5 {
			found = append(found, fmt.Sprintf("%q is in: %s", word, line))
		}
	}
	if found == nil {
		return nil
	}
	return fmt.Errorf("the log holds what it must not:\n%s", strings.Join(found, ""))
}

func (j *journal) secretIn(line string) string {
	if token := tokenPattern.FindString(line); token != "" {
		return token
	}
	for word := range j.secrets {
		if strings.Contains(line, word) {
			return word
		}
	}
	return ""
}
