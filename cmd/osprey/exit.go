package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"syscall"

	"github.com/alecthomas/kong"

	"example.org/osprey/client"
	"example.org/osprey/face"
	"example.org/osprey/internal/config"
	"example.org/osprey/internal/server"
)

// The exit codes; docs and scripts rely on them.
const (
	exitOK           = 0
	exitFailed       = 1
	exitUsage        = 2
	exitNotFound     = 3
	exitNotAllowed   = 4
	exitConflict     = 5
	exitRejected     = 6 // input rejected
	exitUnavailable  = 7 // server or dependency, timeout
	exitVerification = 8
	exitSomeRejected = 9
	exitLocked       = 10
	exitInterrupted  = 130
)

// coded is an error with its exit code. Its err may be nil: the command has said
// all there is to say.
type coded struct {
	code int
	err  error
}

func (c *coded) Error() string {
	if c.err == nil {
		return fmt.Sprintf("exit %d", c.code)
	}
	return c.err.Error()
}

func (c *coded) Unwrap() error { return c.err }

func usage(err error) error { return &coded{exitUsage, err} }

func usagef(format string, args ...any) error { return usage(fmt.Errorf(format, args...)) }

func notFound(format string, args ...any) error {
	return &coded{exitNotFound, fmt.Errorf(format, args...)}
}

// silent ends a command with a code and no message.
func silent(code int) error { return &coded{code, nil} }

// codeOf is the exit code of an error.
func codeOf(err error) int {
	var own *coded
	var refusal *client.Error
	var unreachable *client.Unreachable
	var locked *server.LockedError
	var pack *face.PackError
	var settings config.Errors
	var parse *kong.ParseError
	switch {
	case err == nil, errors.Is(err, syscall.EPIPE): // whoever read our output has enough
		return exitOK
	case errors.As(err, &own):
		return own.code
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	case errors.As(err, &refusal):
		return codeOfRefusal(refusal)
	case errors.As(err, &locked):
		return exitLocked
	case errors.As(err, &pack):
		return exitVerification
	case errors.As(err, &settings), errors.As(err, &parse):
		return exitUsage
	case errors.As(err, &unreachable), errors.Is(err, context.DeadlineExceeded):
		return exitUnavailable
	}
	return exitFailed
}

func codeOfRefusal(e *client.Error) int {
	switch e.Code {
	case client.CodeNotExist:
		return exitNotFound
	case client.CodeNoToken, client.CodeAuthInvalid, client.CodeAuthExpired, client.CodeForbidden:
		return exitNotAllowed
	case client.CodeConflict:
		return exitConflict
	case client.CodeInvalidStructure, client.CodeInvalidValue, client.CodeInvalidType, client.CodeTooLarge,
		client.CodeUnsupportedMedia, client.CodeNoFace, client.CodeSeveralFaces, client.CodeLowQuality:
		return exitRejected
	case client.CodeRateLimited, client.CodeUnavailable:
		return exitUnavailable
	}
	return exitFailed
}

// report writes an error to stderr, in the form that was asked for, and returns
// the exit code.
func (c *call) report(err error) int {
	code := codeOf(err)
	var own *coded
	if code == exitOK || errors.As(err, &own) && own.err == nil {
		return code
	}
	if c.Output == "json" || c.Output == "ndjson" {
		fault := map[string]any{"code": code, "message": err.Error()}
		var refusal *client.Error
		if errors.As(err, &refusal) {
			fault["error_code"], fault["details"] = refusal.Code, refusal.Details
		}
		_ = json.NewEncoder(c.stderr).Encode(map[string]any{"error": fault}) // there is nowhere to tell
		return code
	}
	c.sayf("osprey: %v\n", err)
	return code
}

// sayf writes to stderr.
func (c *call) sayf(format string, args ...any) {
	_, _ = fmt.Fprintf(c.stderr, format, args...) // there is nowhere to tell
}

// notef writes to stderr unless the command is to be quiet.
func (c *call) notef(format string, args ...any) {
	if !c.Quiet {
		c.sayf(format, args...)
	}
}
