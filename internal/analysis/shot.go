package analysis

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // the contract shows an MD5 of a file; nothing trusts it
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image/jpeg"

	"example.org/osprey"
	"example.org/osprey/internal/blob"
	"example.org/osprey/internal/killpoint"
	"example.org/osprey/internal/store"
)

// shot is a result image on its way in.
type shot struct {
	media osprey.Media
	data  []byte // JPEG
}

// shot makes the row of an image that was cut from a source medium.
func (t *trial) shot(from osprey.SourceMedia, data []byte, name, tag string) shot {
	sum5 := md5.Sum(data) //nolint:gosec // see the import
	sum := sha256.Sum256(data)
	return shot{data: data, media: osprey.Media{
		ID: t.kit.IDs.New(), Folder: t.a.Folder, Company: t.a.Company, Owner: t.a.Owner, Type: osprey.MediaImageResult,
		OriginalName: name, Tags: []string{tag}, SHA256: hex.EncodeToString(sum[:]),
		Info: osprey.MediaInfo{ImageInfo: osprey.ImageInfo{
			MD5: hex.EncodeToString(sum5[:]), Size: int64(len(data)), MIME: "image/jpeg",
		}},
		Analysis: t.a.ID, Source: from.Media, Metadata: osprey.Metadata{}, Technical: osprey.Metadata{},
	}}
}

// written are result images whose bytes are written and whose rows are not. Its zero
// value holds none.
type written struct {
	intent *blob.Intent
	shots  []shot
}

// putShots writes the bytes of the images.
func (t *attempt) putShots(ctx context.Context, shots []shot) (written, error) {
	if len(shots) == 0 {
		return written{}, nil
	}
	defer t.stage("images")()
	items := make([]blob.Item, len(shots))
	for i := range shots {
		m := &shots[i].media
		c, err := jpeg.DecodeConfig(bytes.NewReader(shots[i].data))
		if err != nil {
			return written{}, fmt.Errorf("a result image is no JPEG: %w", err)
		}
		m.Info.Width, m.Info.Height, m.Blob = c.Width, c.Height, blob.NewKey()
		items[i] = blob.Item{Key: m.Blob, Object: m.ID, Data: shots[i].data}
	}
	intent, err := blob.Begin(ctx, t.o.Store, t.o.Blobs, t.a.Company, items)
	if err != nil {
		return written{}, err
	}
	killpoint.Hit(killpoint.ImageBeforeEnd)
	return written{intent, shots}, nil
}

// commit writes the rows, in the transaction that ends the analysis, and tells grown how
// much more the company holds.
func (s written) commit(tx *store.Tx, company osprey.ID, grown func(*store.Tx, osprey.ID, int64) error) error {
	if s.intent == nil {
		return nil
	}
	for _, one := range s.shots {
		one.media.Created, one.media.Updated = tx.Now(), tx.Now()
		if err := tx.InsertMedia(one.media); err != nil {
			return err
		}
	}
	if err := s.intent.Settle(tx); err != nil {
		return err
	}
	return grown(tx, company, s.intent.Bytes())
}

// abort takes the bytes back when the rows were not written.
func (s written) abort(ctx context.Context) {
	if s.intent != nil {
		s.intent.Abort(ctx)
	}
}
