package report

import (
	"context"
	"errors"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/blob"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/replay"
	"example.org/osprey/internal/store"
	"example.org/osprey/media"
)

// TemplatePatch makes or changes a template; nil leaves a key as it is, the built-in
// value in a new one.
type TemplatePatch struct {
	Company  *osprey.ID // of an existing one it never changes
	Name     *string
	Title    *string
	Footer   *string
	Locale   *osprey.Locale
	Sections []osprey.ReportSection
}

func (p TemplatePatch) apply(t *osprey.ReportTemplate) {
	set(&t.Name, p.Name)
	set(&t.Title, p.Title)
	set(&t.Footer, p.Footer)
	set(&t.Locale, p.Locale)
	if p.Sections != nil {
		t.Sections = p.Sections
	}
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// CreateTemplate makes a template of a company.
func (s *Service) CreateTemplate(ctx context.Context, g access.Grant, in TemplatePatch) (t osprey.ReportTemplate, err error) {
	t = osprey.ReportTemplate{ID: s.o.IDs.New(), Locale: osprey.LocaleEnglish, Sections: osprey.ReportSections()}
	in.apply(&t)
	if err := t.Check(); err != nil {
		return t, err
	}
	if t.Company, err = g.Company(in.Company); err != nil {
		return t, err
	}
	event := access.Event{Action: "template.create", Object: "template", ObjectID: string(t.ID), Company: t.Company}
	err = s.o.Audit.Audited(ctx, s.o.Store, g.View, g.Actor, event, func(tx *store.Tx, _ *access.Event) error {
		if _, err := tx.Company(t.Company); errors.Is(err, store.ErrNotFound) {
			return osprey.NotExistField("company_id")
		} else if err != nil {
			return err
		}
		if err := g.Check(t.Company, ""); err != nil {
			return err
		}
		t.Created, t.Updated = tx.Now(), tx.Now()
		if err := tx.InsertReportTemplate(t); err != nil {
			return err
		}
		return replay.Keep(tx, t)
	})
	return t, err
}

// Template returns one.
func (s *Service) Template(ctx context.Context, g access.Grant, id osprey.ID) (t osprey.ReportTemplate, err error) {
	err = s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		t, err = tx.ReportTemplate(id)
		return notExist(err)
	})
	return t, err
}

// Templates returns a page of them.
func (s *Service) Templates(ctx context.Context, g access.Grant, q store.Query) (items []osprey.ReportTemplate, total int, err error) {
	err = s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		items, total, err = tx.ReportTemplates(q)
		return err
	})
	return items, total, err
}

// UpdateTemplate changes one. Reports that were made with it stay as they are.
func (s *Service) UpdateTemplate(ctx context.Context, g access.Grant, id osprey.ID, p TemplatePatch) (t osprey.ReportTemplate, err error) {
	err = s.template(ctx, g, "template.update", id, func(tx *store.Tx, found *osprey.ReportTemplate, _ *access.Event) error {
		if p.Company != nil && *p.Company != found.Company {
			return osprey.Conflict("company_id", "fixed", "The company of a template never changes")
		}
		p.apply(found)
		if err := found.Check(); err != nil {
			return err
		}
		if err := tx.UpdateReportTemplate(*found); err != nil {
			return err
		}
		t, err = tx.ReportTemplate(id)
		return err
	})
	return t, err
}

// DeleteTemplate removes one with its pictures.
func (s *Service) DeleteTemplate(ctx context.Context, g access.Grant, id osprey.ID) error {
	err := s.template(ctx, g, "template.delete", id, func(tx *store.Tx, _ *osprey.ReportTemplate, _ *access.Event) error {
		return tx.DeleteReportTemplate(id)
	})
	if err != nil {
		return err
	}
	s.o.Erase()
	return nil
}

