package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
)

// listen opens a TCP listener; setting names it in errors.
func listen(ctx context.Context, setting, address string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setting, err)
	}
	return l, nil
}

// listenSocket opens the local socket in the data folder, which nobody but its
// owner may open at any moment: it is made in a private folder, given its mode and
// then moved to its place. A socket that a crash left there is replaced; the lock
// of the data folder makes sure that nobody listens on it.
func listenSocket(ctx context.Context, dataDir string) (net.Listener, error) {
	private, err := os.MkdirTemp(dataDir, ".socket-*")
	if err != nil {
		return nil, fmt.Errorf("local socket: %w", err)
	}
	defer os.RemoveAll(private)
	// A socket's address holds some 100 bytes: through the open folder it is short
	// however deep the data folder lies.
	folder, err := os.Open(private) //nolint:gosec // made above
	if err != nil {
		return nil, fmt.Errorf("local socket: %w", err)
	}
	defer folder.Close()
	short := filepath.Join("/proc/self/fd", strconv.Itoa(int(folder.Fd())), SocketFile)
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", short)
	if err != nil {
		return nil, fmt.Errorf("local socket: %w", err)
	}
	if u, ok := l.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false) // it does not lie where the listener thinks
	}
	made := filepath.Join(private, SocketFile)
	err = os.Chmod(made, 0o600)
	if err == nil {
		err = os.Rename(made, filepath.Join(dataDir, SocketFile))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("local socket: %w", err), l.Close())
	}
	return l, nil
}

// loopback reports whether an address can only be reached from this machine.
func loopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
