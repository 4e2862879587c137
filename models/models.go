// Package models carries the data of the model packs that Osprey installs:
// which files of which pinned npm packages make up a pack (packages.json),
// how each model is fed and what was measured with it (default.json), and the
// licence texts that the packages themselves leave out (licenses/). It holds
// no model weights.
package models

import "embed"

// Files is the folder's data: packages.json, default.json and licenses/.
//
//go:embed packages.json default.json licenses
var Files embed.FS
