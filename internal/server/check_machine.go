package server

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/cpu"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// leastMemory is what a server with a small index needs.
const leastMemory = 1 << 30

// machine looks at what the process runs on.
func (k *checker) machine() {
	switch {
	case runtime.GOARCH == "amd64" && !cpu.X86.HasAVX2:
		k.add("machine", Warning, "use a CPU with AVX2", "the CPU has no AVX2: everything is several times slower")
	default:
		k.add("machine", Passed, "", "%s/%s, %d cores", runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0))
	}
	if k.config.Search.IndexMemory < leastMemory/8 {
		k.add("memory", Warning, "give the process more memory, or set search.index_memory",
			"%d bytes for the index hold few photos", k.config.Search.IndexMemory)
	}
	d := &disk{dir: k.config.DataDir, clock: k.Clock}
	free, total, _ := d.space()
	switch d.word() {
	case wordOK:
		k.add("disk", Passed, "", "%d of %d bytes free", free, total)
	case wordLow:
		k.add("disk", Warning, "make room: uploads are refused when the disk is full", "%d of %d bytes free", free, total)
	default:
		k.add("disk", Failed, "make room: uploads are refused", "%d of %d bytes free", free, total)
	}
	if info, err := os.Stat(k.config.DataDir); err == nil && info.Mode().Perm()&0o077 != 0 {
		k.add("data folder", Warning, "chmod 700 "+k.config.DataDir, "others may look into it (mode %04o)", info.Mode().Perm())
	}
}

// settings looks for settings that work and should not stay.
func (k *checker) settings() {
	c := k.config
	for _, n := range k.Resolved.Notices {
		k.add("settings", Warning, "see docs/configuration.md", "%s", n.Text)
	}
	if host, _, err := net.SplitHostPort(c.HTTP.Listen); err == nil && c.HTTP.TLSCert == "" && !isLoopbackHost(host) {
		k.add("settings", Warning, "put TLS in front, or set http.tls_cert and http.tls_key",
			"http.listen %s is plain HTTP off this machine", c.HTTP.Listen)
	}
	if c.HTTP.TLSCert != "" {
		if _, err := newCertificate(c.HTTP.TLSCert, c.HTTP.TLSKey, nil); err != nil {
			k.add("settings", Failed, "name a certificate and its key, PEM, readable for the server's user", "%v", err)
		}
	}
	if k.failedSo("settings") == 0 {
		k.add("settings", Passed, "", "%d settings, all valid", len(k.Resolved.Settings))
	}
}

func (k *checker) failedSo(check string) (n int) {
	for _, f := range k.findings {
		if f.Check == check {
			n++
		}
	}
	return n
}

func isLoopbackHost(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// ports tries to listen where a server would.
func (k *checker) ports(ctx context.Context) {
	for _, p := range [][2]string{{"http.listen", k.config.HTTP.Listen}, {"ops.listen", k.config.Ops.Listen}} {
		setting, address := p[0], p[1]
		if address == "" {
			continue
		}
		l, err := listen(ctx, setting, address)
		if err != nil {
			k.add("ports", Failed, "end the program that uses the port, or set "+setting, "%v", err)
			continue
		}
		_ = l.Close()
		k.add("ports", Passed, "", "%s %s is free", setting, address)
	}
}

// models loads the pack, which gives every model its known answer.
func (k *checker) models() {
	e, err := openEngine(k.config)
	if err != nil {
		k.add("models", Failed, "run: osprey models install", "%v", err)
		return
	}
	name, version := e.Profile()
	n := len(e.Models())
	if err := e.Close(); err != nil {
		k.add("models", Failed, "report this", "%v", err)
		return
	}
	k.add("models", Passed, "", "pack %s %s, %d models give their known answers", name, version, n)
}

// clockSlack is how far behind the newest row the clock may be.
const clockSlack = time.Minute

// clock looks whether the machine's clock has gone back: sessions, links and the
// order of records need it to go on.
func (k *checker) clock(ctx context.Context) error {
	var newest osprey.Time
	err := k.st.Read(ctx, osprey.Everything(), func(tx *store.Tx) error {
		chains, err := tx.AuditChains()
		if err != nil {
			return err
		}
		for _, chain := range chains {
			seq, _, err := tx.AuditHead(chain)
			if errors.Is(err, store.ErrNotFound) || seq == 0 {
				continue
			}
			if err != nil {
				return err
			}
			records, err := tx.AuditRecords(chain, seq, 1)
			if err != nil {
				return err
			}
			for _, r := range records {
				newest = max(newest, r.Time)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	now := k.Clock.Now()
	if newest.Time().After(now.Add(clockSlack)) {
		k.add("clock", Failed, "set the clock, and keep it by NTP", "it is %s, behind the newest record of %s",
			now.Format(time.RFC3339), newest.Time().Format(time.RFC3339))
		return nil
	}
	k.add("clock", Passed, "", "%s, after every record", now.Format(time.RFC3339))
	return nil
}
