package config

import "strings"

// Flag describes one command-line flag of the registry.
type Flag struct {
	Name        string // without the dashes in front: "http.public-url"
	Help        string
	Placeholder string // "ADDRESS", "FILE"
	Default     string // as the documentation shows it
	Bool        bool   // may stand without a value, which means true
	Key         string // the setting that it sets
}

// Flags lists the flags in the order of the registry. Their values go to
// [Sources.Flags] under the flag's name.
func Flags() []Flag {
	var flags []Flag
	for _, k := range registry {
		if k.FileOnly {
			continue
		}
		flag := Flag{
			Name: k.FlagName(), Help: k.Doc, Placeholder: placeholder(k),
			Default: k.Default, Bool: k.Kind == KindBool, Key: k.Name,
		}
		if k.flagIsFile() {
			flag.Help = "File that holds: " + k.Doc
			flag.Default = ""
		}
		flags = append(flags, flag)
	}
	return flags
}

func placeholder(k *Key) string {
	switch {
	case k.flagIsFile() || k.Kind == KindPath && k.Name != "data_dir" && k.Name != "models.dir":
		return "FILE"
	case k.Kind == KindPath:
		return "DIR"
	}
	switch k.Kind {
	case KindInt, KindFloat, KindOptionalFloat:
		return "NUMBER"
	case KindDuration:
		return "DURATION"
	case KindSize:
		return "SIZE"
	case KindList:
		return "A,B"
	case KindBool:
		return "BOOL"
	}
	return "TEXT"
}

// flagKey finds the setting of a flag; dashes and underscores are the same.
func flagKey(name string) (*Key, bool) {
	for _, k := range registry {
		if !k.FileOnly && strings.ReplaceAll(name, "_", "-") == k.FlagName() {
			return k, true
		}
	}
	return nil, false
}
