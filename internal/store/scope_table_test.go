package store

import (
	"errors"
	"fmt"
	"slices"

	"example.org/osprey"
)

// probe asks a method about the rows of an estate and returns what it found.
type probe func(tx *Tx, e *estate) (any, error)

// listed is the answer of a list: its total counts as something found.
func listed[T any](items []T, total int, err error) (any, error) {
	if err == nil && (len(items) > 0) != (total > 0) {
		return nil, fmt.Errorf("%d items, total %d", len(items), total)
	}
	return items, err
}

// notFound keeps the error, and makes one when nothing came with none.
func notFound(err error, none bool) error {
	if err == nil && none {
		return ErrNotFound
	}
	return err
}

func some(f Field, id osprey.ID) Query {
	return Query{Limit: 10, In: map[Field][]string{f: {string(id)}}}
}

// reads are all methods that read rows of a company.
var reads = map[string]probe{
	"Company": func(tx *Tx, e *estate) (any, error) { return tx.Company(e.company.ID) },
	"Companies": func(tx *Tx, e *estate) (any, error) {
		return listed(tx.Companies(some(FieldID, e.company.ID)))
	},
	"CompanyByName": func(tx *Tx, e *estate) (any, error) { return tx.CompanyByName(e.company.Name) },
	"CompanyUse": func(tx *Tx, e *estate) (any, error) {
		u, f, c, err := tx.CompanyUse(e.company.ID)
		return u + f + c, err
	},
	"User":        func(tx *Tx, e *estate) (any, error) { return tx.User(e.user.ID) },
	"UserByEmail": func(tx *Tx, e *estate) (any, error) { return tx.UserByEmail(e.user.Email) },
	"Users":       func(tx *Tx, e *estate) (any, error) { return listed(tx.Users(some(FieldID, e.user.ID))) },
	"Session":     func(tx *Tx, e *estate) (any, error) { return tx.Session(e.session.ID) },
	"SessionByAccess": func(tx *Tx, e *estate) (any, error) {
		s, _, _, err := tx.SessionByAccess(e.session.AccessHash)
		return s, err
	},
	"SessionByRefresh": func(tx *Tx, e *estate) (any, error) { return tx.SessionByRefresh(e.session.RefreshHash) },
	"Sessions":         func(tx *Tx, e *estate) (any, error) { return listed(tx.Sessions(some(FieldUser, e.user.ID))) },
	"Folder":           func(tx *Tx, e *estate) (any, error) { return tx.Folder(e.folder.ID) },
	"LockFolder":       func(tx *Tx, e *estate) (any, error) { return tx.LockFolder(e.folder.ID) },
	"Folders":          func(tx *Tx, e *estate) (any, error) { return listed(tx.Folders(some(FieldFolder, e.folder.ID))) },
	"FolderHadAnalysis": func(tx *Tx, e *estate) (any, error) {
		return tx.FolderHadAnalysis(e.folder.ID)
	},
	"Media":     func(tx *Tx, e *estate) (any, error) { return tx.Media(e.media[0].ID) },
	"MediaList": func(tx *Tx, e *estate) (any, error) { return listed(tx.MediaList(e.folder.ID, Query{Limit: 9})) },
	"MediaOfFolders": func(tx *Tx, e *estate) (any, error) {
		return tx.MediaOfFolders([]osprey.ID{e.folder.ID})
	},
	"ResultImages": func(tx *Tx, e *estate) (any, error) { return tx.ResultImages([]osprey.ID{e.analysis.ID}) },
	"Challenge": func(tx *Tx, e *estate) (any, error) {
		c, spent, err := tx.Challenge(e.challenge.ID)
		return string(c.ID) + fmt.Sprint(len(spent)), notFound(err, c.ID == "")
	},
	"CapsuleToken": func(tx *Tx, e *estate) (any, error) { return tx.CapsuleToken(e.token.ID) },
	"Look":         func(tx *Tx, e *estate) (any, error) { return tx.Look(e.media[0].ID, "m1", "dominant") },
	"Analysis":     func(tx *Tx, e *estate) (any, error) { return tx.Analysis(e.analysis.ID) },
	"Analyses":     func(tx *Tx, e *estate) (any, error) { return listed(tx.Analyses(some(FieldID, e.analysis.ID))) },
	"RetainingCompanies": func(tx *Tx, e *estate) (any, error) {
		all, err := tx.RetainingCompanies()
		return slices.DeleteFunc(all, func(c osprey.Company) bool { return c.ID != e.company.ID }), err
	},
	"ExpiredMedia":    func(tx *Tx, e *estate) (any, error) { return tx.ExpiredMedia(e.expired(tx)) },
	"ExpiredFolders":  func(tx *Tx, e *estate) (any, error) { return tx.ExpiredFolders(e.expired(tx)) },
	"ExpiredAnalyses": func(tx *Tx, e *estate) (any, error) { return tx.ExpiredAnalyses(e.expired(tx)) },
	"CountExpired": func(tx *Tx, e *estate) (any, error) {
		n, err := tx.CountExpired(e.company.ID, osprey.Expiry{Folders: e.expired(tx).Before})
		return n.Folders, err
	},
	"HomeOfPerson":      func(tx *Tx, e *estate) (any, error) { return tx.HomeOfPerson(e.person.ID) },
	"HomeOfImage":       func(tx *Tx, e *estate) (any, error) { c, _, err := tx.HomeOfImage(e.images[0].ID); return c, err },
	"AnalysesOfFolders": func(tx *Tx, e *estate) (any, error) { return tx.AnalysesOfFolders([]osprey.ID{e.folder.ID}) },
	"Collection":        func(tx *Tx, e *estate) (any, error) { return tx.Collection(e.collection.ID) },
	"LockCollection":    func(tx *Tx, e *estate) (any, error) { return tx.LockCollection(e.collection.ID) },
	"ShareCollections":  func(tx *Tx, e *estate) (any, error) { return tx.ShareCollections([]osprey.ID{e.collection.ID}) },
	"CollectionByAlias": func(tx *Tx, e *estate) (any, error) { return tx.CollectionByAlias(e.company.ID, e.collection.Alias) },
	"Collections":       func(tx *Tx, e *estate) (any, error) { return listed(tx.Collections(some(FieldID, e.collection.ID))) },
	"PrunedTo":          func(tx *Tx, e *estate) (any, error) { v, err := tx.PrunedTo(e.collection.ID); return v + 1, err },
	"Changes":           func(tx *Tx, e *estate) (any, error) { return tx.Changes(e.collection.ID, 0, 10) },
	"GalleryRows":       func(tx *Tx, e *estate) (any, error) { return tx.GalleryRows(e.collection.ID, "", 10) },
	"Person":            func(tx *Tx, e *estate) (any, error) { return tx.Person(e.collection.ID, e.person.ID) },
	"Persons": func(tx *Tx, e *estate) (any, error) {
		return listed(tx.Persons(e.collection.ID, Query{Limit: 9}, true))
	},
	"PersonImage": func(tx *Tx, e *estate) (any, error) {
		return tx.PersonImage(e.collection.ID, e.person.ID, e.images[0].ID)
	},
	"PersonImageByMedia": func(tx *Tx, e *estate) (any, error) {
		return tx.PersonImageByMedia(e.images[0].Media)
	},
	"PersonImages": func(tx *Tx, e *estate) (any, error) {
		return listed(tx.PersonImages(e.collection.ID, e.person.ID, Query{Limit: 9}))
	},
	"ImagesOfPerson": func(tx *Tx, e *estate) (any, error) { return tx.ImagesOfPerson(e.person.ID) },
	"ImageByHash":    func(tx *Tx, e *estate) (any, error) { return tx.ImageByHash(e.collection.ID, "", e.images[0].SHA256) },
	"Template":       func(tx *Tx, e *estate) (any, error) { return tx.Template(e.images[0].ID) },
	"LiveImages": func(tx *Tx, e *estate) (any, error) {
		return tx.LiveImages(e.collection.ID, []osprey.ID{e.images[0].ID})
	},
	"PersonReferences": func(tx *Tx, e *estate) (any, error) {
		return listed(tx.PersonReferences(e.person.ID, 10))
	},
	"ImageReferences": func(tx *Tx, e *estate) (any, error) {
		return listed(tx.ImageReferences(e.images[0].ID, 10))
	},
	"Metadata": func(tx *Tx, e *estate) (any, error) {
		found := 0
		for kind, id := range e.kinds() {
			_, _, _, err := tx.Metadata(kind, id)
			if err == nil {
				found++
			} else if !errors.Is(err, ErrNotFound) {
				return nil, err
			}
		}
		return found, nil
	},
	"Report":          func(tx *Tx, e *estate) (any, error) { return tx.Report(e.report.ID) },
	"Reports":         func(tx *Tx, e *estate) (any, error) { return listed(tx.Reports(some(FieldFolder, e.folder.ID))) },
	"ReportTemplate":  func(tx *Tx, e *estate) (any, error) { return tx.ReportTemplate(e.form.ID) },
	"ReportTemplates": func(tx *Tx, e *estate) (any, error) { return listed(tx.ReportTemplates(some(FieldID, e.form.ID))) },
	"Attachment": func(tx *Tx, e *estate) (any, error) {
		return tx.Attachment(e.form.ID, e.form.Attachments[0].ID)
	},
	"DataKeys": func(tx *Tx, e *estate) (any, error) { return tx.DataKeys(e.company.ID, "media") },
	"AuditHead": func(tx *Tx, e *estate) (any, error) {
		seq, _, err := tx.AuditHead(string(e.company.ID))
		return seq, err
	},
	"AuditRecords":     func(tx *Tx, e *estate) (any, error) { return tx.AuditRecords(string(e.company.ID), 1, 10) },
	"FirstAuditRecord": func(tx *Tx, e *estate) (any, error) { return tx.FirstAuditRecord(string(e.company.ID)) },
	"AuditList": func(tx *Tx, e *estate) (any, error) {
		return listed(tx.AuditList(Query{Limit: 10, Sort: SeqDesc, In: map[Field][]string{FieldCompany: {string(e.company.ID)}}}, 1, 0))
	},
	"AuditChains": func(tx *Tx, e *estate) (any, error) {
		chains, err := tx.AuditChains()
		return slices.Contains(chains, string(e.company.ID)), err
	},
	"Usage": func(tx *Tx, e *estate) (any, error) {
		rows, err := tx.Usage("2000-01-01", "9999-12-31", UsageGroup{Company: true}, 10)
		return slices.ContainsFunc(rows, func(r UsageRow) bool { return r.Company == e.company.ID }), err
	},
	"Statistics": func(tx *Tx, e *estate) (any, error) {
		s, err := tx.Statistics(StatisticQuery{From: "1970-01-01", To: "9999-12-31", Company: e.company.ID})
		return len(s.Rows) + int(s.Folders+s.Media) + len(s.Latency), err
	},
	"QuotaMonths": func(tx *Tx, e *estate) (any, error) {
		rows, err := tx.QuotaMonths("2026-01")
		return slices.ContainsFunc(rows, func(m QuotaMonth) bool { return m.Company == e.company.ID }), err
	},
	"OpenUnits":      func(tx *Tx, e *estate) (any, error) { return tx.OpenUnits(e.company.ID, osprey.AnalysisCollection) },
	"CompanyPersons": func(tx *Tx, e *estate) (any, error) { return tx.CompanyPersons(e.company.ID) },
	"StoredBytes":    func(tx *Tx, e *estate) (any, error) { return tx.StoredBytes(e.company.ID) },
	"Gauges": func(tx *Tx, e *estate) (any, error) {
		rows, err := tx.Gauges("2000-01-01", "9999-12-31", 10)
		return slices.ContainsFunc(rows, func(g Gauge) bool { return g.Company == e.company.ID }), err
	},
	// These two need a row of their own, see running.
	"MediaInUse": func(tx *Tx, e *estate) (any, error) { return tx.MediaInUse(e.media[1].ID, 10) },
	"OverdueAnalyses": func(tx *Tx, e *estate) (any, error) {
		open, err := tx.OverdueAnalyses(tx.Now().Add(1<<40), osprey.Analysis{}, 100)
		return slices.ContainsFunc(open, func(a osprey.Analysis) bool { return a.Company == e.company.ID }), err
	},
}

