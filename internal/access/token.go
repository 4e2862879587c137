package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"hash/crc32"
	"strings"
)

// TokenKind is the prefix that tells what a token is for.
type TokenKind string

// The kinds of tokens.
const (
	TokenAccess  TokenKind = "osp_at_"
	TokenRefresh TokenKind = "osp_rt_"
	TokenService TokenKind = "osp_sk_"
	TokenReset   TokenKind = "osp_pr_"
)

const (
	base62       = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	secretDigits = 43 // 62^43 > 2^256
	sumDigits    = 6  // 62^6 > 2^32
	tokenLength  = len(TokenAccess) + secretDigits + sumDigits
)

// newToken makes a token: the kind, 256 random bits and a checksum, in base 62.
func newToken(kind TokenKind) string {
	var b strings.Builder
	b.Grow(tokenLength)
	b.WriteString(string(kind))
	// Bytes of 248 and more are dropped, so that every digit is equally likely.
	var pool [2 * secretDigits]byte
	for n := 0; n < secretDigits; {
		_, _ = rand.Read(pool[:]) // crypto/rand.Read never fails: it ends the process instead
		for _, c := range pool {
			if c < 248 && n < secretDigits {
				b.WriteByte(base62[c%62])
				n++
			}
		}
	}
	b.WriteString(checksum(b.String()))
	return b.String()
}

// tokenKind reads the kind of a token whose form and checksum are right. It lets
// mistyped, cut and made-up tokens be refused without asking the store; it proves
// nothing else.
func tokenKind(token string) (TokenKind, bool) {
	if len(token) != tokenLength {
		return "", false
	}
	kind := TokenKind(token[:len(TokenAccess)])
	switch kind {
	case TokenAccess, TokenRefresh, TokenService, TokenReset:
	default:
		return "", false
	}
	for i := len(kind); i < len(token); i++ {
		c := token[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return "", false
		}
	}
	body, sum := token[:tokenLength-sumDigits], token[tokenLength-sumDigits:]
	return kind, checksum(body) == sum
}

// opensSession reports whether a token is of a kind that opens sessions.
func opensSession(token string) bool {
	kind, ok := tokenKind(token)
	return ok && (kind == TokenAccess || kind == TokenService)
}

func checksum(body string) string {
	sum := crc32.ChecksumIEEE([]byte(body))
	var digits [sumDigits]byte
	for i := range digits {
		digits[sumDigits-1-i] = base62[sum%62]
		sum /= 62
	}
	return string(digits[:])
}

// tokenHash is what the store keeps of a token. The token has 256 random bits, so
// a plain hash is enough: there is nothing to guess.
func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
