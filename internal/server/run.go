package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/config"
	"example.org/osprey/internal/store"
)

// The bounds of every connection.
const (
	headerTime = 10 * time.Second
	idleTime   = 2 * time.Minute
	answerTime = 15 * time.Minute // a large export to a slow reader
	maxHeader  = 32 << 10
)

// Life is a running server.
type Life struct {
	*House
	Addresses Addresses

	servers []*http.Server
	failed  chan error // a listener that died
}

// Run opens a house and its listeners, calls up when it answers, and serves until
// ctx ends. Then it drains: not ready for server.drain_delay, then no new request,
// then server.shutdown_timeout for those that run. An error of up ends it too.
// reload, when not nil, reads the settings file again at each value.
func Run(ctx context.Context, o Options, reload <-chan os.Signal, up func(*Life) error) error {
	house, err := Open(ctx, o)
	if err != nil {
		return err
	}
	l := &Life{House: house, failed: make(chan error, 4)}
	err = l.listen(ctx)
	if err == nil && up != nil {
		err = up(l)
	}
	if err == nil {
		err = l.live(ctx, reload)
	}
	return errors.Join(err, l.stop(err == nil))
}

// live loads the galleries and waits for the end.
func (l *Life) live(ctx context.Context, reload <-chan os.Signal) error {
	switch err := l.Load(ctx); {
	case ctx.Err() != nil: // told to stop while it was starting
		return nil //nolint:nilerr // what the end of ctx caused is no fault
	case err != nil:
		return err
	}
	l.log.Info("ready", "http", l.Addresses.URL())
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-l.failed:
			return err
		case <-reload:
			l.reload(ctx)
		}
	}
}

// reload reads the run-time keys of the settings file again; a bad file changes
// nothing.
func (l *Life) reload(ctx context.Context) {
	if l.settings == nil {
		l.log.Warn("the settings were not reloaded: without a database they are those of the start")
		return
	}
	file, err := config.ReadFile(l.o.ConfigFile)
	if err == nil {
		err = l.settings.Reload(ctx, file)
	}
	if err != nil {
		l.log.Error("the settings were not reloaded", "error", err)
		return
	}
	l.log.Info("settings reloaded")
}

// listen opens all listeners, or none.
func (l *Life) listen(ctx context.Context) (err error) {
	c := l.config
	main, err := listen(ctx, "http.listen", c.HTTP.Listen)
	if err != nil {
		return err
	}
	l.Addresses = Addresses{
		PID: os.Getpid(), HTTP: main.Addr().String(), TLS: c.HTTP.TLSCert != "",
		Socket: filepath.Join(c.DataDir, SocketFile), Version: l.o.Build.Version, Started: l.clock.Now(),
	}
	own := l.Addresses.URL()
	l.listensAt.Store(&own)
	if err := l.serveMain(main); err != nil {
		return errors.Join(err, main.Close())
	}
	if l.st != nil {
		socket, err := listenSocket(ctx, c.DataDir)
		if err != nil {
			return err
		}
		l.serve(socket, l.LocalHandler(), nil)
	}
	if c.Ops.Listen != "" {
		ops, err := listen(ctx, "ops.listen", c.Ops.Listen)
		if err != nil {
			return err
		}
		l.Addresses.Ops = ops.Addr().String()
		l.serve(ops, l.opsHandler(), nil)
	}
	if err := l.listenLite(ctx); err != nil {
		return err
	}
	if l.st == nil { // it writes nothing
		return nil
	}
	if err := l.Addresses.write(c.DataDir); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	return nil
}

func (l *Life) serveMain(main net.Listener) error { return l.servePublic(main, l.Handler()) }

// servePublic answers strangers on a listener, over TLS where there is a certificate.
func (l *Life) servePublic(on net.Listener, h http.Handler) error {
	c := l.config.HTTP
	if c.TLSCert != "" {
		cert, err := newCertificate(c.TLSCert, c.TLSKey, l.log)
		if err != nil {
			return err
		}
		l.serve(on, h, cert)
		return nil
	}
	if !loopback(on.Addr()) {
		l.log.Warn("plain HTTP off this machine: put TLS in front, or set http.tls_cert and http.tls_key", "http", on.Addr().String())
	}
	l.serve(on, h, nil)
	return nil
}

// serve answers on a listener; cert is nil for plain HTTP.
func (l *Life) serve(on net.Listener, h http.Handler, cert *certificate) {
	srv := &http.Server{
		Handler:           bodyTime(h, l.config.HTTP.ReadTimeout),
		ReadHeaderTimeout: headerTime,
		WriteTimeout:      answerTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(l.log.Handler(), slog.LevelDebug),
	}
	l.servers = append(l.servers, srv)
	go func() {
		var err error
		if cert != nil {
			srv.TLSConfig = cert.config()
			err = srv.ServeTLS(on, "", "")
		} else {
			err = srv.Serve(on)
		}
		if !errors.Is(err, http.ErrServerClosed) {
			l.failed <- fmt.Errorf("listener %s: %w", on.Addr(), err)
		}
	}()
}

// stop drains and closes. Without grace, after a start that failed, it only
// closes.
func (l *Life) stop(grace bool) error {
	c := l.config
	l.state.advance(draining)
	if grace && l.state.wasReady.Load() {
		l.log.Info("stopping", "drain_delay", c.Server.DrainDelay, "shutdown_timeout", c.Server.ShutdownTimeout)
		time.Sleep(c.Server.DrainDelay)
	}
	l.state.advance(refusing)
	ctx, cancel := context.WithTimeout(context.Background(), c.Server.ShutdownTimeout)
	defer cancel()
	var closing []error
	for _, srv := range l.servers {
		if err := srv.Shutdown(ctx); err != nil {
			_ = srv.Close() // requests that did not end in time are cut off
			l.log.Warn("requests were cut off", "error", err)
		}
	}
	for _, name := range []string{AddressFile, SocketFile} {
		if l.st == nil {
			break
		}
		if err := os.Remove(filepath.Join(c.DataDir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			closing = append(closing, err)
		}
	}
	closing = append(closing, l.Close(ctx))
	l.log.Info("stopped")
	return errors.Join(closing...)
}

// FirstAdmin reports whether this start made the first administrator.
func (h *House) FirstAdmin() bool { return h.firstAdmin }

// HasUsers reports whether anybody can log in yet.
func (h *House) HasUsers(ctx context.Context) (has bool, err error) {
	if h.st == nil {
		return true, nil // nobody has to
	}
	err = h.st.Read(ctx, osprey.Everything(), func(tx *store.Tx) error {
		n, err := tx.CountUsers()
		has = n > 0
		return err
	})
	return has, err
}
