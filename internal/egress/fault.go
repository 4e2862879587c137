package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
)

// faultOf puts into words why an attempt failed. They go into a log that the owner of
// the address reads: nothing that the resolver or the other side said is among them.
func faultOf(status int, err error) string {
	switch {
	case err != nil:
		return faultOfError(err)
	case status/100 == 3:
		return fmt.Sprintf("The receiver answered %d; redirects are not followed", status)
	}
	return fmt.Sprintf("The receiver answered %d", status)
}

// faults are the errors that are known by identity, in the order in which they are asked for.
var faults = []struct {
	is   error
	text string
}{
	{errRules, "The URL is not allowed (any more)"},
	{errClosed, "The name leads to an address that is not allowed"},
	{errNoHost, "The name has no address"},
	{errProxy, "The proxy did not open a connection"},
	{context.DeadlineExceeded, "No answer within the time limit"},
	{context.Canceled, "The attempt was cut off because the server stops"},
	{syscall.ECONNREFUSED, "The connection was refused"},
	{syscall.ECONNRESET, "The connection was closed before an answer came"},
	{syscall.EPIPE, "The connection was closed before an answer came"},
	{syscall.EHOSTUNREACH, "The address cannot be reached"},
	{syscall.ENETUNREACH, "The address cannot be reached"},
	{io.EOF, "The connection was closed before an answer came"},
	{io.ErrUnexpectedEOF, "The connection was closed before an answer came"},
}

func faultOfError(err error) string {
	for _, f := range faults {
		if errors.Is(err, f.is) {
			return f.text
		}
	}
	var (
		name        *net.DNSError
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		alert       tls.AlertError
		timeout     net.Error
		invalid     x509.CertificateInvalidError
	)
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		return "The name has no address"
	case errors.As(err, &name):
		return "The name could not be looked up"
	case errors.As(err, &certificate), errors.As(err, &invalid):
		return "The certificate of the receiver is not valid for the name, or its issuer is not trusted"
	case errors.As(err, &record), errors.As(err, &alert):
		return "The receiver does not speak TLS 1.2 or later"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "No answer within the time limit"
	case strings.Contains(err.Error(), "server response headers exceeded"):
		return "The header of the answer is too long"
	case errors.Is(err, http.ErrSchemeMismatch):
		return "The receiver does not speak TLS 1.2 or later"
	case strings.Contains(err.Error(), "server closed"):
		return "The connection was closed before an answer came"
	case strings.Contains(err.Error(), "malformed"):
		return "The answer is not HTTP"
	}
	return "The request failed"
}
