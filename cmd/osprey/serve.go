package main

import (
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"example.org/osprey/internal/server"
)

// serveCommand runs the server.
type serveCommand struct {
	NoMigrate bool `help:"Refuse a database of an older version instead of migrating it."`

	// Plugins are the flags of all settings.
	kong.Plugins
	settings settingFlags
}

// Run serves until SIGTERM or SIGINT; a second one ends the process at once.
func (s *serveCommand) Run(c *call) error {
	r, err := c.resolve(s.settings.given())
	if err != nil {
		return err
	}
	reload := make(chan os.Signal, 1)
	signal.Notify(reload, syscall.SIGHUP)
	defer signal.Stop(reload)
	return server.Run(c.ctx, server.Options{
		Resolved: r, ConfigFile: c.configFile(), Build: build(""), Logger: c.logger(r.Config.Log, slog.LevelDebug), NoMigrate: s.NoMigrate,
	}, reload, func(l *server.Life) error { return c.banner(l) })
}

// banner tells on stdout where the server is and how to log in.
func (c *call) banner(l *server.Life) error {
	if c.Quiet {
		return nil
	}
	out := func(format string, args ...any) { _, _ = fmt.Fprintf(c.stdout, format, args...) } // the log says it too
	out("Osprey %s answers at %s\n", version, l.Addresses.URL())
	if l.FirstAdmin() {
		out("The first administrator was created from admin.email and admin.password.\n")
		return nil
	}
	has, err := l.HasUsers(c.ctx)
	if err != nil {
		return err
	}
	if !has {
		out("Nobody can log in yet. Create the first administrator with:\n"+
			"  osprey user create --role ADMIN --email you@example.com%s\n", c.dataDirFlag())
	}
	return nil
}

func (c *call) dataDirFlag() string {
	if c.DataDir == "" {
		return ""
	}
	return " --data-dir " + c.DataDir
}
