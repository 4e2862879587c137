package client

import (
	"context"
	"strconv"
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