// template runs a change of a template in one audited transaction.
func (s *Service) template(ctx context.Context, g access.Grant, action string, id osprey.ID, fn func(*store.Tx, *osprey.ReportTemplate, *access.Event) error) error {
	event := access.Event{Action: action, Object: "template", ObjectID: string(id)}
	return s.o.Audit.Audited(ctx, s.o.Store, g.View, g.Actor, event, func(tx *store.Tx, e *access.Event) error {
		t, err := tx.ReportTemplate(id)
		if err != nil {
			return notExist(err)
		}
		e.Company = t.Company
		if err := g.Check(t.Company, ""); err != nil {
			return err
		}
		return fn(tx, &t, e)
	})
}

// Attach adds a logo to a template: a JPEG or a PNG.
func (s *Service) Attach(ctx context.Context, g access.Grant, id osprey.ID, data []byte) (osprey.Attachment, error) {
	mime, err := logoType(ctx, data)
	if err != nil {
		return osprey.Attachment{}, err
	}
	t, err := s.Template(ctx, g, id)
	if err != nil {
		return osprey.Attachment{}, err
	}
	a := osprey.Attachment{
		ID: s.o.IDs.New(), Template: id, Company: t.Company, Name: osprey.LogoPart, MIME: mime, Size: int64(len(data)), Blob: blob.NewKey(),
	}
	intent, err := blob.Begin(ctx, s.o.Store, s.o.Blobs, t.Company, []blob.Item{{Key: a.Blob, Object: a.ID, Data: data}})
	if err != nil {
		return a, err
	}
	err = s.template(ctx, g, "template.update", id, func(tx *store.Tx, found *osprey.ReportTemplate, e *access.Event) error {
		if n := len(found.Attachments) + 1; n > osprey.MaxAttachments {
			return osprey.TooLarge(osprey.LogoPart, osprey.MaxAttachments, n, "", "A template has at most %d attachments", osprey.MaxAttachments)
		}
		e.Details = osprey.Details{"attachment_id": string(a.ID)}
		a.Created = tx.Now()
		if err := tx.InsertAttachment(a); err != nil {
			return err
		}
		if err := intent.Settle(tx); err != nil {
			return err
		}
		if err := s.o.Quota(tx, t.Company, intent.Bytes()); err != nil {
			return err
		}
		return replay.Keep(tx, a)
	})
	if err != nil {
		intent.Abort(ctx)
	}
	return a, err
}

// logoType decodes a logo, so that what is kept can be printed, and tells its type.
func logoType(ctx context.Context, data []byte) (string, error) {
	frame, err := media.Decode(ctx, data, media.Options{Limits: logoLimits})
	if err != nil {
		fault := look.MediaFault(err)
		var e *osprey.Error
		if errors.As(fault, &e) {
			return "", e.With("field", osprey.LogoPart)
		}
		return "", fault
	}
	defer frame.Release()
	if frame.Type != media.JPEG && frame.Type != media.PNG {
		return "", osprey.Errorf(osprey.CodeUnsupportedMedia, "A logo is a JPEG or a PNG").
			With("field", osprey.LogoPart).With("reason", string(media.ReasonType))
	}
	return frame.Type.MIME(), nil
}

// Detach removes a picture of a template.
func (s *Service) Detach(ctx context.Context, g access.Grant, template, attachment osprey.ID) error {
	err := s.template(ctx, g, "template.update", template, func(tx *store.Tx, _ *osprey.ReportTemplate, e *access.Event) error {
		e.Details = osprey.Details{"attachment_id": string(attachment)}
		return notExist(tx.DeleteAttachment(template, attachment))
	})
	if err != nil {
		return err
	}
	s.o.Erase()
	return nil
}

// AttachmentFile returns the picture of a template.
func (s *Service) AttachmentFile(ctx context.Context, g access.Grant, template, attachment osprey.ID, data bool) (File, error) {
	var a osprey.Attachment
	err := s.o.Store.Read(ctx, g.View, func(tx *store.Tx) (err error) {
		a, err = tx.Attachment(template, attachment)
		return notExist(err)
	})
	if err != nil {
		return File{}, err
	}
	f := File{Size: a.Size, MIME: a.MIME, Company: a.Company, Updated: a.Created}
	return f, s.load(ctx, &f, data, a.Blob, a.ID)
}
