package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// StandardFile is read when no other file is named; it may be absent.
const StandardFile = "/etc/osprey/osprey.yaml"

// maxFile bounds a settings file, in bytes.
const maxFile = 1 << 20

// File is the settings of one YAML file. The zero File has none.
type File struct {
	Path   string
	values map[string]fileValue
	unread []string // keys that are accepted and do nothing, once each
}

// noEffectKey is a key of Oz that is accepted and does nothing: there are no licence keys.
const noEffectKey = "license.key"

type fileValue struct {
	raw  raw
	line int
}

// ReadFile reads the settings file at path; an empty path is [StandardFile],
// which may be absent. Unknown keys are faults of type [Errors].
func ReadFile(path string) (File, error) {
	optional := path == ""
	if optional {
		path = StandardFile
	}
	data, err := readBounded(path, maxFile)
	if optional && errors.Is(err, fs.ErrNotExist) {
		return File{}, nil
	}
	if err != nil {
		return File{}, fmt.Errorf("read settings: %w", err)
	}
	return ParseFile(path, data)
}

// ParseFile reads settings in YAML; keys may be nested, dotted or both. path
// is only named in messages.
func ParseFile(path string, data []byte) (File, error) {
	file := File{Path: path, values: map[string]fileValue{}}
	if len(data) > maxFile {
		return File{}, fmt.Errorf("%s: larger than %s", path, formatSize(maxFile))
	}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return File{}, fmt.Errorf("%s: %w", path, err)
	}
	if len(document.Content) == 0 || document.Content[0].Tag == "!!null" {
		return file, nil
	}
	if document.Content[0].Kind != yaml.MappingNode {
		return File{}, fmt.Errorf("%s: must be a mapping of settings", path)
	}
	var faults Errors
	file.flatten("", document.Content[0], &faults)
	return file, faults.orNil()
}

// flatten collects the settings below prefix. It descends only into sections
// that the registry has, so depth is bounded by the registry.
func (f *File) flatten(prefix string, section *yaml.Node, faults *Errors) {
	for i := 0; i+1 < len(section.Content); i += 2 {
		name, value := prefix+section.Content[i].Value, section.Content[i+1]
		k, known := Lookup(name)
		switch {
		case known && value.Tag == "!!null":
			// A key without a value is not set.
		case known:
			if err := f.add(k, value); err != nil {
				*faults = append(*faults, badValue(k, value.Value, f.at(value.Line), err))
			}
		case name == noEffectKey:
			if !slices.Contains(f.unread, name) {
				f.unread = append(f.unread, name)
			}
		case name+".key" == noEffectKey && (value.Kind == yaml.MappingNode || value.Tag == "!!null"):
			f.flatten(name+".", value, faults)
		case isSection(name) && value.Kind == yaml.MappingNode:
			f.flatten(name+".", value, faults)
		case isSection(name) && value.Tag == "!!null":
			// An empty section.
		default:
			*faults = append(*faults, unknownKey(name, f.at(section.Content[i].Line)))
		}
	}
}

func (f *File) add(k *Key, node *yaml.Node) error {
	if earlier, twice := f.values[k.Name]; twice {
		return fmt.Errorf("it is set already in line %d", earlier.line)
	}
	value := fileValue{line: node.Line}
	switch node.Kind {
	case yaml.ScalarNode:
		value.raw.text = node.Value
	case yaml.SequenceNode:
		value.raw.list = make([]string, 0, len(node.Content))
		for _, item := range node.Content {
			if item.Kind != yaml.ScalarNode {
				return errors.New("it must be a list of single values")
			}
			value.raw.list = append(value.raw.list, item.Value)
		}
	case yaml.MappingNode:
		value.raw.node = node
	default:
		return errors.New("anchors and aliases of YAML are not read")
	}
	f.values[k.Name] = value
	return nil
}

func (f *File) at(line int) string { return fmt.Sprintf("%s:%d", f.Path, line) }

// isSection: name is the first part of some key.
func isSection(name string) bool {
	for _, k := range registry {
		if strings.HasPrefix(k.Name, name+".") {
			return true
		}
	}
	return false
}

// readBounded reads a file of at most limit bytes.
func readBounded(path string, limit int64) ([]byte, error) {
	file, err := os.Open(path) //nolint:gosec // the administrator names the file
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s is larger than %s", path, formatSize(limit))
	}
	return data, nil
}
