package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxSecret bounds a secret that is read, in bytes.
const maxSecret = 4096

// secretFrom reads a secret from a file, "-" being stdin; line ends at its end are
// dropped.
func (c *call) secretFrom(file string) (string, error) {
	from := c.stdin
	if file != "-" {
		f, err := os.Open(file) //nolint:gosec // the user names the file
		if err != nil {
			return "", err
		}
		defer f.Close()
		from = f
	}
	raw, err := io.ReadAll(io.LimitReader(from, maxSecret+1))
	if err != nil {
		return "", err
	}
	raw = bytes.TrimRight(raw, "\r\n")
	if len(raw) == 0 || len(raw) > maxSecret {
		return "", usagef("%s holds no secret, or one of more than %d bytes", file, maxSecret)
	}
	return string(raw), nil
}

// newPassword reads a password from a file, or asks for it twice on a terminal.
// It is empty when there is no file and no terminal, or nothing was typed.
func (c *call) newPassword(file string) (string, error) {
	if file != "" {
		return c.secretFrom(file)
	}
	if !c.stdinTTY || c.Yes {
		return "", nil
	}
	first, err := c.ask("Password (empty: a link to set it is printed): ")
	if err != nil || first == "" {
		return "", err
	}
	second, err := c.ask("Again: ")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", usage(errors.New("the passwords differ"))
	}
	return first, nil
}

func (c *call) ask(prompt string) (string, error) {
	c.sayf("%s", prompt)
	raw, err := c.readPassword()
	c.sayf("\n")
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return string(raw), nil
}

// confirm asks before something is lost. Without a terminal, --yes must say it.
func (c *call) confirm(question string) error {
	if c.Yes {
		return nil
	}
	if !c.stdinTTY {
		return usagef("%s: say --yes", question)
	}
	c.sayf("%s [y/N] ", question)
	var answer [16]byte
	n, err := c.stdin.Read(answer[:])
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch string(bytes.ToLower(bytes.TrimSpace(answer[:n]))) {
	case "y", "yes":
		return nil
	}
	return silent(exitFailed)
}
