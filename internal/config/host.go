package config

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// Host is the facts about the machine and the process that defaults depend on.
type Host struct {
	Root        bool                   // the process runs as root
	CPUs        int                    // usable cores, cgroup limits applied
	MemoryLimit int64                  // bytes, cgroup limits applied
	Terminal    bool                   // standard error is a terminal
	Executable  string                 // path of the running binary, links followed; empty: unknown
	IsDir       func(path string) bool // path is a folder
	Writable    func(path string) bool // path exists and this process may write to it
}

// ThisHost looks at the machine and the process it runs in.
func ThisHost() Host {
	return Host{
		Root:        os.Geteuid() == 0,
		CPUs:        runtime.GOMAXPROCS(0),
		MemoryLimit: memoryLimit(os.ReadFile),
		Terminal:    term.IsTerminal(int(os.Stderr.Fd())),
		Executable:  executable(),
		IsDir: func(path string) bool {
			info, err := os.Stat(path)
			return err == nil && info.IsDir()
		},
		Writable: func(path string) bool { return unix.Access(path, unix.W_OK) == nil },
	}
}

func executable() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	if followed, err := filepath.EvalSymlinks(path); err == nil {
		return followed
	}
	return path
}

// fallbackMemory is assumed where the system tells nothing.
const fallbackMemory = 2 << 30

// memoryLimit is the smallest of the machine's memory and the limits of the
// process's control groups (version 2 with its parents, or version 1).
func memoryLimit(read func(string) ([]byte, error)) int64 {
	limit := int64(0)
	lower := func(n int64) {
		if n > 0 && (limit == 0 || n < limit) {
			limit = n
		}
	}
	if text, err := read("/proc/meminfo"); err == nil {
		lower(memTotal(text))
	}
	files := []string{
		"/sys/fs/cgroup/memory.max",
		"/sys/fs/cgroup/memory/memory.limit_in_bytes",
	}
	if text, err := read("/proc/self/cgroup"); err == nil {
		files = append(files, groupFiles(text)...)
	}
	for _, file := range files {
		text, err := read(file)
		if err != nil {
			continue
		}
		// "max" means no limit and does not parse.
		if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil {
			lower(n)
		}
	}
	if limit == 0 {
		return fallbackMemory
	}
	return limit
}

// memTotal reads "MemTotal:  24682748 kB".
func memTotal(meminfo []byte) int64 {
	lines := bufio.NewScanner(bytes.NewReader(meminfo))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 || fields[0] != "MemTotal:" {
			continue
		}
		kib, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil || kib < 0 || kib > 1<<52 {
			return 0
		}
		return kib << 10
	}
	return 0
}

// groupFiles lists the limit files of the process's groups and their parents
// from /proc/self/cgroup, whose lines are "0::/a/b" (version 2) or
// "5:memory:/a/b" (version 1).
func groupFiles(groups []byte) []string {
	var files []string
	lines := bufio.NewScanner(bytes.NewReader(groups))
	for lines.Scan() {
		parts := strings.SplitN(lines.Text(), ":", 3)
		if len(parts) != 3 {
			continue
		}
		base, name := "/sys/fs/cgroup", "memory.max"
		switch {
		case parts[1] == "memory":
			base, name = "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
		case parts[0] != "0" || parts[1] != "":
			continue
		}
		for path := filepath.Clean("/" + parts[2]); path != "/"; path = filepath.Dir(path) {
			files = append(files, filepath.Join(base, path, name))
		}
	}
	return files
}
