package e2e

import (
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.org/osprey/internal/killpoint"
)

// deathPatience bounds the wait for a server that is to kill itself.
const deathPatience = 60 * time.Second

// crashServer is a server of the build with kill points, whose folder a test kills
// it on again and again.
func crashServer(t *testing.T) *server {
	t.Helper()
	return startBinary(t, builtAs(t, "OSPREY_TEST_BIN", "osprey-test"), t.TempDir(),
		"OSPREY_ANALYSIS_RETRY_STEP=100ms", "OSPREY_LOG_LEVEL=info", "OSPREY_MEDIA_MAX_COUNT_FOLDER=10")
}

// killed fails the test unless the process was ended by SIGKILL.
func (s *server) killed(t *testing.T) {
	t.Helper()
	select {
	case <-s.exited:
	case <-time.After(deathPatience):
		t.Fatalf("the server never came to where it was to die\n%s", s.log.tail())
	}
	status, ok := s.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		t.Fatalf("the server ended as %v, not by SIGKILL\n%s", s.cmd.ProcessState, s.log.tail())
	}
}

// life passes every kill point at least twice: persons come and go, photographs
// are checked against them. It ends with the first call that is not answered.
func (l *ledger) life(r *rand.Rand) error {
	for face := range 2 {
		for _, step := range []func() error{
			func() error { return l.enrol(face) },
			func() error { return l.enrol(face) },
			func() error { return l.check(face + 2) },
			func() error { return l.check(face) },
			func() error { return l.watch(face) },
			func() error { return l.awaitAnalyses() },
			func() error { return l.deleteAnalysis(r) },
			func() error { return l.deleteAnalysis(r) },
			func() error { return l.deletePerson(r) },
			func() error { return l.deletePerson(r) },
		} {
			if err := step(); err != nil {
				return err
			}
		}
	}
	return nil
}

// awaitAnalyses waits for the end of all that were answered.
func (l *ledger) awaitAnalyses() error {
	for _, e := range l.analyses {
		if e.fate != there {
			continue
		}
		if _, err := l.ca.try("GET", analysisPath(e.id)+"?wait=60", nil); err != nil {
			return err
		}
	}
	return nil
}

// TestCrashAtKillPoints kills the server at every named moment of the commit
// protocol, the first and the second time it is passed, all on one data folder.
// After each start everything that was answered holds, nothing is half done, and
// `osprey check` finds rows, blobs and galleries in agreement.
func TestCrashAtKillPoints(t *testing.T) {
	s := crashServer(t)
	l := newLedger(t, s)
	r := rand.New(rand.NewPCG(1, 1))
	plain := s.env
	for _, point := range killpoint.All {
		for _, at := range []string{point, point + ":2"} {
			ok := t.Run(at, func(t *testing.T) {
				if code, err := s.stop(); code != 0 || err != nil {
					t.Fatalf("stop: exit %d, %v", code, err)
				}
				s.env = append(plain[:len(plain):len(plain)], "OSPREY_KILL_AT="+at)
				s.restart(t)
				fault := l.life(r)
				s.killed(t)
				if fault != nil && strings.Contains(fault.Error(), ": ") && isAnswer(fault) {
					t.Fatalf("before it died the server refused: %v", fault)
				}
				s.env = plain
				s.restart(t)
				l.settle(t)
				l.sound(t)
				s.restart(t)
			})
			if !ok {
				return // the next point would find the damage of this one
			}
		}
	}
}

// isAnswer reports whether the error of a ledger's call is a refusal and not the
// silence of a dead server.
func isAnswer(err error) bool {
	for _, what := range []string{"enrolment: ", "deletion: ", "folder: ", "analysis: "} {
		if strings.HasPrefix(err.Error(), what) {
			return true
		}
	}
	return false
}

// The random moments: how many, among how many clients, and how long a server
// lives at most before it is killed.
const (
	crashMoments = 50
	crashClients = 4
	crashLife    = 1500 * time.Millisecond
)

// TestCrashAtRandomMoments kills the server at random moments while several
// clients enrol, search and delete, and now and then while it starts. One data
// folder takes it all.
func TestCrashAtRandomMoments(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	s := crashServer(t)
	l := newLedger(t, s)
	for moment := range crashMoments {
		l.live(t, r)
		if moment%5 == 2 {
			s.killWhileItStarts(t, r)
		}
		s.restart(t)
		l.settle(t)
		if moment%5 == 4 {
			l.sound(t)
			s.restart(t)
		}
		if t.Failed() {
			t.Fatalf("seed %d, moment %d", seed, moment)
		}
	}
	t.Logf("%d persons were asked for, %d are there in the end", l.made, len(l.persons))
}

// live lets the clients work for a random time and kills the server under them.
func (l *ledger) live(t *testing.T, r *rand.Rand) {
	t.Helper()
	var clients sync.WaitGroup
	for range crashClients {
		random := rand.New(rand.NewPCG(r.Uint64(), r.Uint64()))
		clients.Go(func() {
			for {
				if err := l.something(random); err != nil {
					if isAnswer(err) {
						t.Error(err)
					}
					return
				}
			}
		})
	}
	time.Sleep(time.Duration(r.Int64N(int64(crashLife)))) // the moment itself is what is random
	l.kill(t)
	clients.Wait()
}

// killWhileItStarts starts the server and kills it before or soon after it is
// ready: what the last kill left is then half cleared.
func (s *server) killWhileItStarts(t *testing.T, r *rand.Rand) {
	t.Helper()
	if err := s.launch(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Duration(r.Int64N(int64(crashLife / 2))))
	s.kill(t)
}
