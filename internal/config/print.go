package config

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Print writes every setting with its origin and value, one a line, secrets
// masked. The value comes last because it may be long.
func (r *Resolved) Print(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "KEY\tORIGIN\tVALUE")
	for _, s := range r.Settings {
		origin := string(s.Source)
		if s.From != "" {
			origin += " " + s.From
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", s.Key, origin, strings.ReplaceAll(s.Text, "\n", " "))
	}
	return table.Flush() // the table keeps the first error of all writes
}

// Markdown is the reference page of the registry.
func Markdown() string {
	var page strings.Builder
	page.WriteString(markdownHead)
	section := ""
	for _, k := range registry {
		if first, _, _ := strings.Cut(k.Name, "."); first != section {
			section = first
			fmt.Fprintf(&page, "\n## %s\n", section)
		}
		fmt.Fprintf(&page, "\n### `%s`\n\n%s\n\n", k.Name, k.Doc)
		fmt.Fprintf(&page, "- Type: %s. Allowed: %s.\n", k.Kind, k.Allowed)
		fmt.Fprintf(&page, "- Default: %s.\n", shownDefault(k))
		fmt.Fprintf(&page, "- Set by: %s.\n", setBy(k))
		if k.Runtime {
			page.WriteString("- Can be changed at run time.\n")
		}
		if k.Secret {
			page.WriteString("- Secret: masked wherever settings are shown.\n")
		}
		for _, alias := range k.Aliases {
			fmt.Fprintf(&page, "- Oz alias: `%s`%s.\n", alias.Name, commonNote(alias))
		}
	}
	page.WriteString("\n## Accepted without effect\n\n")
	for _, alias := range noEffect {
		fmt.Fprintf(&page, "- `%s`%s.\n", alias.Name, commonNote(alias))
	}
	return page.String()
}

func shownDefault(k *Key) string {
	switch {
	case k.Default == "":
		return "empty"
	case strings.ContainsAny(k.Default, "` "):
		return k.Default
	}
	return "`" + k.Default + "`"
}

func setBy(k *Key) string {
	if k.FileOnly {
		return "the file only"
	}
	return fmt.Sprintf("`%s`, `--%s`", k.Env(), k.FlagName())
}

func commonNote(alias Alias) string {
	if alias.Common {
		return ", read only with `compat.oz_env: true`"
	}
	return ""
}

const markdownHead = `# Settings

This page is generated from the registry in internal/config by ` + "`osprey config docs`" + `; do not edit it by hand.

A value is taken from the strongest source that has one:
default < file < run time (only where noted) < environment < flag.

- **File**: YAML, ` + "`/etc/osprey/osprey.yaml`" + ` or the file that ` + "`--config`" + ` names. Keys may be nested, dotted or both.
  An unknown key stops the start and names the nearest valid one; a key without a value is not set.
- **Environment**: ` + "`OSPREY_`" + ` and the key in upper case with ` + "`.`" + ` as ` + "`_`" + `; the same name with ` + "`_FILE`" + ` at its end names a file that holds the value.
  A variable that is set and empty is the empty value.
- **Flag**: ` + "`--`" + ` and the key with ` + "`_`" + ` as ` + "`-`" + `. Secrets are never given on a command line: their flag ends in ` + "`-file`" + ` and names a file.
- **Run time**: ` + "`PATCH /api/settings/`" + `, kept in the database. A key that is set by environment or flag is locked.

Durations are seconds (` + "`900`" + `) or have a unit (` + "`15m`" + `); sizes are bytes or have a unit (` + "`10MiB`" + `, powers of two); lists are YAML lists, or texts separated by commas.
` + "`{data_dir}`" + ` in a path or URL stands for the value of ` + "`data_dir`" + `.
Every malformed value stops the start; all faults are reported together, one a line.
`
