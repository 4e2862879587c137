package config

import (
	"strings"
)

// Kind is the form of a setting's value.
type Kind string

// The kinds of values.
const (
	KindString        Kind = "string"
	KindPath          Kind = "path"
	KindBool          Kind = "bool"
	KindInt           Kind = "int"
	KindFloat         Kind = "float"
	KindOptionalFloat Kind = "optional float"
	KindDuration      Kind = "duration"
	KindSize          Kind = "size"
	KindList          Kind = "list"
	KindMap           Kind = "map"
)

// Key is one row of the registry.
type Key struct {
	Name     string // "http.listen"
	Kind     Kind
	Default  string // as the documentation shows it
	Allowed  string // what values are allowed, in words
	Doc      string // one or more sentences
	Runtime  bool   // an administrator can change it at run time
	Secret   bool   // masked wherever it is printed
	FileOnly bool   // neither environment nor flag
	Aliases  []Alias

	standard func(Host, *Config) string         // the default of this machine, as text
	read     func(raw, Host) (any, error)       // parses and checks
	assign   func(*Config, any)                 // puts a value into its field
	text     func(any) string                   // the canonical text, for people
	shape    func(any) any                      // the value as JSON has it
	unshape  func(value any) (raw, bool)        // JSON to raw; false: wrong type
	expand   func(text string, c Config) string // replaces {data_dir}; nil: nothing to replace
}

// Alias is an environment variable of Oz that is read when the key's own
// variable is not set.
type Alias struct {
	Name string
	// Common names (without OZ_ or APP_ in front) are read only with compat.oz_env.
	Common bool
	// convert turns the environment into a value; false: nothing there.
	convert func(env map[string]string) (string, bool)
}

// Env is the name of the key's environment variable.
func (k *Key) Env() string {
	return "OSPREY_" + strings.ToUpper(strings.ReplaceAll(k.Name, ".", "_"))
}

// FlagName is the name of the key's flag, without the dashes in front. A
// secret is never given on a command line, where every user of the machine
// can read it, so its flag names a file instead.
func (k *Key) FlagName() string {
	name := strings.ReplaceAll(k.Name, "_", "-")
	if k.flagIsFile() {
		name += "-file"
	}
	return name
}

// flagIsFile: the flag names a file that holds the value. A path is no secret
// even where the file that it names is one.
func (k *Key) flagIsFile() bool { return k.Secret && k.Kind != KindPath }

// Keys lists the registry in its order. The rows are the registry's own: read
// them, do not change them.
func Keys() []*Key { return registry }

// Lookup finds a key by name.
func Lookup(name string) (*Key, bool) {
	k, ok := byName[name]
	return k, ok
}

var byName = func() map[string]*Key {
	index := make(map[string]*Key, len(registry))
	for _, k := range registry {
		index[k.Name] = k
	}
	return index
}()

// The methods below finish a row of the registry.

func (k *Key) runtime() *Key { k.Runtime = true; return k }

func (k *Key) secret() *Key { k.Secret = true; return k }

// fileOnly takes away the flag and the environment variable.
func (k *Key) fileOnly() *Key { k.FileOnly = true; return k }

// by gives a default that depends on the machine; doc describes it.
func (k *Key) by(doc string, standard func(Host, *Config) string) *Key {
	k.Default, k.standard = doc, standard
	return k
}

// inDataDir replaces {data_dir} in the value, from whatever source.
func (k *Key) inDataDir() *Key {
	k.expand = func(text string, c Config) string {
		return strings.ReplaceAll(text, "{data_dir}", c.DataDir)
	}
	return k
}

// oz adds aliases that are read as they are. Names without OZ_ or APP_ in
// front count as common words.
func (k *Key) oz(names ...string) *Key {
	for _, name := range names {
		k.ozBy(name, func(env map[string]string) (string, bool) {
			value, ok := env[name]
			return value, ok
		})
	}
	return k
}

// ozBy adds an alias that has to be converted.
func (k *Key) ozBy(name string, convert func(map[string]string) (string, bool)) *Key {
	common := !strings.HasPrefix(name, "OZ_") && !strings.HasPrefix(name, "APP_")
	k.Aliases = append(k.Aliases, Alias{Name: name, Common: common, convert: convert})
	return k
}

// only narrows the key to the one value that this build has; why is the
// message for any other.
func (k *Key) only(value, why string) *Key {
	read := k.read
	k.Allowed = "`" + value + "`"
	k.read = func(r raw, h Host) (any, error) {
		got, err := read(r, h)
		if err != nil || k.text(got) != value {
			return nil, refusal(why)
		}
		return got, nil
	}
	return k
}
