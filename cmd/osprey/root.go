package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"example.org/osprey/internal/config"
)

// commands are all commands of the binary; a new one is a line here and a file of
// its own.
type commands struct {
	globals

	Serve      serveCommand      `cmd:"" help:"Run the server."`
	Check      checkCommand      `cmd:"" help:"Check the installation, line by line, with a remedy for each fault."`
	Models     modelsCommand     `cmd:"" help:"List, show, verify and install model packs."`
	Company    companyCommand    `cmd:"" help:"Companies."`
	User       userCommand       `cmd:"" help:"Users."`
	Token      tokenCommand      `cmd:"" help:"Service tokens."`
	Collection collectionCommand `cmd:"" help:"Collections: keep, fill, search and export them."`
	Person     personCommand     `cmd:"" help:"Persons of a collection."`
	Audit      auditCommand      `cmd:"" help:"Read and verify the audit log."`
	Usage      usageCommand      `cmd:"" help:"Tell what was used, for billing."`
	Look       lookCommand       `cmd:"" help:"Tell and draw what Osprey sees in photos, videos and shot sets."`
	Keys       keysCommand       `cmd:"" help:"Keys that can be rotated."`
	Eval       evalCommand       `cmd:"" help:"Measure recognition and attack detection on your own media."`
	Config     configCommand     `cmd:"" help:"Settings."`
	Openapi    openapiCommand    `cmd:"" name:"openapi" help:"Print the OpenAPI document of the API."`
	Version    versionCommand    `cmd:"" help:"Tell what this binary is."`
	Completion completionCommand `cmd:"" help:"Write a completion script for a shell."`
}

// globals are the flags of every command.
type globals struct {
	Config    string        `placeholder:"FILE" help:"Settings file (default: ${standard_file}, if it is there)."`
	DataDir   string        `placeholder:"DIR" help:"Data folder."`
	Server    string        `placeholder:"URL" help:"Work through this server instead of the local data (or OSPREY_SERVER)."`
	TokenFile string        `placeholder:"FILE" help:"File with the access token for the server (or OSPREY_TOKEN)."`
	Output    string        `short:"o" enum:"table,json,ndjson,csv,pdf" default:"table" help:"Form of the results: table, json, ndjson, csv; pdf of usage report."`
	Quiet     bool          `short:"q" help:"Say nothing but results and errors."`
	Verbose   bool          `short:"v" help:"Say more."`
	NoColor   bool          `help:"No colour."`
	Yes       bool          `help:"Do not ask."`
	DryRun    bool          `help:"Change nothing, tell what would be done."`
	Timeout   time.Duration `placeholder:"DURATION" help:"End the command after this time."`
}

// world is what a command has of the machine: tests bring their own.
type world struct {
	stdin           io.Reader
	stdout, stderr  io.Writer
	stdinTTY        bool
	stdoutTTY       bool
	stderrTTY       bool
	environ         []string
	interrupted     func(context.Context) (ctx context.Context, stop func())
	readPassword    func() ([]byte, error) // from the terminal, without echo
	environmentFile string                 // standard settings file, for tests to be alone
}

func machine() *world {
	return &world{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		stdinTTY:  term.IsTerminal(int(os.Stdin.Fd())),
		stdoutTTY: term.IsTerminal(int(os.Stdout.Fd())),
		stderrTTY: term.IsTerminal(int(os.Stderr.Fd())),
		environ:   os.Environ(), interrupted: interrupted,
		readPassword: func() ([]byte, error) { return term.ReadPassword(int(os.Stdin.Fd())) },
	}
}

// errInterrupted is the cause of a context that a signal ended.
var errInterrupted = errors.New("interrupted")

// interrupted ends a context at SIGINT or SIGTERM; a second signal ends the
// process at once.
func interrupted(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		select {
		case <-signals:
			cancel(errInterrupted)
		case <-ctx.Done():
			return
		}
		<-signals
		os.Exit(exitInterrupted)
	}()
	return ctx, func() { signal.Stop(signals); cancel(nil) }
}

// env looks a variable up, the last one counting.
func (w *world) env(name string) (string, bool) {
	value, found := "", false
	for _, line := range w.environ {
		if v, ok := strings.CutPrefix(line, name+"="); ok {
			value, found = v, true
		}
	}
	return value, found
}

// call is one run of a command.
type call struct {
	*world
	*globals
	ctx   context.Context //nolint:containedctx // lives as long as the command
	model *kong.Application
}

// osprey runs the command line and returns the exit code.
func osprey(args []string, w *world) int {
	var all commands
	c := &call{world: w, globals: &all.globals}
	ended := -1 // set when help was asked for
	parser, err := newParser(&all, w, &ended)
	if err != nil {
		return c.report(err)
	}
	parsed, err := parser.Parse(args)
	if ended >= 0 {
		return ended
	}
	if err != nil {
		c.Output = outputIn(args)
		return c.report(usage(err))
	}
	c.model = parser.Model
	if c.Output == "pdf" && parsed.Command() != "usage report" {
		return c.report(usagef("only usage report has the form pdf"))
	}
	if c.Server == "" {
		c.Server, _ = c.env("OSPREY_SERVER")
	}

	ctx, stop := w.interrupted(context.Background())
	defer stop()
	if c.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.Timeout)
		defer cancel()
	}
	c.ctx = ctx
	err = parsed.Run(c)
	if err != nil && errors.Is(context.Cause(ctx), errInterrupted) {
		err = errInterrupted
	}
	return c.report(err)
}

func newParser(all *commands, w *world, ended *int) (*kong.Kong, error) {
	all.Serve.Plugins = kong.Plugins{all.Serve.settings.target()}
	return kong.New(all,
		kong.Name("osprey"),
		kong.Description("Face verification on your own machines."),
		kong.Writers(w.stdout, w.stderr),
		kong.Exit(func(code int) { *ended = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Vars{"standard_file": config.StandardFile},
	)
}

// outputIn finds the form of errors on a command line that could not be parsed.
func outputIn(args []string) string {
	for i, a := range args {
		for _, name := range []string{"--output=", "-o="} {
			if v, ok := strings.CutPrefix(a, name); ok {
				return v
			}
		}
		if v, ok := strings.CutPrefix(a, "-o"); ok && v != "" {
			return v
		}
		if (a == "-o" || a == "--output") && i+1 < len(args) {
			return args[i+1]
		}
	}
	return "table"
}
