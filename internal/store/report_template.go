package store

import (
	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

var (
	templateList = &list{
		table:   "report_template",
		company: "company_id",
		updated: "updated",
		fields:  map[Field]condition{FieldID: column("id"), FieldCompany: column("company_id")},
		search:  []string{"name_fold"},
	}
	attachmentList = &list{
		table:   "template_attachment",
		company: "company_id",
		updated: "created",
	}
)

func templateOf(r query.ReportTemplate) (osprey.ReportTemplate, error) {
	var d decoder
	t := osprey.ReportTemplate{
		ID: r.ID, Company: r.CompanyID, Name: r.Name, Title: r.Title, Footer: r.Footer, Locale: r.Locale,
		Created: r.Created, Updated: r.Updated,
	}
	d.read(r.Sections, &t.Sections)
	return t, d.err
}

func attachmentOf(r query.TemplateAttachment) (osprey.Attachment, error) {
	return osprey.Attachment{
		ID: r.ID, Template: r.TemplateID, Company: r.CompanyID, Name: r.Name, MIME: r.Mime, Size: r.Size,
		Blob: r.BlobKey, Created: r.Created,
	}, nil
}

// InsertReportTemplate stores a new one without attachments. ErrReferenced: there is no
// such company.
func (tx *Tx) InsertReportTemplate(t osprey.ReportTemplate) error {
	if !tx.scope.Covers(t.Company, tx.scope.Owner) {
		return ErrNotFound
	}
	var e encoder
	p := query.InsertReportTemplateParams{
		ID: t.ID, CompanyID: t.Company, Name: t.Name, NameFold: osprey.Fold(t.Name), Title: t.Title, Footer: t.Footer,
		Locale: t.Locale, Sections: listText(&e, t.Sections), Created: tx.moment(t.Created), Updated: tx.moment(t.Updated),
	}
	if e.err != nil {
		return e.err
	}
	return tx.one(tx.q.InsertReportTemplate(tx.ctx, p))
}

// UpdateReportTemplate writes everything that a template says.
func (tx *Tx) UpdateReportTemplate(t osprey.ReportTemplate) error {
	var e encoder
	p := query.UpdateReportTemplateParams{
		ID: t.ID, Name: t.Name, NameFold: osprey.Fold(t.Name), Title: t.Title, Footer: t.Footer, Locale: t.Locale,
		Sections: listText(&e, t.Sections), Updated: tx.now, Scope: tx.company(),
	}
	if e.err != nil {
		return e.err
	}
	return tx.one(tx.q.UpdateReportTemplate(tx.ctx, p))
}

// ReportTemplate returns one with its attachments.
func (tx *Tx) ReportTemplate(id osprey.ID) (osprey.ReportTemplate, error) {
	r, err := tx.q.ReportTemplate(tx.ctx, query.ReportTemplateParams{ID: id, Scope: tx.company()})
	if err != nil {
		return osprey.ReportTemplate{}, tx.fail(err)
	}
	t, err := templateOf(r)
	if err != nil {
		return t, err
	}
	all, err := tx.attachments([]osprey.ID{id})
	t.Attachments = all[id]
	return t, err
}

// ReportTemplates lists them with their attachments; fields: id, company_id. Search looks
// into the name.
func (tx *Tx) ReportTemplates(q Query) ([]osprey.ReportTemplate, int, error) {
	list, total, err := page(tx, templateList, q, templateOf)
	if err != nil {
		return nil, 0, err
	}
	ids := make([]osprey.ID, len(list))
	for i, t := range list {
		ids[i] = t.ID
	}
	all, err := tx.attachments(ids)
	for i := range list {
		list[i].Attachments = all[list[i].ID]
	}
	return list, total, err
}

func (tx *Tx) attachments(templates []osprey.ID) (map[osprey.ID][]osprey.Attachment, error) {
	return group(tx, attachmentList, "template_attachment.template_id", templates, attachmentOf, func(a osprey.Attachment) osprey.ID { return a.Template })
}

// DeleteReportTemplate removes one with its attachments and notes their pictures to be
// erased. Its reports stay.
func (tx *Tx) DeleteReportTemplate(id osprey.ID) error {
	keys, err := tx.q.BlobsOfReportTemplate(tx.ctx, query.BlobsOfReportTemplateParams{TemplateID: id, Scope: tx.company()})
	if err != nil {
		return tx.fail(err)
	}
	if err := tx.one(tx.q.DeleteReportTemplate(tx.ctx, query.DeleteReportTemplateParams{ID: id, Scope: tx.company()})); err != nil {
		return err
	}
	return tx.gone(id, keys...)
}

// InsertAttachment stores a new one of a template of the scope, ErrNotFound when
// there is none. Its company becomes the template's.
func (tx *Tx) InsertAttachment(a osprey.Attachment) error {
	return tx.one(tx.q.InsertAttachment(tx.ctx, query.InsertAttachmentParams{
		ID: a.ID, TemplateID: a.Template, Name: a.Name, Mime: a.MIME, Size: a.Size, BlobKey: a.Blob,
		Created: tx.moment(a.Created), Scope: tx.company(),
	}))
}

// Attachment returns one of a template.
func (tx *Tx) Attachment(template, id osprey.ID) (osprey.Attachment, error) {
	r, err := tx.q.Attachment(tx.ctx, query.AttachmentParams{ID: id, TemplateID: template, Scope: tx.company()})
	if err != nil {
		return osprey.Attachment{}, tx.fail(err)
	}
	return attachmentOf(r)
}

// DeleteAttachment removes one and notes its picture to be erased.
func (tx *Tx) DeleteAttachment(template, id osprey.ID) error {
	key, err := tx.q.DeleteAttachment(tx.ctx, query.DeleteAttachmentParams{ID: id, TemplateID: template, Scope: tx.company()})
	if err != nil {
		return tx.fail(err)
	}
	return tx.gone(id, key)
}