func (e *estate) kinds() map[Kind]osprey.ID {
	return map[Kind]osprey.ID{
		KindCompany: e.company.ID, KindUser: e.user.ID, KindFolder: e.folder.ID, KindMedia: e.media[0].ID,
		KindAnalysis: e.analysis.ID, KindCollection: e.collection.ID, KindPerson: e.person.ID, KindPersonImage: e.images[0].ID,
	}
}

// act changes rows of an estate.
type act func(h *house, tx *Tx, e *estate) error

// changed turns "nothing was changed" into ErrNotFound.
func changed(ok bool, err error) error {
	if err == nil && !ok {
		return ErrNotFound
	}
	return err
}

func counted(n int, err error) error { return changed(n > 0, err) }

// writes are all methods that change rows of a company.
var writes = map[string]act{
	"InsertCompany": func(h *house, tx *Tx, e *estate) error { return tx.InsertCompany(e.company) },
	"UpdateCompany": func(_ *house, tx *Tx, e *estate) error { return tx.UpdateCompany(e.company) },
	"DeleteCompany": func(_ *house, tx *Tx, e *estate) error { return tx.DeleteCompany(e.company.ID) },
	"InsertUser":    func(h *house, tx *Tx, e *estate) error { u := e.user; u.ID = h.ids.New(); return tx.InsertUser(u) },
	"UpdateUser":    func(_ *house, tx *Tx, e *estate) error { return tx.UpdateUser(e.user) },
	"TouchLogin":    func(_ *house, tx *Tx, e *estate) error { return tx.TouchLogin(e.user.ID) },
	"DeleteUser":    func(_ *house, tx *Tx, e *estate) error { return tx.DeleteUser(e.user.ID) },
	"InsertSession": func(h *house, tx *Tx, e *estate) error {
		s := e.session
		s.ID = h.ids.New()
		return tx.InsertSession(s)
	},
	"UpdateSession":  func(_ *house, tx *Tx, e *estate) error { return tx.UpdateSession(e.session) },
	"DeleteSession":  func(_ *house, tx *Tx, e *estate) error { return tx.DeleteSession(e.session.ID) },
	"PutReset":       func(_ *house, tx *Tx, e *estate) error { return tx.PutReset(Reset{Hash: "h", User: e.user.ID}) },
	"InsertFolder":   func(h *house, tx *Tx, e *estate) error { f := e.folder; f.ID = h.ids.New(); return tx.InsertFolder(f) },
	"SetFolderState": func(_ *house, tx *Tx, e *estate) error { return tx.SetFolderState(e.folder) },
	"TouchFolder":    func(_ *house, tx *Tx, e *estate) error { return tx.TouchFolder(e.folder.ID) },
	"DeleteFolder":   func(_ *house, tx *Tx, e *estate) error { return tx.DeleteFolder(e.folder.ID) },
	"InsertMedia":    func(h *house, tx *Tx, e *estate) error { m := e.media[0]; m.ID = h.ids.New(); return tx.InsertMedia(m) },
	"SetTags":        func(_ *house, tx *Tx, e *estate) error { return tx.SetTags(e.media[0].ID, nil) },
	"ClearMedia":     func(_ *house, tx *Tx, e *estate) error { return tx.ClearMedia(e.media[0].ID) },
	"DeleteMedia":    func(_ *house, tx *Tx, e *estate) error { return tx.DeleteMedia(e.media[0].ID) },
	"InsertAnalysis": func(h *house, tx *Tx, e *estate) error {
		a := e.analysis
		a.ID = h.ids.New()
		return tx.InsertAnalysis(a)
	},
	"InsertChallenge": func(h *house, tx *Tx, e *estate) error {
		c := e.challenge
		c.ID = h.ids.New()
		return tx.InsertChallenge(c)
	},
	"SpendStep": func(_ *house, tx *Tx, e *estate) error { return changed(tx.SpendStep(e.challenge.ID, 1)) },
	"DeleteExpiredChallenges": func(_ *house, tx *Tx, e *estate) error {
		return counted(tx.DeleteExpiredChallenges(tx.Now().Add(1 << 50)))
	},
	"SpendCapsuleToken": func(_ *house, tx *Tx, e *estate) error { return changed(tx.SpendCapsuleToken(e.token)) },
	"FailCapsuleToken":  func(_ *house, tx *Tx, e *estate) error { return tx.FailCapsuleToken(e.token, 3) },
	"NoteCapsuleMedium": func(_ *house, tx *Tx, e *estate) error {
		return changed(tx.NoteCapsuleMedium(e.company.ID, "another", e.token.ID, tx.Now()))
	},
	"DeleteExpiredCapsules": func(_ *house, tx *Tx, e *estate) error {
		return counted(tx.DeleteExpiredCapsules(tx.Now().Add(1 << 50)))
	},
	"BeginRun":       func(_ *house, tx *Tx, e *estate) error { _, err := tx.BeginRun(e.running); return err },
	"DeleteAnalysis": func(_ *house, tx *Tx, e *estate) error { return tx.DeleteAnalysis(e.analysis.ID) },
	"InsertCollection": func(h *house, tx *Tx, e *estate) error {
		c := e.collection
		c.ID = h.ids.New()
		return tx.InsertCollection(c)
	},
	"UpdateCollection": func(_ *house, tx *Tx, e *estate) error { return tx.UpdateCollection(e.collection) },
	"DeleteCollection": func(_ *house, tx *Tx, e *estate) error { return tx.DeleteCollection(e.collection.ID) },
	"InsertPerson":     func(h *house, tx *Tx, e *estate) error { p := e.person; p.ID = h.ids.New(); return tx.InsertPerson(p) },
	"TouchPerson":      func(_ *house, tx *Tx, e *estate) error { return tx.TouchPerson(e.person.ID, 2) },
	"DeletePerson":     func(_ *house, tx *Tx, e *estate) error { return tx.DeletePerson(e.person.ID) },
	"MoveImage":        func(_ *house, tx *Tx, e *estate) error { return tx.MoveImage(e.images[1].ID, e.person.ID) },
	"DeletePersonImage": func(_ *house, tx *Tx, e *estate) error {
		return tx.DeletePersonImage(e.images[1].ID)
	},
	"InsertPersonImage": func(h *house, tx *Tx, e *estate) error { return tx.InsertPersonImage(h.image(e.person)) },
	"SetCollectionState": func(_ *house, tx *Tx, e *estate) error {
		return tx.SetCollectionState(e.collection)
	},
	"AppendChange": func(h *house, tx *Tx, e *estate) error {
		return tx.AppendChange(Change{Collection: e.collection.ID, Version: 99, Op: ChangeRemove, Image: h.ids.New()})
	},
	"EndAnalysis": func(_ *house, tx *Tx, e *estate) error {
		return changed(tx.EndAnalysis(osprey.Analysis{ID: e.running, State: osprey.StateFailed}))
	},
	"SetVerdict": func(_ *house, tx *Tx, e *estate) error {
		return changed(tx.SetVerdict(osprey.Analysis{ID: e.doubtful, Resolution: osprey.ResolutionSuccess}))
	},
	"InsertMatch": func(_ *house, tx *Tx, e *estate) error {
		return tx.InsertMatch(e.analysis.ID, e.folder.ID, e.company.ID, e.collection.ID, e.person.ID, e.images[1].ID)
	},
	"SetMetadata": func(_ *house, tx *Tx, e *estate) error {
		var all error
		for kind, id := range e.kinds() {
			if err := tx.SetMetadata(kind, id, osprey.Metadata{"new": "x"}); !errors.Is(err, ErrNotFound) {
				all = errors.Join(all, err, fmt.Errorf("%s was written", kind))
			}
		}
		if all == nil {
			return ErrNotFound
		}
		return nil
	},
	"InsertReport": func(h *house, tx *Tx, e *estate) error { r := e.report; r.ID = h.ids.New(); return tx.InsertReport(r) },
	"DeleteReport": func(_ *house, tx *Tx, e *estate) error { return tx.DeleteReport(e.report.ID) },
	"InsertReportTemplate": func(h *house, tx *Tx, e *estate) error {
		f := e.form
		f.ID = h.ids.New()
		return tx.InsertReportTemplate(f)
	},
	"UpdateReportTemplate": func(_ *house, tx *Tx, e *estate) error { return tx.UpdateReportTemplate(e.form) },
	"DeleteReportTemplate": func(_ *house, tx *Tx, e *estate) error { return tx.DeleteReportTemplate(e.form.ID) },
	"InsertAttachment": func(h *house, tx *Tx, e *estate) error {
		a := e.form.Attachments[0]
		a.ID = h.ids.New()
		return tx.InsertAttachment(a)
	},
	"DeleteAttachment": func(_ *house, tx *Tx, e *estate) error {
		return tx.DeleteAttachment(e.form.ID, e.form.Attachments[0].ID)
	},
	"InsertDataKey": func(_ *house, tx *Tx, e *estate) error {
		return tx.InsertDataKey(DataKey{Company: e.company.ID, Purpose: "media", ID: 9, Wrapped: []byte("w")})
	},
	"DeleteUserSessions":    func(_ *house, tx *Tx, e *estate) error { return counted(tx.DeleteUserSessions(e.user.ID, "")) },
	"DeleteCompanySessions": func(_ *house, tx *Tx, e *estate) error { return counted(tx.DeleteCompanySessions(e.company.ID)) },
	"DeleteExpiredSessions": func(_ *house, tx *Tx, e *estate) error {
		return counted(tx.DeleteExpiredSessions(tx.Now().Add(1 << 50)))
	},
	// No error tells these three from a change of nothing: the rows have to.
	"InsertSearched": func(h *house, tx *Tx, e *estate) error { return silent(tx.InsertSearched(e.analysis.ID, h.ids.New())) },
	"PruneChanges":   func(_ *house, tx *Tx, e *estate) error { return silent(tx.PruneChanges(e.collection.ID, 1)) },
	"PutLook": func(_ *house, tx *Tx, e *estate) error {
		return silent(tx.PutLook(Look{Media: e.media[0].ID, Seen: "x", Template: osprey.SealedTemplate{Model: "m1", Bytes: []byte("y")}}))
	},
}

