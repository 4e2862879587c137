package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"example.org/osprey/client"
	"example.org/osprey/internal/server"
)

// connect returns a client of the server that --server names; else of the server
// that runs on the data folder, through its socket; else of a house of our own,
// under the lock of the data folder. Call what it returns when done.
func (c *call) connect() (*client.Client, func(), error) {
	agent := client.WithUserAgent("osprey-cli/" + version)
	if c.Server != "" {
		token, err := c.token()
		if err != nil {
			return nil, nil, err
		}
		remote, err := client.New(c.Server, agent, client.WithToken(token))
		if err != nil {
			return nil, nil, usage(err)
		}
		return remote, remote.CloseIdle, nil
	}
	r, err := c.resolve(nil)
	if err != nil {
		return nil, nil, err
	}
	socket := filepath.Join(r.Config.DataDir, server.SocketFile)
	local, err := client.New("unix://"+absolute(socket), agent)
	if err != nil {
		return nil, nil, err
	}
	if c.answers(local) {
		return local, local.CloseIdle, nil
	}
	house, err := server.Open(c.ctx, server.Options{Resolved: r, Build: build(""), Logger: c.logger(r.Config.Log, slog.LevelWarn)})
	var locked *server.LockedError
	if errors.As(err, &locked) {
		if c.comesUp(local) {
			return local, local.CloseIdle, nil
		}
		if c.ctx.Err() != nil {
			err = context.Cause(c.ctx) // there was no time to find out
		}
	}
	if err != nil {
		return nil, nil, err
	}
	return inHouse(c.ctx, house, agent)
}

// token reads the access token for --server.
func (c *call) token() (string, error) {
	if c.TokenFile != "" {
		return c.secretFrom(c.TokenFile)
	}
	if file, ok := c.env("OSPREY_TOKEN_FILE"); ok {
		return c.secretFrom(file)
	}
	token, _ := c.env("OSPREY_TOKEN")
	return token, nil
}

func (c *call) answers(local *client.Client) bool {
	ctx, cancel := context.WithTimeout(c.ctx, 2*time.Second)
	defer cancel()
	_, err := local.Version(ctx)
	return err == nil
}

// startingTime is how long a process that holds the lock gets to open its socket:
// it may be a server that starts.
const startingTime = 5 * time.Second

func (c *call) comesUp(local *client.Client) bool {
	ctx, cancel := context.WithTimeout(c.ctx, startingTime)
	defer cancel()
	return local.WaitReady(ctx) == nil
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// inHouse serves a house to this process alone, over connections in memory.
func inHouse(ctx context.Context, house *server.House, options ...client.Option) (*client.Client, func(), error) {
	if err := house.Load(ctx); err != nil {
		return nil, nil, errors.Join(err, house.Close(ctx))
	}
	pipes := newPipes()
	srv := &http.Server{Handler: house.LocalHandler(), ReadHeaderTimeout: time.Minute}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = srv.Serve(pipes) // ends when it is closed
	}()
	transport := &http.Transport{DialContext: pipes.dial, MaxIdleConnsPerHost: 64}
	own, err := client.New("http://in-house", append(options, client.WithHTTPClient(&http.Client{Transport: transport}))...)
	stop := func() {
		transport.CloseIdleConnections()
		_ = srv.Close()
		<-served
		_ = house.Close(context.WithoutCancel(ctx)) // told by its log
	}
	if err != nil {
		stop()
		return nil, nil, err
	}
	return own, stop, nil
}

// pipes is a listener whose connections are made in memory.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes {
	return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept returns the other end of a dialled connection.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// Addr has no meaning here.
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "in-house", Net: "pipe"} }
