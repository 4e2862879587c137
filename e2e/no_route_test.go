package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// noRoute is set in the process that stands in a network namespace of its own.
const noRoute = "OSPREY_E2E_NO_ROUTE"

// loopbackUp switches the loopback of this network namespace on.
func loopbackUp(t *testing.T) {
	t.Helper()
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(s) }()
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		t.Fatal(err)
	}
	lo.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, lo); err != nil {
		t.Fatalf("loopback: %v", err)
	}
}

// TestU04NoRoute: in a network namespace without a route the server starts and does its
// work, and it connects to nothing but itself and asks no name server (components.md 7.4).
func TestU04NoRoute(t *testing.T) {
	if os.Getenv(noRoute) != "" {
		serveWithoutRoute(t)
		return
	}
	t.Parallel()
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("SKIPPED: strace is not here; this test watches the server's connections with it (scripts/prepare.sh strace)")
	}
	unshare := []string{"unshare", "-n"}
	if os.Geteuid() != 0 {
		unshare = []string{"unshare", "-r", "-n"}
	}
	if out, err := exec.Command(unshare[0], append(unshare[1:], "true")...).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: a network namespace is not permitted here: %v: %s", err, out)
	}
	cmd := exec.Command(unshare[0], append(unshare[1:], os.Args[0], "-test.run", "^TestU04NoRoute$", "-test.v", "-test.count=1")...)
	cmd.Env = append(os.Environ(), noRoute+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestU04NoRoute") {
		t.Fatalf("%v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "connections were watched") {
			t.Log(strings.TrimSpace(line))
		}
	}
}

// Calls that name whom they send to.
var (
	sentTo = regexp.MustCompile(`\b(connect|sendto|sendmsg|sendmmsg)\(.*sa_family=AF_\w+`)
	within = regexp.MustCompile(`sa_family=(AF_UNIX|AF_LOCAL|AF_NETLINK|AF_UNSPEC)\b` +
		`|sa_family=AF_INET,.*inet_addr\("127\.\d+\.\d+\.\d+"\)|sa_family=AF_INET6,.*inet_pton\(AF_INET6, "::1"`)
	naming = regexp.MustCompile(`htons\(53\)|nscd|resolve`)
)

// serveWithoutRoute is the part of TestU04NoRoute inside of the namespace.
func serveWithoutRoute(t *testing.T) {
	loopbackUp(t)
	all, err := net.Interfaces()
	if err != nil || len(all) != 1 || all[0].Name != "lo" {
		t.Fatalf("the namespace has %v, %v", all, err)
	}
	dir := t.TempDir()
	trace, wrapper := filepath.Join(dir, "trace"), filepath.Join(dir, "osprey")
	// -D: the server itself stays the child that is to be stopped. A listen shows that
	// something was watched at all. Commands of the command line are watched too.
	script := fmt.Sprintf("#!/bin/sh\nexec strace -D -f -q -A -s 256 -o %s -e trace=connect,sendto,sendmsg,sendmmsg,listen %s \"$@\"\n",
		trace, builtAs(t, "OSPREY_BIN", "osprey"))
	if err := os.WriteFile(wrapper, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	s := startBinary(t, wrapper, data, "OSPREY_MODELS_DIR="+modelsBeside(t))
	c := s.tenant(t, s.admin(t))
	p := people(t)
	list := c.collection(t)
	c.person(t, list, p.ada[0])
	done := c.ca.analyse(t, c.folder(t, p.ada[1]).id("folder_id"), object{"collection_id": list})
	done.check("state", "FINISHED").check("resolution_status", "DECLINED")
	c.ca.lite().extract(t, p.ada[0])
	s.as("").get(t, "/api/version").want(200)
	if r := s.osprey(t, "usage", "report"); r.code != 0 {
		t.Errorf("usage report: %d %s", r.code, r.stderr)
	}
	if code, err := s.stop(); code != 0 || err != nil {
		t.Fatalf("stop: exit %d, %v", code, err)
	}
	raw := traceOf(t, trace, s.cmd.Process.Pid)
	if !strings.Contains(raw, "listen(") {
		t.Fatalf("nothing was watched:\n%s", raw)
	}
	sent := 0
	for line := range strings.Lines(raw) {
		if !sentTo.MatchString(line) {
			continue
		}
		sent++
		if !within.MatchString(line) || naming.MatchString(line) {
			t.Errorf("outbound: %s", line)
		}
	}
	t.Logf("%d connections were watched, all to this machine", sent)
}

// traceOf reads what strace wrote, once it has written the end of a process.
func traceOf(t *testing.T, path string, pid int) string {
	t.Helper()
	end := fmt.Sprintf("%-5d +++ exited", pid) // as strace pads it
	for deadline := time.Now().Add(stopPatience); ; time.Sleep(askEvery) {
		raw, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(raw), end) {
			return string(raw)
		}
		if time.Now().After(deadline) {
			t.Fatalf("strace does not tell the end of %d: %v\n%s", pid, err, raw)
		}
	}
}

// modelsBeside is the folder of models beside the server's binary: a wrapper lies
// elsewhere.
func modelsBeside(t *testing.T) string {
	t.Helper()
	return filepath.Join(filepath.Dir(builtAs(t, "OSPREY_BIN", "osprey")), "models")
}
