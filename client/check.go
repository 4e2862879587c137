package client

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Check makes a folder with media, has them analysed and returns the folder with the
// results: a single request. SourceMedia of the analyses are the Field names of files,
// for the media have no ids yet.
//
// The server answers after wait at the latest, and after its own limit (60 seconds)
// whatever wait is; a negative wait is that limit. Analyses that are not over then are
// PROCESSING, and so is the folder's Status: WaitFolder waits for the rest. The work goes on when
// ctx ends.
func (c *Client) Check(ctx context.Context, n NewFolder, wait time.Duration, analyses ...NewAnalysis) (Folder, error) {
	path := "/api/folders/"
	if wait >= 0 {
		path += "?wait=" + strconv.Itoa(min(int((wait+time.Second-1)/time.Second), 60))
	}
	payload := n.payload()
	payload["analyses"] = analyses
	var out Folder
	err := c.upload(ctx, path, n.Files, payload, &out)
	return out, err
}

// Instant analyses media of which the server stores nothing: QUALITY, BIOMETRY and
// DOCUMENTS. The ids of the answer join its parts and exist nowhere else; best shots and
// portraits are in it as data: URLs, which DataURL reads. Consent, where the
// company requires it, goes into n.Metadata. When ctx ends, so does the work.
func (c *Client) Instant(ctx context.Context, n NewFolder, analyses ...NewAnalysis) (Folder, error) {
	payload := n.payload()
	payload["analyses"] = analyses
	var out Folder
	err := c.upload(ctx, "/api/instant/folders/", n.Files, payload, &out)
	return out, err
}

// DataURL gives the bytes of a data: URL, of the images that Instant returns.
func DataURL(link string) ([]byte, error) {
	kind, content, ok := strings.Cut(link, ",")
	if !ok || !strings.HasPrefix(kind, "data:") || !strings.HasSuffix(kind, ";base64") {
		return nil, errors.New("client: no data: URL in base64")
	}
	raw, err := base64.StdEncoding.DecodeString(content)
	if err != nil {
		return nil, fmt.Errorf("client: data: URL: %w", err)
	}
	return raw, nil
}
