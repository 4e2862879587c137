package main

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"example.org/osprey/client"
	"example.org/osprey/internal/config"
	"example.org/osprey/internal/server"
)

// checkCommand checks the installation.
type checkCommand struct {
	Live bool `help:"Ask the server that runs on the data folder (or --server) whether it is ready, and nothing else."`
	Fix  bool `help:"Repair what can be repaired without losing anything."`
}

var findingColumns = []column[server.Finding]{
	{"check", func(f server.Finding) string { return f.Check }},
	{"verdict", func(f server.Finding) string { return string(f.Verdict) }},
	{"detail", func(f server.Finding) string { return f.Detail }},
	{"remedy", func(f server.Finding) string { return f.Remedy }},
}

// Run checks. Exit code 8: something failed; 10: a server runs on the data folder.
func (k *checkCommand) Run(c *call) error {
	r, err := c.resolve(nil)
	var faults config.Errors
	if errors.As(err, &faults) {
		var findings []server.Finding
		for _, f := range faults {
			findings = append(findings, server.Finding{Check: "settings", Verdict: server.Failed, Detail: f.Text, Remedy: "see: osprey config docs"})
		}
		return c.found(findings)
	}
	if err != nil {
		return err
	}
	if k.Live {
		return k.live(c, r)
	}
	findings, err := server.Check(c.ctx, server.CheckOptions{Resolved: r, Fix: k.Fix && !c.DryRun})
	var locked *server.LockedError
	if errors.As(err, &locked) {
		c.notef("a server is running: ask it with osprey check --live, or stop it first\n")
	}
	if err != nil {
		return err
	}
	return c.found(findings)
}

// found prints findings; a failure among them is exit code 8.
func (c *call) found(findings []server.Finding) error {
	if err := list(c, findings, findingColumns); err != nil {
		return err
	}
	if slices.ContainsFunc(findings, func(f server.Finding) bool { return f.Verdict == server.Failed }) {
		return silent(exitVerification)
	}
	return nil
}

// liveTime bounds the question to a running server: a container's health check
// waits for it.
const liveTime = 5 * time.Second

func (k *checkCommand) live(c *call, r *config.Resolved) error {
	base := c.Server
	if base == "" {
		base = "unix://" + absolute(filepath.Join(r.Config.DataDir, server.SocketFile))
	}
	api, err := client.New(base)
	if err != nil {
		return usage(err)
	}
	defer api.CloseIdle()
	ctx, cancel := context.WithTimeout(c.ctx, liveTime)
	defer cancel()
	answer, ready, err := api.Ready(ctx)
	if err != nil {
		return err
	}
	var findings []server.Finding
	for name, word := range answer.Checks {
		f := server.Finding{Check: name, Verdict: server.Passed, Detail: word}
		switch word {
		case "ok", "missing":
		case "low":
			f.Verdict = server.Warning
		default:
			f.Verdict, f.Remedy = server.Failed, "see the server's log"
		}
		findings = append(findings, f)
	}
	slices.SortFunc(findings, func(a, b server.Finding) int { return strings.Compare(a.Check, b.Check) })
	if err := c.found(findings); err != nil {
		return err
	}
	if !ready {
		return silent(exitVerification)
	}
	return nil
}
