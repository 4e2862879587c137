package server

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// AddressFile is the file in the data folder that tells where the server listens,
// while it does.
const AddressFile = "server.json"

// SocketFile is the local socket in the data folder.
const SocketFile = "osprey.sock"

// Addresses are where a server really listens: port 0 in a setting has become a
// port here.
type Addresses struct {
	PID     int       `json:"pid"`
	HTTP    string    `json:"http"` // host:port of the main listener
	TLS     bool      `json:"tls"`
	Ops     string    `json:"ops"`  // empty: off
	Lite    string    `json:"lite"` // empty: API Lite has no listener of its own
	Socket  string    `json:"socket"`
	Version string    `json:"version"`
	Started time.Time `json:"started"`
}

// URL is the base address of the main listener.
func (a Addresses) URL() string {
	if a.TLS {
		return "https://" + a.HTTP
	}
	return "http://" + a.HTTP
}

// ReadAddresses reads where the server of a data folder listens.
func ReadAddresses(dataDir string) (Addresses, error) {
	raw, err := os.ReadFile(filepath.Join(dataDir, AddressFile)) //nolint:gosec // in the data folder
	if err != nil {
		return Addresses{}, err
	}
	var a Addresses
	if err := json.Unmarshal(raw, &a); err != nil {
		return Addresses{}, fmt.Errorf("%s: %w", AddressFile, err)
	}
	return a, nil
}

// write puts the file there whole: whoever waits for it never reads a part.
func (a Addresses) write(dataDir string) error {
	raw, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(dataDir, AddressFile)
	temp := path + ".new"
	if err := os.WriteFile(temp, append(raw, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(temp, path)
}
