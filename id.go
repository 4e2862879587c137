package osprey

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"sync"
	"time"
)

// ID is a UUIDv7 in lower case with hyphens, 36 characters. The empty ID means
// "none". IDs of one process grow strictly, so that sorting by ID is sorting by
// creation.
type ID string

// ParseID reads a UUID of any version in its hyphenated form, without regard to
// letter case, and returns it in lower case. It reports false for anything else.
func ParseID(s string) (ID, bool) {
	if len(s) != 36 {
		return "", false
	}
	for i := range len(s) {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return "", false
			}
		default:
			if !isHex(c) {
				return "", false
			}
		}
	}
	return ID(strings.ToLower(s)), true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// Clock tells the time. Tests bring their own.
type Clock interface {
	Now() time.Time
}

// SystemClock is the machine's clock.
type SystemClock struct{}

// Now returns the present time in UTC.
func (SystemClock) Now() time.Time { return time.Now().UTC() }

// IDs makes strictly growing UUIDv7s (RFC 9562, method 3: the 12 bits after the
// millisecond hold its fraction and carry into the next one when a process asks
// faster than that). It is safe for concurrent use.
type IDs struct {
	clock Clock
	mu    sync.Mutex
	last  uint64 // milliseconds << 12 | fraction
}

// NewIDs returns a source of IDs that reads the clock given.
func NewIDs(clock Clock) *IDs { return &IDs{clock: clock} }

// New returns the next ID.
func (g *IDs) New() ID {
	now := g.clock.Now()
	stamp := uint64(now.UnixMilli())<<12 | uint64(now.Nanosecond()%1_000_000)*4096/1_000_000
	g.mu.Lock()
	if stamp <= g.last {
		stamp = g.last + 1
	}
	g.last = stamp
	g.mu.Unlock()

	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], stamp>>12<<16|0x7000|stamp&0xfff)
	_, _ = rand.Read(b[8:]) // crypto/rand.Read never fails: it ends the process instead
	b[8] = b[8]&0x3f | 0x80

	var s [36]byte
	hex.Encode(s[0:8], b[0:4])
	hex.Encode(s[9:13], b[4:6])
	hex.Encode(s[14:18], b[6:8])
	hex.Encode(s[19:23], b[8:10])
	hex.Encode(s[24:36], b[10:16])
	s[8], s[13], s[18], s[23] = '-', '-', '-', '-'
	return ID(s[:])
}
