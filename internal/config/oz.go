package config

import (
	"net"
	"strings"
)

// noEffect are names of Oz that are accepted and do nothing here.
var noEffect = []Alias{
	{Name: "OZ_LOCAL_STORAGE_SUPPORT_ENABLE"},
	{Name: "LICENSE_KEY", Common: true},
	{Name: "DB_CONNECT_OPTS", Common: true},
}

// ozPublicURL builds http.public_url from SCHEME, HOST and PORT.
func ozPublicURL(env map[string]string) (string, bool) {
	host := env["HOST"]
	if host == "" {
		return "", false
	}
	scheme := env["SCHEME"]
	if scheme == "" {
		scheme = "http"
	}
	if port := env["PORT"]; port != "" {
		host = net.JoinHostPort(host, port)
	}
	return scheme + "://" + host, true
}

// maxKeyFile bounds a key file that Oz names, in bytes.
const maxKeyFile = 16 << 10

// ozFile reads the file that a variable names. One that cannot be read gives the
// path, which the key then refuses by its own rule.
func ozFile(name string) func(map[string]string) (string, bool) {
	return func(env map[string]string) (string, bool) {
		path := env[name]
		if path == "" {
			return "", false
		}
		if b, err := readBounded(path, maxKeyFile); err == nil {
			return string(b), true
		}
		return path, true
	}
}

// ozHosts reads a list of hosts as Oz writes it: bare, or as a Python or JSON
// list. "*" stands for any host.
func ozHosts(name string) func(map[string]string) (string, bool) {
	return func(env map[string]string) (string, bool) {
		value, ok := env[name]
		if !ok {
			return "", false
		}
		value = strings.Map(func(r rune) rune {
			if strings.ContainsRune(`[]()"' `, r) {
				return -1
			}
			return r
		}, value)
		if value == "*" {
			return "", true
		}
		return value, true
	}
}

// ozDebug turns DEBUG=True into the level debug; anything else says nothing.
func ozDebug(env map[string]string) (string, bool) {
	on, err := parseBool(env["DEBUG"], Host{})
	return "debug", err == nil && on
}

// ozDatabase builds db.url from the DB_ names. The credentials are left out:
// the only engine of this build has none.
func ozDatabase(env map[string]string) (string, bool) {
	engine := strings.ToLower(env["DB_ENGINE"])
	switch {
	case engine == "":
		return "", false
	case strings.Contains(engine, "sqlite"):
		return "sqlite://" + env["DB_NAME"], true
	case strings.Contains(engine, "postgres"):
		return "postgres://" + env["DB_HOST"] + "/" + env["DB_NAME"], true
	}
	return engine + "://" + env["DB_HOST"] + "/" + env["DB_NAME"], true
}
