package capsule

import (
	"context"
	"sync"
	"time"

	"example.org/osprey"
)

// maxRemembered bounds the tokens, and the marks, that one process keeps in memory.
const maxRemembered = 1 << 20

// memory is the Replay of one process: it forgets at the end of the process, and
// other nodes do not see it.
type memory struct {
	clock  osprey.Clock
	most   int
	mu     sync.Mutex
	tokens map[osprey.ID]memoryToken
	media  map[string]memoryMedium // by company and mark
}

type memoryToken struct {
	failures int
	spent    bool
	expires  osprey.Time
}

type memoryMedium struct {
	token   osprey.ID
	expires osprey.Time
}

// NewMemory returns a Replay that lives as long as the process.
func NewMemory(clock osprey.Clock) Replay {
	return &memory{clock: clock, most: maxRemembered, tokens: make(map[osprey.ID]memoryToken), media: make(map[string]memoryMedium)}
}

func (m *memory) Spent(_ context.Context, u Use) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.tokens[u.Token].spent, nil
}

func (m *memory) Spend(_ context.Context, u Use) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.token(u)
	if err != nil || t.spent {
		return false, err
	}
	t.spent = true
	m.tokens[u.Token] = t
	return true, nil
}

func (m *memory) Fail(_ context.Context, u Use) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.token(u)
	if err != nil || t.spent {
		return err
	}
	t.failures++
	t.spent = t.failures >= maxFailures
	m.tokens[u.Token] = t
	return nil
}

// token is what is known of one, with room to know more.
func (m *memory) token(u Use) (memoryToken, error) {
	t, ok := m.tokens[u.Token]
	if !ok && len(m.tokens) >= m.most {
		if m.forget(); len(m.tokens) >= m.most {
			return t, full()
		}
	}
	t.expires = u.Expires
	return t, nil
}

// full refuses a capsule rather than forgetting one that could then be replayed.
func full() error {
	return osprey.Unavailable("capsules", 10*time.Second, "Too many capsules came in a short time")
}

func (m *memory) Note(_ context.Context, u Use, marks [][]byte, life time.Duration) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := osprey.TimeOf(m.clock.Now())
	if len(m.media)+len(marks) > m.most {
		if m.forget(); len(m.media)+len(marks) > m.most {
			return false, full()
		}
	}
	for _, mark := range marks {
		if old, ok := m.media[string(u.Company)+string(mark)]; ok && old.expires > now && old.token != u.Token {
			return false, nil
		}
	}
	for _, mark := range marks {
		m.media[string(u.Company)+string(mark)] = memoryMedium{token: u.Token, expires: now.Add(life)}
	}
	return true, nil
}

func (m *memory) Sweep(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget()
	return nil
}

func (m *memory) forget() {
	now := osprey.TimeOf(m.clock.Now())
	for id, t := range m.tokens {
		if t.expires.Add(sweepDelay) < now {
			delete(m.tokens, id)
		}
	}
	for mark, medium := range m.media {
		if medium.expires <= now {
			delete(m.media, mark)
		}
	}
}

func (*memory) Shared() bool { return false }
