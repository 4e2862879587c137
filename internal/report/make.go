package report

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/blob"
	"example.org/osprey/internal/paper"
	"example.org/osprey/internal/replay"
	"example.org/osprey/internal/store"
)

// Request asks for a report.
type Request struct {
	Format   osprey.ReportFormat
	Template *osprey.ID // nil: the built-in form
}

// Make writes a report of a folder and keeps it. It is refused while analyses of the
// folder run.
func (s *Service) Make(ctx context.Context, g access.Grant, folder osprey.ID, in Request) (osprey.Report, error) {
	select {
	case s.writing <- struct{}{}:
		defer func() { <-s.writing }()
	case <-ctx.Done():
		return osprey.Report{}, ctx.Err()
	}
	c, err := s.gather(ctx, g, folder, in)
	if err != nil {
		return osprey.Report{}, s.refused(ctx, g, folder, c.Folder.Company, err)
	}
	if err := s.pictures(ctx, &c); err != nil {
		return osprey.Report{}, err
	}
	data, err := s.write(ctx, c)
	if err != nil {
		return osprey.Report{}, err
	}
	sum := sha256.Sum256(data)
	r := c.Report
	r.SHA256, r.Size, r.Blob = hex.EncodeToString(sum[:]), int64(len(data)), blob.NewKey()
	err = s.keep(ctx, g, &r, data)
	return r, err
}

// Visible reports 404/10 for a folder that the caller does not see, before anything else
// of a request about it is looked at.
func (s *Service) Visible(ctx context.Context, g access.Grant, folder osprey.ID) error {
	return s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		_, err := tx.Folder(folder)
		return notExist(err)
	})
}

// gather reads what the report is about in one transaction.
func (s *Service) gather(ctx context.Context, g access.Grant, folder osprey.ID, in Request) (c Content, err error) {
	c.Template = builtIn()
	err = s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		if c.Folder, err = tx.Folder(folder); err != nil {
			return notExist(err)
		}
		if in.Template != nil {
			c.Template, err = tx.ReportTemplate(*in.Template)
			if errors.Is(err, store.ErrNotFound) || err == nil && c.Template.Company != c.Folder.Company {
				return osprey.NotExistField("template_id")
			}
			if err != nil {
				return err
			}
		}
		if err := g.Check(c.Folder.Company, c.Folder.User); err != nil {
			return err
		}
		c.Report = osprey.Report{
			ID: s.o.IDs.New(), Folder: folder, Company: c.Folder.Company, Owner: c.Folder.User,
			Template: in.Template, Format: in.Format, Created: tx.Now(),
		}
		return s.fill(tx, &c)
	})
	return c, err
}

// fill adds the media and the analyses of the folder.
func (s *Service) fill(tx *store.Tx, c *Content) error {
	company, err := tx.Company(c.Folder.Company)
	if err != nil {
		return err
	}
	media, err := tx.MediaOfFolders([]osprey.ID{c.Folder.ID})
	if err != nil {
		return err
	}
	analyses, err := tx.AnalysesOfFolders([]osprey.ID{c.Folder.ID})
	if err != nil {
		return err
	}
	c.Company, c.Analyses = company.Name, analyses[c.Folder.ID]
	if err := osprey.Reportable(c.Analyses); err != nil {
		return err
	}
	ids := make([]osprey.ID, len(c.Analyses))
	for i, a := range c.Analyses {
		ids[i] = a.ID
	}
	images, err := tx.ResultImages(ids)
	if err != nil {
		return err
	}
	for _, m := range media[c.Folder.ID] {
		c.Media = append(c.Media, Medium{Media: m})
	}
	for _, id := range ids {
		for _, m := range images[id] {
			c.Images = append(c.Images, Medium{Media: m})
		}
	}
	c.Models = modelsOf(c.Analyses)
	return nil
}

// pictures loads the thumbnails and the logo of a printed report. What was erased
// since its row was read is left out.
func (s *Service) pictures(ctx context.Context, c *Content) error {
	if c.Report.Format != osprey.ReportPDF {
		return nil
	}
	get := func(key string, object osprey.ID) ([]byte, error) {
		if key == "" {
			return nil, nil
		}
		data, err := s.o.Blobs.Get(ctx, key, c.Folder.Company, object)
		if errors.Is(err, blob.ErrNotFound) {
			return nil, nil
		}
		return data, err
	}
	for _, list := range [][]Medium{c.Media, c.Images} {
		for i := range list {
			if list[i].Cleared {
				continue
			}
			var err error
			if list[i].Thumbnail, err = get(list[i].Thumb, list[i].ID); err != nil {
				return err
			}
		}
	}
	if n := len(c.Template.Attachments); n > 0 {
		var err error
		logo := c.Template.Attachments[n-1]
		if c.Logo, err = get(logo.Blob, logo.ID); err != nil {
			return err
		}
	}
	return nil
}

// write makes the file.
func (s *Service) write(ctx context.Context, c Content) ([]byte, error) {
	if c.Report.Format == osprey.ReportJSON {
		return json.MarshalIndent(s.o.Show(c), "", "  ")
	}
	data, err := print(c)
	if errors.Is(err, paper.ErrTooLong) {
		return nil, osprey.TooLarge("folder_id", paper.MaxPages, nil, "pages", "The report would have more than %d pages", paper.MaxPages)
	}
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return data, nil
}

// keep stores the report, unless its folder is gone or is being analysed anew.
func (s *Service) keep(ctx context.Context, g access.Grant, r *osprey.Report, data []byte) error {
	intent, err := blob.Begin(ctx, s.o.Store, s.o.Blobs, r.Company, []blob.Item{{Key: r.Blob, Object: r.ID, Data: data}})
	if err != nil {
		return err
	}
	event := created(r.Folder, r.Company)
	event.Details = osprey.Details{"report_id": string(r.ID), "format": string(r.Format)}
	err = s.o.Audit.Audited(ctx, s.o.Store, g.View, g.Actor, event, func(tx *store.Tx, _ *access.Event) error {
		if _, err := tx.LockFolder(r.Folder); err != nil {
			return notExist(err)
		}
		if err := tx.InsertReport(*r); err != nil {
			return err
		}
		if err := intent.Settle(tx); err != nil {
			return err
		}
		if err := s.o.Quota(tx, r.Company, intent.Bytes()); err != nil {
			return err
		}
		return replay.Keep(tx, *r)
	})
	if err != nil {
		intent.Abort(ctx)
	}
	return err
}

// refused writes the refusal of a report into the audit log.
func (s *Service) refused(ctx context.Context, g access.Grant, folder, company osprey.ID, err error) error {
	return s.o.Audit.Refused(ctx, s.o.Store, g.Actor, created(folder, company), err)
}

func created(folder, company osprey.ID) access.Event {
	return access.Event{Action: "report.create", Object: "folder", ObjectID: string(folder), Company: company}
}
