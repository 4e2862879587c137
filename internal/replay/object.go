package replay

import (
	"bytes"

	"example.org/osprey"
)

// maxObjects bounds how many objects one answer is filed under. The largest answer,
// a person with 100 photographs, names about 400.
const maxObjects = 2000

// identifiers lists the identifiers that the values of a JSON text are, each once in
// the order they come: what the answer tells of. Metadata are left out: what a client
// writes there is none of our objects. The text is our own, so that it is read in one
// pass and not checked.
func identifiers(body []byte) []osprey.ID {
	var out []osprey.ID
	seen := make(map[osprey.ID]bool)
	for i := 0; i < len(body) && len(out) < maxObjects; {
		if body[i] != '"' {
			i++
			continue
		}
		end := endOfText(body, i)
		text := body[i+1 : max(end-1, i+1)]
		i = end
		if i < len(body) && body[i] == ':' {
			if bytes.Equal(text, []byte("meta_data")) || bytes.Equal(text, []byte("technical_meta_data")) {
				i = endOfObject(body, i+1)
			}
			continue
		}
		if id, ok := osprey.ParseID(string(text)); ok && !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// endOfText is where the text ends whose opening quote is at i.
func endOfText(body []byte, i int) int {
	for i++; i < len(body); i++ {
		switch body[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(body)
}

// endOfObject is where the object ends that begins at i; another value is not
// skipped.
func endOfObject(body []byte, i int) int {
	if i >= len(body) || body[i] != '{' {
		return i
	}
	for depth := 0; i < len(body); {
		switch body[i] {
		case '"':
			i = endOfText(body, i)
			continue
		case '{':
			depth++
		case '}':
			depth--
		}
		i++
		if depth == 0 {
			return i
		}
	}
	return len(body)
}
