package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// child is a running decoder. It is bounded in address space, time of the
// processor, wall-clock time, files and their size; has an empty environment,
// "/" as its directory and a process group of its own; where the kernel lets
// it, also namespaces of its own: no network, no other process to be seen, no
// rights over anything outside. It dies with this process, with the context,
// and at the latest when close is called.
//
// The bounds are set by /bin/sh before it becomes the decoder, so that no
// instruction of the decoder runs without them.
type child struct {
	cmd     *exec.Cmd
	started chan struct{} // closed when cmd.Start has returned
	mu      sync.Mutex
	gone    bool     // it has ended, and its number is no longer ours
	out     *pipeEnd // its standard output
	in      *os.File // its standard input, where the job feeds it
	file    *os.File // what it wrote, where the job has an output
	words   words
	limit   time.Duration // of the processor
	stopped func() bool
	clock   stopwatch
	timeout atomic.Bool
	readers sync.WaitGroup
	ends    []*pipeEnd
	exited  chan struct{} // closed when it is gone and reaped
	err     error         // of starting or waiting; valid when exited
}

// limitsScript sets the bounds and becomes the decoder. Sizes of files are in
// blocks of 512 bytes and memory in KiB, as POSIX has it.
const limitsScript = `ulimit -c 0 && ulimit -f "$1" && ulimit -n 64 && ulimit -t "$4" && ulimit -S -t "$3" && ulimit -v "$2" || exit 126
shift 4
exec "$@"`

// start runs the decoder. The caller has to close the child.
func (p *Player) start(ctx context.Context, j job) (*child, error) {
	c := &child{words: words{described: make(chan struct{})}, started: make(chan struct{}), exited: make(chan struct{}), limit: p.timeout}
	theirs, err := c.wire(j)
	defer func() {
		for _, f := range theirs {
			_ = f.Close() // the child has its own copies
		}
	}()
	if err == nil {
		c.command(p, j, theirs)
		err = c.launch()
	}
	if err != nil {
		c.dispose()
		return nil, &DecoderError{Err: err}
	}
	c.clock.expire = func() { c.timeout.Store(true); c.kill() }
	c.clock.left = p.timeout
	c.clock.start()
	c.stopped = context.AfterFunc(ctx, c.kill)
	return c, nil
}

// wire makes the files between the child and us. Those that it gets are, in
// this order: standard input, output and error, fd 3, fd 4.
func (c *child) wire(j job) (theirs []*os.File, err error) {
	theirs = make([]*os.File, 5)
	pipe := func(at int) *pipeEnd {
		r, w, e := os.Pipe()
		if e != nil {
			err = errors.Join(err, e)
			return nil
		}
		theirs[at] = w
		end := &pipeEnd{f: r, exited: c.exited}
		c.ends = append(c.ends, end)
		return end
	}
	if j.feed {
		var e error
		theirs[0], c.in, e = os.Pipe()
		err = errors.Join(err, e)
	}
	c.out = pipe(1)
	errs := pipe(2)
	if j.input != nil {
		var e error
		theirs[3], e = sealed(j.input)
		err = errors.Join(err, e)
	}
	var list *pipeEnd
	switch {
	case j.output:
		var e error
		c.file, theirs[4], e = memory()
		err = errors.Join(err, e)
	case j.heed != nil:
		list = pipe(4)
	}
	if err != nil {
		return theirs, err
	}
	_, _ = unix.FcntlInt(c.out.f.Fd(), unix.F_SETPIPE_SZ, 1<<20)         // fewer turns; the default works too
	if err := syscall.SetNonblock(int(c.out.f.Fd()), true); err != nil { // Fd has made it blocking
		return theirs, err
	}
	c.readers.Go(func() { c.words.listen(errs) })
	if list != nil {
		c.readers.Go(func() {
			j.heed(c, list)
			_, _ = io.Copy(io.Discard, list)
		})
	}
	return theirs, nil
}

func (c *child) command(p *Player, j job, theirs []*os.File) {
	seconds := max(1, int64(p.timeout/time.Second))
	args := []string{
		"-c", limitsScript, "sh",
		strconv.FormatInt((j.most+511)/512, 10), strconv.FormatInt(p.memory/1024, 10),
		strconv.FormatInt(seconds, 10), strconv.FormatInt(seconds+2, 10), p.decoder,
	}
	//nolint:gosec,noctx // the program is the operator's; the child is killed as a group, in launch and kill
	c.cmd = exec.Command("/bin/sh", append(args, j.args...)...)
	c.cmd.Env = []string{}
	c.cmd.Dir = "/"
	for i, f := range theirs {
		switch {
		case f == nil:
		case i == 0:
			c.cmd.Stdin = f
		case i == 1:
			c.cmd.Stdout = f
		case i == 2:
			c.cmd.Stderr = f
		}
	}
	c.cmd.ExtraFiles = theirs[3:] // nil stays closed
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	if p.isolated {
		const nobody = 65534
		c.cmd.SysProcAttr.Cloneflags = unix.CLONE_NEWUSER | unix.CLONE_NEWNET | unix.CLONE_NEWPID | unix.CLONE_NEWIPC
		c.cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Geteuid(), Size: 1}}
		c.cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getegid(), Size: 1}}
	}
}

