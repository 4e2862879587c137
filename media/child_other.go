//go:build !linux

package media

import (
	"context"
	"errors"
	"io"
	"os"
)

// child is a running decoder, of which there is none here: what bounds it is
// Linux's.
type child struct {
	out   io.Reader
	in    *os.File
	file  *os.File
	words words
	clock stopwatch
}

var errLinux = errors.New("videos are decoded on Linux only")

func (p *Player) start(context.Context, job) (*child, error) { return nil, errLinux }

func (c *child) kill()                  {}
func (c *child) close()                 {}
func (c *child) wait()                  {}
func (c *child) exitOK() bool           { return false }
func (c *child) failure() *DecoderError { return &DecoderError{Err: errLinux} }
