package config

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
)

// maxSecretFile bounds a file that holds one value, in bytes.
const maxSecretFile = 64 << 10

// fromEnvironment reads k's variable, the file that its _FILE variable names,
// or else its Oz aliases.
func (r *resolver) fromEnvironment(k *Key) []candidate {
	name := k.Env()
	value, direct := r.env[name]
	file, inFile := r.env[name+"_FILE"]
	switch {
	case k.FileOnly && (direct || inFile):
		return []candidate{{source: SourceEnvironment, from: name, err: errors.New("it can only be set in the file")}}
	case direct && inFile:
		err := fmt.Errorf("%s and %s_FILE are both set", name, name)
		return []candidate{{source: SourceEnvironment, from: name, err: err}}
	case direct:
		return []candidate{{raw: raw{text: value}, source: SourceEnvironment, from: name}}
	case inFile:
		return []candidate{fileCandidate(file, SourceEnvironment, name+"_FILE")}
	}
	return r.fromAlias(k)
}

// fromAlias reads the first alias that is set, unless a flag sets the key.
func (r *resolver) fromAlias(k *Key) []candidate {
	if _, ok := r.flags[k.Name]; ok {
		return nil
	}
	for _, alias := range k.Aliases {
		if alias.Common && !r.ozEnv {
			continue
		}
		value, ok := alias.convert(r.env)
		if !ok {
			continue
		}
		r.inform(fmt.Sprintf("%s is read as %s", alias.Name, k.Name))
		return []candidate{{raw: raw{text: value}, source: SourceEnvironment, from: alias.Name}}
	}
	return nil
}

func (r *resolver) fromFlag(k *Key) []candidate {
	flag, ok := r.flags[k.Name]
	switch {
	case !ok:
		return nil
	case k.flagIsFile():
		return []candidate{fileCandidate(flag.value, SourceFlag, flag.name)}
	}
	return []candidate{{raw: raw{text: flag.value}, source: SourceFlag, from: flag.name}}
}

// fileCandidate reads a value from a file, less one line feed at its end.
func fileCandidate(path string, source Source, from string) candidate {
	data, err := readBounded(path, maxSecretFile)
	text := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	return candidate{raw: raw{text: text}, source: source, from: from, err: err}
}

// mention notes the variables and keys that have no effect: those of Oz, and names
// that look like ours and are not.
func (r *resolver) mention() {
	for _, name := range noEffect {
		if _, set := r.env[name.Name]; set && (!name.Common || r.ozEnv) {
			r.inform(name.Name + " is accepted and has no effect")
		}
	}
	for _, name := range r.sources.File.unread {
		r.inform(name + " is accepted and has no effect")
	}
	known := map[string]bool{}
	names := make([]string, 0, len(registry))
	for _, k := range registry {
		known[k.Env()], known[k.Env()+"_FILE"] = true, true
		names = append(names, k.Env())
	}
	for _, name := range slices.Sorted(maps.Keys(r.env)) {
		if strings.HasPrefix(name, "OSPREY_") && !known[name] && !isForeign(name) {
			r.warn(fmt.Sprintf("%s is no setting and has no effect; the nearest is %s", clip(name), nearest(name, names)))
		}
	}
}

// isForeign: names of the command line's own, and those that Kubernetes sets
// for a service called osprey.
func isForeign(name string) bool {
	switch name {
	case "OSPREY_CONFIG", "OSPREY_SERVER", "OSPREY_TOKEN", "OSPREY_TOKEN_FILE":
		return true
	}
	return strings.HasPrefix(name, "OSPREY_SERVICE_") || strings.HasPrefix(name, "OSPREY_PORT")
}

func (r *resolver) inform(text string) {
	r.notices = append(r.notices, Notice{Level: slog.LevelInfo, Text: text})
}