// launch starts the child and sees to its end in a goroutine with a thread of
// its own: the kernel sends the signal of a parent's death when the thread that
// started the child ends.
func (c *child) launch() error {
	var err error
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err = c.cmd.Start()
		ok := err == nil
		close(c.started)
		if ok {
			c.await()
		}
	}()
	<-c.started
	return err
}

// await waits for the child's end. Before it is reaped, when its number can not
// yet belong to anybody else, whatever it may have left in its group is killed.
func (c *child) await() {
	for {
		err := unix.Waitid(unix.P_PID, c.cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	c.kill()
	c.mu.Lock()
	c.gone = true
	c.mu.Unlock()
	err := c.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		c.err = err
	}
	close(c.exited)
	for _, end := range c.ends {
		end.hurry()
	}
}

// kill ends the child and its group.
func (c *child) kill() {
	<-c.started
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cmd.Process != nil && !c.gone {
		_ = unix.Kill(-c.cmd.Process.Pid, unix.SIGKILL) // not there: it has ended
	}
}

// close ends the child, waits until it is gone, and frees everything.
func (c *child) close() {
	c.kill()
	<-c.exited
	c.stopped()
	c.clock.stop()
	c.dispose()
}

// wait waits until the child ends by itself, or is ended by a limit.
func (c *child) wait() {
	<-c.exited
	c.readers.Wait()
}

func (c *child) dispose() {
	for _, end := range c.ends {
		_ = end.f.Close() // only read from
	}
	c.readers.Wait()
	for _, f := range []*os.File{c.in, c.file} {
		if f != nil {
			_ = f.Close()
		}
	}
}

// failure is the fault of a child that has ended, nil where the child did not
// fail by itself but may have found fault with the file.
func (c *child) failure() *DecoderError {
	state := c.cmd.ProcessState
	switch {
	case c.timeout.Load():
		return &DecoderError{Timeout: true, Err: fmt.Errorf("stopped after %v of waiting", c.limit)}
	case c.err != nil || state == nil:
		return &DecoderError{Err: fmt.Errorf("wait: %w", c.err)}
	case !state.Success() && state.UserTime()+state.SystemTime() >= max(time.Second, c.limit.Truncate(time.Second))-50*time.Millisecond:
		return &DecoderError{Timeout: true, Err: fmt.Errorf("%v, after %v of the processor", state, state.UserTime()+state.SystemTime())}
	}
	status, ok := state.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() && status.Signal() == syscall.SIGXCPU {
		return &DecoderError{Timeout: true, Err: fmt.Errorf("%v", state)} // the kernel's own count, which may differ
	}
	const cannotRun, notFound = 126, 127 // of the shell, and of the dynamic loader
	if !ok || status.Signaled() || status.ExitStatus() == cannotRun || status.ExitStatus() == notFound {
		return &DecoderError{Err: fmt.Errorf("%v: %s", state, c.words.lastWords())}
	}
	return nil
}

// exitOK tells whether the child ended without an error of its own.
func (c *child) exitOK() bool { return c.cmd.ProcessState.Success() }

// sealed puts bytes into a file in memory that nobody can change any more.
func sealed(data []byte) (*os.File, error) {
	fd, err := unix.MemfdCreate("clip", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, fmt.Errorf("memfd: %w", err)
	}
	f := os.NewFile(uintptr(fd), "clip")
	_, err = f.Write(data)
	if err == nil {
		const seals = unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE
		_, err = unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals)
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("memfd: %w", err)
	}
	return f, nil
}

// memory makes an empty file in memory, for us and for the child.
func memory() (ours, theirs *os.File, err error) {
	fd, err := unix.MemfdCreate("preview", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, nil, fmt.Errorf("memfd: %w", err)
	}
	ours = os.NewFile(uintptr(fd), "preview")
	other, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		_ = ours.Close()
		return nil, nil, fmt.Errorf("memfd: %w", err)
	}
	return ours, os.NewFile(uintptr(other), "preview"), nil
}

// pipeEnd reads from the child. Once the child has ended, only what is already
// in the pipe is read: something it started may still hold the other end, in
// which case reading would never end.
type pipeEnd struct {
	f      *os.File
	exited chan struct{}
}

func (p *pipeEnd) Read(b []byte) (int, error) {
	select {
	case <-p.exited:
		p.hurry()
	default:
	}
	n, err := p.f.Read(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = io.EOF
	}
	return n, err
}

func (p *pipeEnd) hurry() {
	_ = p.f.SetReadDeadline(time.Now().Add(time.Second)) // a pipe can always have one
}