func silent(err error) error {
	if err == nil {
		return ErrNotFound
	}
	return err
}

// installation are the methods that belong to no company: they need
// osprey.Everything(), or hold nothing of one (see TestEveryQueryIsScoped).
var installation = map[string]func(tx *Tx) error{
	"ActiveAdmins":        func(tx *Tx) error { _, err := tx.ActiveAdmins(); return err },
	"CountUsers":          func(tx *Tx) error { _, err := tx.CountUsers(); return err },
	"LoginFailure":        func(tx *Tx) error { _, err := tx.LoginFailure("k"); return err },
	"SetLoginFailure":     func(tx *Tx) error { return tx.SetLoginFailure(LoginFailure{Key: "k"}) },
	"ClearLoginFailure":   func(tx *Tx) error { return tx.ClearLoginFailure("k") },
	"DeleteLoginFailures": func(tx *Tx) error { _, err := tx.DeleteLoginFailures(0); return err },
	"TakeReset":           func(tx *Tx) error { _, err := tx.TakeReset("h"); return err },
	"SetSetting":          func(tx *Tx) error { return tx.SetSetting("k", "v") },
	"Tombstones":          func(tx *Tx) error { _, err := tx.Tombstones(1); return err },
	"TombstonesWritten":   func(tx *Tx) error { return tx.TombstonesWritten(nil) },
	"TombstoneMark":       func(tx *Tx) error { _, err := tx.TombstoneMark(); return err },
	"BlobIntents":         func(tx *Tx) error { _, err := tx.BlobIntents(0, 1); return err },
	"BlobNamed":           func(tx *Tx) error { _, err := tx.BlobNamed([]string{"k"}); return err },
	"BlobErases":          func(tx *Tx) error { _, err := tx.BlobErases(1); return err },
	"BlobKeys":            func(tx *Tx) error { _, err := tx.BlobKeys("", 1); return err },
	"DropAuditBefore":     func(tx *Tx) error { _, _, _, err := tx.DropAuditBefore("system", 1, 1); return err },
	"MergeUsers":          func(tx *Tx) error { _, err := tx.MergeUsers("2000-01-01"); return err },
	"UnmeasuredBlobs":     func(tx *Tx) error { _, err := tx.UnmeasuredBlobs(1); return err },
	"TakeGauges":          func(tx *Tx) error { _, err := tx.TakeGauges("2000-01-01", "", 1); return err },

	"AllStoredBytes":       func(tx *Tx) error { _, err := tx.AllStoredBytes(); return err },
	"DeleteExpiredReplays": func(tx *Tx) error { _, err := tx.DeleteExpiredReplays(0, 1); return err },
}

// free are the methods that any scope may call.
var free = []string{
	"Settings", "OpenAnalyses", "AddBlobIntent", "DropBlobIntent", "AddBlobErase", "DropBlobErase",
	"AddBlobStored", "AddUsage", "AddStatistic", "MoveStatistic", "LockQuotaMonth", "SetQuotaMonth",
	"LockAuditChain", "AppendAudit", "SQL", "Context", "Scope", "Now",
	"LockAuditChain", "AppendAudit", "InsertReplay", "SetReplayAnswer", "Replay", "ReplayHeld", "SQL", "Context", "Scope", "Now",
}
