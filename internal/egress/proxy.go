package egress

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

var errProxy = errors.New("egress: the proxy refused the connection")

// maxProxyAnswer bounds what a proxy says before the tunnel stands.
const maxProxyAnswer = 16 << 10

// through opens a tunnel to a checked address by the configured proxy. The proxy is
// told the address and no name, so that it looks nothing up either.
func (g *Guard) through(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	host, port := g.proxy.Hostname(), g.proxy.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[g.proxy.Scheme]
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errProxy, err)
	}
	if g.proxy.Scheme == "https" {
		secure := tls.Client(conn, &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12})
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return nil, fmt.Errorf("%w: %w", errProxy, err)
		}
		conn = secure
	}
	// A context that ends closes the connection, which ends the reads and writes.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	tunnel, err := g.connectBy(conn, to)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return tunnel, nil
}

// connectBy asks for a tunnel over a connection to the proxy.
func (g *Guard) connectBy(conn net.Conn, to netip.AddrPort) (net.Conn, error) {
	var ask strings.Builder
	fmt.Fprintf(&ask, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n", to, to)
	if user := g.proxy.User; user != nil {
		password, _ := user.Password()
		credentials := base64.StdEncoding.EncodeToString([]byte(user.Username() + ":" + password))
		fmt.Fprintf(&ask, "Proxy-Authorization: Basic %s\r\n", credentials)
	}
	ask.WriteString("\r\n")
	if _, err := io.WriteString(conn, ask.String()); err != nil {
		return nil, fmt.Errorf("%w: %w", errProxy, err)
	}
	r := bufio.NewReader(io.LimitReader(conn, maxProxyAnswer))
	answer, err := http.ReadResponse(r, &http.Request{Method: http.MethodConnect})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errProxy, err)
	}
	_ = answer.Body.Close() // an answer to CONNECT has none
	if answer.StatusCode != http.StatusOK {
		return nil, errProxy
	}
	early, err := io.ReadAll(io.LimitReader(r, int64(r.Buffered())))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errProxy, err)
	}
	return &begun{Conn: conn, first: bytes.NewReader(early)}, nil
}

// begun is a connection of which some bytes were read already.
type begun struct {
	net.Conn
	first *bytes.Reader
}

func (b *begun) Read(p []byte) (int, error) {
	if b.first.Len() > 0 {
		return b.first.Read(p)
	}
	return b.Conn.Read(p)
}
