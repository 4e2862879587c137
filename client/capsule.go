package client

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// MaxCapsule is the largest capsule that a server takes, in bytes.
const MaxCapsule = 64 << 20

// SessionToken signs one capsule. Text is secret: whoever has it can make that
// capsule.
type SessionToken struct {
	Text       string `json:"session_token"`
	ExpireDate Time   `json:"expire_date"`
}

// SessionToken gets one. A backend may get it and hand it to the page or the app that
// makes the capsule; the capsule must then come from a user of the same company.
func (c *Client) SessionToken(ctx context.Context) (SessionToken, error) {
	var t SessionToken
	err := c.Do(ctx, http.MethodGet, "/api/authorize/session_token", nil, &t)
	return t, err
}

// Capsule is an upload that is signed: nobody can change a byte of it on the way, and
// it is taken once.
type Capsule struct {
	Files   []File         // 1 to 10
	Payload map[string]any // as of a multipart upload: "folder:meta_data", "analyses", "company_id", ...
	Client  CapsuleClient
	Time    time.Time // when the media were captured; zero: now
}

// CapsuleClient is what made a capsule.
type CapsuleClient struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Platform string `json:"platform"`
}

// capsuleManifest is the first entry of a capsule.
type capsuleManifest struct {
	Version int            `json:"version"`
	Token   string         `json:"session_token"`
	Created json.Number    `json:"time_created"`
	Client  CapsuleClient  `json:"client"`
	Entries []capsuleEntry `json:"entries"`
}

type capsuleEntry struct {
	Name     string `json:"name"`
	Key      string `json:"key,omitempty"`
	Original string `json:"original_name,omitempty"`
	Size     int    `json:"size"`
	SHA256   string `json:"sha256"`

	data []byte
}

// Seal writes the capsule with a session token, which it uses up.
func (c Capsule) Seal(token SessionToken) ([]byte, error) {
	jwt, secret, ok := strings.Cut(token.Text, "~")
	key, err := base64.RawURLEncoding.DecodeString(secret)
	if !ok || err != nil || len(key) != sha256.Size {
		return nil, errors.New("client: this is no session token")
	}
	entries, err := c.entries()
	if err != nil {
		return nil, err
	}
	at := c.Time
	if at.IsZero() {
		at = time.Now()
	}
	manifest, err := json.Marshal(capsuleManifest{ //nolint:gosec // the half of the token that is to travel
		Version: 1, Token: jwt, Client: c.Client, Entries: entries,
		Created: json.Number(strconv.FormatFloat(float64(at.UnixMicro())/1e6, 'f', 6, 64)),
	})
	if err != nil {
		return nil, fmt.Errorf("client: capsule: %w", err)
	}
	return zipCapsule(manifest, entries, signManifest(key, manifest))
}

func signManifest(key, manifest []byte) string {
	h := hmac.New(sha256.New, key)
	_, _ = h.Write([]byte("osprey-capsule-v1\n")) // never fails
	_, _ = h.Write(manifest)
	return hex.EncodeToString(h.Sum(nil))
}

// entries are the payload and the media, in this order.
func (c Capsule) entries() ([]capsuleEntry, error) {
	payload := make(map[string]any, len(c.Payload)+2)
	for k, v := range c.Payload {
		payload[k] = v
	}
	aboutFiles(payload, c.Files)
	raw, err := json.Marshal(payload)
	if err != nil {
		return nil, fmt.Errorf("client: payload: %w", err)
	}
	entries := []capsuleEntry{{Name: "payload.json", data: raw}}
	for i, f := range c.Files {
		data, err := readFile(f)
		if err != nil {
			return nil, fmt.Errorf("client: %s: %w", f.Field, err)
		}
		// The file's own name goes into the manifest, where it may be anything.
		entries = append(entries, capsuleEntry{Name: "media/" + strconv.Itoa(i+1), Key: f.Field, Original: f.Name, data: data})
	}
	for i := range entries {
		e := &entries[i]
		hash := sha256.Sum256(e.data)
		e.Size, e.SHA256 = len(e.data), hex.EncodeToString(hash[:])
	}
	return entries, nil
}

func readFile(f File) ([]byte, error) {
	content, err := f.Open()
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(content, MaxCapsule+1))
	if err = errors.Join(err, content.Close()); err == nil && len(data) > MaxCapsule {
		err = fmt.Errorf("it is larger than a capsule, %d bytes", MaxCapsule)
	}
	return data, err
}

// zipCapsule stores the entries: media are compressed already.
func zipCapsule(manifest []byte, entries []capsuleEntry, signature string) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	put := func(name string, data []byte) error {
		w, err := z.CreateRaw(&zip.FileHeader{
			Name: name, Method: zip.Store, CRC32: crc32.ChecksumIEEE(data),
			CompressedSize64: uint64(len(data)), UncompressedSize64: uint64(len(data)),
		})
		if err == nil {
			_, err = w.Write(data)
		}
		return err
	}
	err := put("manifest.json", manifest)
	for _, e := range entries {
		err = errors.Join(err, put(e.Name, e.data))
	}
	err = errors.Join(err, put("signature", []byte(signature)), z.Close())
	switch {
	case err != nil:
		return nil, fmt.Errorf("client: capsule: %w", err)
	case out.Len() > MaxCapsule:
		return nil, fmt.Errorf("client: the capsule has %d bytes, %d are the limit", out.Len(), MaxCapsule)
	}
	return out.Bytes(), nil
}

// SendCapsule sends what Seal made, or a capsule from elsewhere, and returns the
// folder that came of it; with "analyses" in its payload, their results too.
func (c *Client) SendCapsule(ctx context.Context, sealed []byte) (Folder, error) {
	return c.sendCapsule(ctx, "/api/folders/", sealed)
}

// SendCapsuleInstant is SendCapsule to a server that answers and keeps nothing.
func (c *Client) SendCapsuleInstant(ctx context.Context, sealed []byte) (Folder, error) {
	return c.sendCapsule(ctx, "/api/instant/folders/", sealed)
}

func (c *Client) sendCapsule(ctx context.Context, path string, sealed []byte) (Folder, error) {
	var out Folder
	resp, err := c.call(ctx, http.MethodPost, path, "application/octet-stream", bytes.NewReader(sealed)) //nolint:bodyclose // drain closes it
	if err != nil {
		return out, err
	}
	defer drain(resp.Body)
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(&out); err != nil {
		return out, fmt.Errorf("client: POST %s: answer %d is not the JSON expected: %w", path, resp.StatusCode, err)
	}
	return out, nil
}
