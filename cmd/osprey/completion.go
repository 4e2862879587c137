package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// completionCommand writes a completion script.
type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish,powershell" help:"${enum}."`
}

// place is a command with the words that may follow it.
type place struct {
	path  string // "collection import", empty for the root
	words []word
}

type word struct{ text, help string }

// Run writes the script.
func (k *completionCommand) Run(c *call) error {
	places := placesOf(c.model.Node, "", nil)
	switch k.Shell {
	case "fish":
		return writeFish(c.stdout, places)
	case "powershell":
		return writePowerShell(c.stdout, places)
	case "zsh":
		if _, err := fmt.Fprint(c.stdout, "#compdef osprey\nautoload -U +X bashcompinit && bashcompinit\n"); err != nil {
			return err
		}
	}
	return writeBash(c.stdout, places)
}

// placesOf walks the commands; flags are those of the commands above too.
func placesOf(n *kong.Node, path string, inherited []word) []place {
	flags := slices.Clone(inherited)
	for _, f := range n.Flags {
		if !f.Hidden {
			flags = append(flags, word{"--" + f.Name, f.Help})
		}
	}
	here := place{path: path}
	var below []place
	for _, child := range n.Children {
		if child.Type != kong.CommandNode || child.Hidden {
			continue
		}
		here.words = append(here.words, word{child.Name, child.Help})
		below = append(below, placesOf(child, strings.TrimSpace(path+" "+child.Name), flags)...)
	}
	here.words = append(here.words, flags...)
	return append([]place{here}, below...)
}

func texts(words []word) string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = w.text
	}
	return strings.Join(list, " ")
}

// writeBash writes a function that knows the words after each command.
func writeBash(out io.Writer, places []place) error {
	var b strings.Builder
	b.WriteString("_osprey() {\n  local cur=\"${COMP_WORDS[COMP_CWORD]}\" path=\"\" word\n")
	b.WriteString("  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n    case \"${path:+$path }$word\" in\n")
	for _, p := range places[1:] {
		fmt.Fprintf(&b, "      %q) path=%q ;;\n", p.path, p.path)
	}
	b.WriteString("    esac\n  done\n  case \"$path\" in\n")
	for _, p := range places {
		fmt.Fprintf(&b, "    %q) COMPREPLY=($(compgen -W %q -- \"$cur\")) ;;\n", p.path, texts(p.words))
	}
	b.WriteString("  esac\n  [[ $cur != -* && ${#COMPREPLY[@]} -eq 0 ]] && COMPREPLY=($(compgen -f -- \"$cur\"))\n}\ncomplete -o filenames -F _osprey osprey\n")
	_, err := io.WriteString(out, b.String())
	return err
}

// writeFish writes a condition for each command.
func writeFish(out io.Writer, places []place) error {
	quote := strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", " ")
	var b strings.Builder
	for _, p := range places {
		condition := "__fish_use_subcommand"
		if words := strings.Fields(p.path); len(words) > 0 {
			condition = "__fish_seen_subcommand_from " + strings.Join(words, "; and __fish_seen_subcommand_from ")
		}
		for _, w := range p.words {
			if name, ok := strings.CutPrefix(w.text, "--"); ok {
				fmt.Fprintf(&b, "complete -c osprey -n '%s' -l '%s' -d '%s'\n", condition, name, quote.Replace(w.help))
			} else {
				fmt.Fprintf(&b, "complete -c osprey -f -n '%s' -a '%s' -d '%s'\n", condition, w.text, quote.Replace(w.help))
			}
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// writePowerShell writes a table of the words after each command and a block that
// looks into it.
func writePowerShell(out io.Writer, places []place) error {
	var b strings.Builder
	b.WriteString("Register-ArgumentCompleter -Native -CommandName osprey -ScriptBlock {\n" +
		"  param($word, $command, $cursor)\n  $words = @{\n")
	for _, p := range places {
		list := make([]string, len(p.words))
		for i, w := range p.words {
			list[i] = "'" + w.text + "'"
		}
		fmt.Fprintf(&b, "    '%s' = @(%s)\n", p.path, strings.Join(list, ", "))
	}
	b.WriteString("  }\n  $path = ''\n" +
		"  foreach ($element in $command.CommandElements | Select-Object -Skip 1) {\n" +
		"    $next = \"$path $element\".Trim()\n" +
		"    if ($words.ContainsKey($next)) { $path = $next }\n  }\n" +
		"  $words[$path] | Where-Object { $_ -like \"$word*\" } | ForEach-Object {\n" +
		"    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)\n  }\n}\n")
	_, err := io.WriteString(out, b.String())
	return err
}
