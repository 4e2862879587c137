package main

import (
	"fmt"
	"log/slog"
	"reflect"
	"strconv"
	"strings"

	"example.org/osprey/internal/config"
)

// settingFlags are the flags of the registry, made from it: the command line
// knows no setting by name.
type settingFlags struct {
	flags []config.Flag
	value reflect.Value // pointer to a struct with one pointer field a flag
}

// globalSetting is the one setting that every command has as a flag.
const globalSetting = "data_dir"

// target is the structure that the parser fills.
func (s *settingFlags) target() any {
	s.flags = s.flags[:0]
	var fields []reflect.StructField
	for _, flag := range config.Flags() {
		if flag.Key == globalSetting {
			continue
		}
		kind := reflect.TypeFor[*string]()
		if flag.Bool {
			kind = reflect.TypeFor[*bool]()
		}
		help := strings.ReplaceAll(flag.Help, "`", "")
		if flag.Default != "" {
			help += " Default: " + strings.ReplaceAll(flag.Default, "`", "") + "."
		}
		tag := fmt.Sprintf(`name:%q help:%q placeholder:%q group:"Settings:"`, flag.Name, escapeKong(help), flag.Placeholder)
		fields = append(fields, reflect.StructField{
			Name: "F" + strconv.Itoa(len(fields)), Type: kind, Tag: reflect.StructTag(tag),
		})
		s.flags = append(s.flags, flag)
	}
	s.value = reflect.New(reflect.StructOf(fields))
	return s.value.Interface()
}

// escapeKong keeps the parser from taking ${...} for one of its variables.
func escapeKong(s string) string { return strings.ReplaceAll(s, "${", "$${") }

// given returns the flags that were set, as config.Sources wants them.
func (s *settingFlags) given() map[string]string {
	out := make(map[string]string)
	for i, flag := range s.flags {
		switch v := s.value.Elem().Field(i).Interface().(type) {
		case *string:
			if v != nil {
				out[flag.Name] = *v
			}
		case *bool:
			if v != nil {
				out[flag.Name] = strconv.FormatBool(*v)
			}
		}
	}
	return out
}

// resolve reads all settings; flags are those of serve, nil elsewhere.
func (c *call) resolve(flags map[string]string) (*config.Resolved, error) {
	file, err := config.ReadFile(c.configFile())
	if err != nil {
		return nil, usage(err)
	}
	given := make(map[string]string, len(flags)+1)
	for k, v := range flags {
		given[k] = v
	}
	if c.DataDir != "" {
		given["data-dir"] = c.DataDir
	}
	return config.Resolve(config.Sources{File: file, Environ: c.environ, Flags: given})
}

// configFile is the file that was named, else the standard one.
func (c *call) configFile() string {
	if c.Config != "" {
		return c.Config
	}
	return c.environmentFile
}

// logger writes the log as the settings ask, to stderr; least is the least level
// where -v does not ask for more.
func (c *call) logger(cfg config.Log, least slog.Level) *slog.Logger {
	options := &slog.HandlerOptions{Level: max(cfg.Level, least)}
	if c.Verbose {
		options.Level = slog.LevelDebug
	}
	if cfg.Format == "json" {
		return slog.New(slog.NewJSONHandler(c.stderr, options))
	}
	return slog.New(slog.NewTextHandler(c.stderr, options))
}
