package capsule

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"example.org/osprey"
)

func pemOf(t *testing.T, kind string, key any) string {
	t.Helper()
	marshal := x509.MarshalPKCS8PrivateKey
	if kind == "PUBLIC KEY" {
		marshal = x509.MarshalPKIXPublicKey
	}
	der, err := marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func newKey(t *testing.T, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestKeys: pairs that are taken and those that are not, with the setting named.
func TestKeys(t *testing.T) {
	t.Parallel()
	key, other := newKey(t, elliptic.P384()), newKey(t, elliptic.P384())
	small := newKey(t, elliptic.P256())
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	private, public := pemOf(t, "PRIVATE KEY", key), pemOf(t, "PUBLIC KEY", &key.PublicKey)
	for _, c := range []struct{ name, private, public, want string }{
		{"derived", "", "", ""},
		{"private", private, "", ""},
		{"both", private, public, ""},
		{"without a line feed at the end", strings.TrimSpace(private), strings.TrimSpace(public) + "\n\n", ""},
		{"public alone", "", public, "capsule.jwt_public_key"},
		{"another pair", private, pemOf(t, "PUBLIC KEY", &other.PublicKey), "capsule.jwt_public_key: it does not belong"},
		{"the private key twice", private, private, "capsule.jwt_public_key: it is not one SPKI"},
		{"two keys", private + private, "", "capsule.jwt_private_key: it is not one PKCS8"},
		{"curve P-256", pemOf(t, "PRIVATE KEY", small), "", "curve P-384"},
		{"RSA", pemOf(t, "PRIVATE KEY", rsaKey), "", "curve P-384"},
		{"no DER", "-----BEGIN PRIVATE KEY-----\neA==\n-----END PRIVATE KEY-----", "", "capsule.jwt_private_key: "},
		{"no public DER", private, "-----BEGIN PUBLIC KEY-----\neA==\n-----END PUBLIC KEY-----", "capsule.jwt_public_key: "},
	} {
		_, err := NewKeys(secret("s"), c.private, c.public)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// TestDerivedKeysStay: nodes and versions must agree on them, or tokens of the one are
// refused by the other.
func TestDerivedKeysStay(t *testing.T) {
	t.Parallel()
	k, err := NewKeys(secret("s"), "", "")
	if err != nil {
		t.Fatal(err)
	}
	point, err := k.token.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	const jti = "01980000-0000-7000-8000-000000000001"
	for _, c := range []struct{ name, got, want string }{
		{"public key", hex.EncodeToString(point[:16]), "045c732e8e33cc895fd24d6afaaa862f"},
		{"one-time key", hex.EncodeToString(k.of(jti)[:16]), "f96c5568cb664b81aa6677dfc3853ef0"},
		{"mark", hex.EncodeToString(k.mark(acme, [32]byte{1})[:16]), "0339504e74d756eebe1d709432cdaea6"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.name, c.got, c.want)
		}
	}
	if string(k.mark(acme, [32]byte{1})) == string(k.mark(beta, [32]byte{1})) {
		t.Error("two companies have one mark")
	}
}

// TestMint: a token says what api.md 12.1 lists, and nothing of its key.
func TestMint(t *testing.T) {
	t.Parallel()
	b := newBench(t, "memory")
	token, err := b.Mint("https://osprey.example.com", "u", acme)
	if err != nil {
		t.Fatal(err)
	}
	jwt, key, _ := strings.Cut(token.Text, "~")
	if len(key) != 43 || token.Expires.Time() != b.clock.Now().Add(10*time.Minute).UTC() {
		t.Errorf("key %q, expires %s", key, token.Expires.Time())
	}
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 || parts[0] != "eyJhbGciOiJFUzM4NCJ9" {
		t.Fatalf("parts %q", parts)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	var said map[string]any
	if err == nil {
		err = json.Unmarshal(raw, &said)
	}
	if err != nil {
		t.Fatal(err)
	}
	id, _ := said["jti"].(string)
	if _, ok := osprey.ParseID(id); !ok || id[14] != '7' {
		t.Errorf("jti %q", id)
	}
	for key, want := range map[string]any{
		"iss": "https://osprey.example.com", "aud": "osprey-capsule", "sub": "u", "cid": string(acme),
		"iat": 1767225600.0, "exp": 1767226200.0, "jti": id,
	} {
		if said[key] != want {
			t.Errorf("%s is %v, want %v", key, said[key], want)
		}
		delete(said, key)
	}
	if len(said) != 0 {
		t.Errorf("it says more: %v", said)
	}
	open, err := b.Mint("x", "", "")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := base64.RawURLEncoding.DecodeString(strings.Split(open.Text, ".")[1])
	if !strings.Contains(string(body), `"sub":null,"cid":null`) {
		t.Errorf("%s", body)
	}
}

// TestTokens that were not made here, or not so, or not for capsules.
func TestTokens(t *testing.T) {
	t.Parallel()
	b := newBench(t, "memory")
	good := claims{Issuer: "x", Audience: audience, ID: "01980000-0000-7000-8000-000000000001", Issued: 1, Expires: 2}
	jwt, err := b.o.Keys.sign(good)
	if err != nil {
		t.Fatal(err)
	}
	if c, ok := b.o.Keys.read(jwt); !ok || c.ID != good.ID {
		t.Fatalf("%+v, %t", c, ok)
	}
	signed := func(change func(*claims)) string {
		c := good
		change(&c)
		text, err := b.o.Keys.sign(c)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	parts := strings.Split(jwt, ".")
	head := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	for name, bad := range map[string]string{
		"empty":             "",
		"no parts":          "abc",
		"two parts":         parts[0] + "." + parts[1],
		"four parts":        jwt + "." + parts[2],
		"alg none":          head(`{"alg":"none"}`) + "." + parts[1] + ".",
		"alg none, signed":  head(`{"alg":"none"}`) + "." + parts[1] + "." + parts[2],
		"HMAC":              head(`{"alg":"HS384"}`) + "." + parts[1] + "." + parts[2],
		"a type more":       head(`{"alg":"ES384","typ":"JWT"}`) + "." + parts[1] + "." + parts[2],
		"padded":            jwt + "==",
		"signature cut":     jwt[:len(jwt)-4],
		"another audience":  signed(func(c *claims) { c.Audience = "osprey" }),
		"no audience":       signed(func(c *claims) { c.Audience = "" }),
		"no id":             signed(func(c *claims) { c.ID = "" }),
		"an id that is not": signed(func(c *claims) { c.ID = "1" }),
		"no end":            signed(func(c *claims) { c.Expires = 0 }),
		"too long":          signed(func(c *claims) { c.Issuer = strings.Repeat("x", maxToken) }),
		"a blank":           " " + jwt,
		"a line feed":       strings.Replace(jwt, ".", ".\n", 1),
	} {
		if _, ok := b.o.Keys.read(bad); ok {
			t.Errorf("%s is taken", name)
		}
	}
	for i := range len(jwt) {
		bad := []byte(jwt)
		bad[i] ^= 1
		if c, ok := b.o.Keys.read(string(bad)); ok {
			t.Errorf("character %d changed: taken as %+v", i, c)
		}
	}
}
