package capsule

import (
	"encoding/base64"
	"time"

	"example.org/osprey"
)

// The clocks of client and server may differ by so much.
const maxSkew = 10 * time.Minute

// mediaMemory is how long a medium is known (api.md 12.5).
const mediaMemory = 24 * time.Hour

// Options make a Desk. All fields are required but the last.
type Options struct {
	Keys   *Keys
	Replay Replay
	Clock  osprey.Clock
	IDs    *osprey.IDs
	// Life is how long a token can be used (capsule.token_ttl).
	Life time.Duration
	// RejectRepeated refuses media that came in another capsule of the company within
	// 24 hours (capsule.reject_repeated_media).
	RejectRepeated bool
}

// Desk mints session tokens and opens capsules. It is safe for concurrent use.
type Desk struct{ o Options }

// NewDesk makes a Desk.
func NewDesk(o Options) *Desk { return &Desk{o: o} }

// Token is a session token as it is handed out, once.
type Token struct {
	Text    string // the JWT, "~", the one-time key
	Expires osprey.Time
}

// Mint makes a session token for a user and a company; both may be empty. issuer is
// the public address of this server.
func (d *Desk) Mint(issuer string, user, company osprey.ID) (Token, error) {
	now := d.o.Clock.Now()
	c := claims{
		Issuer: issuer, Audience: audience, Subject: orNull(user), Company: orNull(company),
		ID: d.o.IDs.New(), Issued: now.Unix(), Expires: now.Add(d.o.Life).Unix(),
	}
	jwt, err := d.o.Keys.sign(c)
	if err != nil {
		return Token{}, err
	}
	key := base64.RawURLEncoding.EncodeToString(d.o.Keys.of(c.ID))
	return Token{Text: jwt + "~" + key, Expires: osprey.TimeOf(time.Unix(c.Expires, 0))}, nil
}

func orNull(id osprey.ID) *osprey.ID {
	if id == "" {
		return nil
	}
	return &id
}

// Shared reports whether a token that is spent here is spent for all nodes.
func (d *Desk) Shared() bool { return d.o.Replay.Shared() }
