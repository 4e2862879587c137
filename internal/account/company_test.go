package account_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/account"
	"example.org/osprey/internal/store"
)

func value(v float64) account.Nullable[float64] {
	return account.Nullable[float64]{Present: true, Value: &v}
}

func null() account.Nullable[float64] { return account.Nullable[float64]{Present: true} }

// companyFaults are bad keys, the same in a creation and in a change.
var companyFaults = []struct {
	name string
	in   account.CompanyInput
	want answer
}{
	{"empty name", account.CompanyInput{Name: ptr(" ")}, answer{osprey.CodeInvalidValue, "name", ""}},
	{"long name", account.CompanyInput{Name: ptr(strings.Repeat("ä", 201))}, answer{osprey.CodeInvalidValue, "name", ""}},
	{
		"threshold below 0",
		account.CompanyInput{Settings: account.SettingsInput{ThresholdSpoofing: value(-0.1)}},
		answer{osprey.CodeInvalidValue, "analysis_settings.quality.threshold_spoofing", ""},
	},
	{
		"threshold above 1",
		account.CompanyInput{Settings: account.SettingsInput{CollectionThreshold: value(1.1)}},
		answer{osprey.CodeInvalidValue, "analysis_settings.collection.threshold", ""},
	},
	{
		"target of 0",
		account.CompanyInput{Settings: account.SettingsInput{TargetFPIR: value(0)}},
		answer{osprey.CodeInvalidValue, "analysis_settings.collection.target_fpir", ""},
	},
	{
		"least above greatest",
		account.CompanyInput{Settings: account.SettingsInput{BiometryMin: value(0.7), BiometryMax: value(0.6)}},
		answer{osprey.CodeInvalidValue, "analysis_settings.biometry.threshold_min", ""},
	},
	{
		"least above the installation's greatest",
		account.CompanyInput{Settings: account.SettingsInput{BiometryMin: value(0.95)}},
		answer{osprey.CodeInvalidValue, "analysis_settings.biometry.threshold_min", ""},
	},
	{"metadata with an empty key", account.CompanyInput{Metadata: osprey.Metadata{"": 1}}, answer{osprey.CodeInvalidValue, "meta_data", "key_length"}},
	{"no days", account.CompanyInput{Retention: &account.RetentionInput{MediaDays: kept(0)}}, answer{osprey.CodeInvalidValue, "retention.media_days", ""}},
	{
		"too many days",
		account.CompanyInput{Retention: &account.RetentionInput{AnalysisDays: kept(36501)}},
		answer{osprey.CodeInvalidValue, "retention.analysis_days", ""},
	},
	{
		"media outlive folders",
		account.CompanyInput{Retention: &account.RetentionInput{MediaDays: kept(3), FolderDays: kept(2)}},
		answer{osprey.CodeInvalidValue, "retention.media_days", ""},
	},
	{
		"a negative limit",
		account.CompanyInput{Quota: &account.QuotaInput{MaxPersons: limited(-1)}},
		answer{osprey.CodeInvalidValue, "quota.max_persons", ""},
	},
	{
		"a negative monthly limit",
		account.CompanyInput{Quota: &account.QuotaInput{Monthly: map[osprey.QuotaName]account.Nullable[int64]{"lite": limited(-1)}}},
		answer{osprey.CodeInvalidValue, "quota.monthly.lite", ""},
	},
	{"unknown overage", account.CompanyInput{Quota: &account.QuotaInput{Overage: ptr("perhaps")}}, answer{osprey.CodeInvalidValue, "quota.overage", ""}},
	{"a mark at 0 %", account.CompanyInput{Quota: &account.QuotaInput{SoftPercent: ptr(0)}}, answer{osprey.CodeInvalidValue, "quota.soft_percent", ""}},
	{"a mark above 100 %", account.CompanyInput{Quota: &account.QuotaInput{SoftPercent: ptr(101)}}, answer{osprey.CodeInvalidValue, "quota.soft_percent", ""}},
}

func TestCreateCompany(t *testing.T) {
	t.Parallel()
	h := setup(t)
	g := h.grant("admin", access.MayCreateCompany)
	c, err := h.CreateCompany(t.Context(), g, account.CompanyInput{
		Name: ptr("  Test company "), RequireConsent: ptr(true),
		Settings: account.SettingsInput{CollectionThreshold: value(0.9), TargetFPIR: value(0.01)}, Metadata: osprey.Metadata{"k": "v"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Name != "Test company" || !c.Active || !c.RequireConsent || c.Metadata["k"] != "v" {
		t.Errorf("%+v", c)
	}
	if now := h.Thresholds(c); now.Collection != 0.9 || *now.TargetFPIR != 0.01 || now.BiometryMin != 0.8 || now.AllowRequestThresholds {
		t.Errorf("thresholds %+v", now)
	}
	if e := h.audited(); e.Action != "company.create" || e.Denied || e.Company != c.ID || e.ObjectID != string(c.ID) {
		t.Errorf("audited %+v", e)
	}
	got, err := h.Company(t.Context(), h.grant("admin", access.MayReadCompanies), c.ID)
	if err != nil || got.Name != c.Name || *got.Settings.CollectionThreshold != 0.9 {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = h.CreateCompany(t.Context(), g, account.CompanyInput{Name: ptr("TEST COMPANY")})
	if got := answerOf(err); got.code != osprey.CodeConflict || got.field != "name" {
		t.Errorf("taken name: %v", err)
	}
	if e := h.audited(); !e.Denied || e.Details["error_code"] != 15 {
		t.Errorf("audited %+v", e)
	}
	_, err = h.CreateCompany(t.Context(), g, account.CompanyInput{})
	if got := answerOf(err); got != (answer{osprey.CodeInvalidStructure, "name", ""}) {
		t.Errorf("no name: %v", err)
	}
	for _, f := range companyFaults {
		in := f.in
		if in.Name == nil {
			in.Name = ptr("Another")
		}
		if _, err := h.CreateCompany(t.Context(), g, in); answerOf(err) != f.want {
			t.Errorf("%s: %v", f.name, err)
		}
	}
	if _, total, err := h.Companies(t.Context(), h.grant("admin", access.MayReadCompanies), store.Query{}); err != nil || total != 3 {
		t.Errorf("%d companies, %v", total, err)
	}
}

func TestReadCompanies(t *testing.T) {
	t.Parallel()
	h := setup(t)
	for name, want := range map[string]int{"admin": 2, "operator": 2, "ca-a": 1, "co-a": 1, "cl-a": 1, "cs-b": 1} {
		g := h.grant(name, access.MayReadCompanies)
		list, total, err := h.Companies(t.Context(), g, store.Query{Limit: 10})
		if err != nil || total != want || len(list) != want {
			t.Errorf("%s sees %d companies, %v", name, total, err)
		}
	}
	g := h.grant("ca-a", access.MayReadCompanies)
	_, other := h.Company(t.Context(), g, h.b)
	_, unknown := h.Company(t.Context(), g, h.ids.New())
	if answerOf(other).code != osprey.CodeNotExist || answerOf(other) != answerOf(unknown) {
		t.Errorf("%v, %v", other, unknown)
	}
}

func TestUpdateCompany(t *testing.T) {
	t.Parallel()
	h := setup(t)
	admin, own := h.grant("admin", access.MayUpdateCompany), h.grant("ca-a", access.MayUpdateCompany)
	_, err := h.UpdateCompany(t.Context(), own, h.a, account.CompanyInput{
		Metadata: osprey.Metadata{"a": "1", "b": "1"},
		Settings: account.SettingsInput{BiometryMin: value(0.6), AllowRequestThresholds: ptr(true)},
	})
	if err != nil {
		t.Fatal(err)
	}
	// Keys that are absent stay, those of metadata too; null goes back to the
	// installation's.
	c, err := h.UpdateCompany(t.Context(), own, h.a, account.CompanyInput{Name: ptr("Gamma"), Metadata: osprey.Metadata{"b": nil}})
	if err != nil || c.Name != "Gamma" || c.Metadata["a"] != "1" || c.Metadata["b"] != nil || *c.Settings.BiometryMin != 0.6 {
		t.Errorf("%+v, %v", c, err)
	}
	c, err = h.UpdateCompany(t.Context(), own, h.a, account.CompanyInput{Settings: account.SettingsInput{BiometryMin: null()}})
	if err != nil || c.Settings.BiometryMin != nil || !c.Settings.AllowRequestThresholds || h.Thresholds(c).BiometryMin != 0.8 {
		t.Errorf("%+v, %v", c, err)
	}
	if e := h.audited(); e.Action != "company.change" || e.Denied || e.Company != h.a {
		t.Errorf("audited %+v", e)
	}
	// What the object shows can be sent back.
	shown := account.CompanyInput{
		Name: ptr("Gamma"), Active: ptr(true), Retention: &account.RetentionInput{},
		Quota: &account.QuotaInput{Monthly: map[osprey.QuotaName]account.Nullable[int64]{"quality": {Present: true}}, Overage: ptr("block"), SoftPercent: ptr(80)},
	}
	if _, err := h.UpdateCompany(t.Context(), admin, h.a, shown); err != nil {
		t.Error(err)
	}
	for _, f := range companyFaults {
		if _, err := h.UpdateCompany(t.Context(), admin, h.a, f.in); answerOf(err) != f.want {
			t.Errorf("%s: %v", f.name, err)
		}
	}
	for _, r := range []struct {
		name string
		g    access.Grant
		id   osprey.ID
		in   account.CompanyInput
		want answer
	}{
		{"CLIENT_ADMIN and is_active", own, h.a, account.CompanyInput{Active: ptr(true)}, answer{osprey.CodeAuthForbidden, "is_active", "role"}},
		{"CLIENT_ADMIN and quota", own, h.a, account.CompanyInput{Quota: &account.QuotaInput{}}, answer{osprey.CodeAuthForbidden, "quota", "role"}},
		{
			"CLIENT_ADMIN and a limit", own, h.a,
			account.CompanyInput{Quota: &account.QuotaInput{MaxPersons: limited(1)}},
			answer{osprey.CodeAuthForbidden, "quota", "role"},
		},
		{"another company", own, h.b, account.CompanyInput{Name: ptr("Mine")}, answer{osprey.CodeNotExist, "", ""}},
		{"unknown", admin, h.ids.New(), account.CompanyInput{Name: ptr("Mine")}, answer{osprey.CodeNotExist, "", ""}},
		{"taken name", admin, h.a, account.CompanyInput{Name: ptr("BETA")}, answer{osprey.CodeConflict, "name", "taken"}},
	} {
		h.audited()
		_, err := h.UpdateCompany(t.Context(), r.g, r.id, r.in)
		if answerOf(err) != r.want {
			t.Errorf("%s: %v", r.name, err)
		}
		recorded := h.audited().Denied
		if refused := r.want.code != osprey.CodeNotExist; recorded != refused {
			t.Errorf("%s: recorded %v", r.name, recorded)
		}
	}
}

func TestSuspendCompany(t *testing.T) {
	t.Parallel()
	h := setup(t)
	token, other := h.login("cl-a"), h.login("cl-b")
	c, err := h.UpdateCompany(t.Context(), h.grant("admin", access.MayUpdateCompany), h.a, account.CompanyInput{Active: ptr(false)})
	if err != nil || c.Active {
		t.Fatalf("%+v, %v", c, err)
	}
	if h.alive(token) || !h.alive(other) {
		t.Error("the wrong sessions ended")
	}
	if _, err := h.sessions.Login(t.Context(), "cl-a@example.com", password, access.Origin{}); answerOf(err).code != osprey.CodeAuthInvalid {
		t.Errorf("login: %v", err)
	}
	if _, err := h.UpdateCompany(t.Context(), h.grant("admin", access.MayUpdateCompany), h.a, account.CompanyInput{Active: ptr(true)}); err != nil {
		t.Fatal(err)
	}
	if h.alive(token) {
		t.Error("an ended session came back")
	}
	h.login("cl-a")
}

func TestDeleteCompany(t *testing.T) {
	t.Parallel()
	h := setup(t)
	g := h.grant("admin", access.MayDeleteCompany)
	e := osprey.ErrorOf(h.DeleteCompany(t.Context(), g, h.a))
	if e.Code != osprey.CodeConflict || e.Details["users"] != 4 || e.Details["folders"] != 0 || e.Details["collections"] != 0 {
		t.Errorf("%v %v", e, e.Details)
	}
	if ev := h.audited(); !ev.Denied || ev.Company != h.a {
		t.Errorf("audited %+v", ev)
	}
	for _, name := range []string{"ca-a", "co-a", "cl-a", "cs-a"} {
		if err := h.DeleteUser(t.Context(), h.grant("admin", access.MayDeleteUser), h.users[name].ID); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.DeleteCompany(t.Context(), g, h.a); err != nil {
		t.Fatal(err)
	}
	if ev := h.audited(); ev.Action != "company.delete" || ev.Denied || ev.ObjectID != string(h.a) {
		t.Errorf("audited %+v", ev)
	}
	if err := h.DeleteCompany(t.Context(), g, h.a); answerOf(err).code != osprey.CodeNotExist {
		t.Errorf("twice: %v", err)
	}
}

func TestSeesWholeCompany(t *testing.T) {
	t.Parallel()
	for _, r := range osprey.Roles {
		if got, want := account.SeesWholeCompany(r), r == osprey.RoleAdmin || r == osprey.RoleClientAdmin; got != want {
			t.Errorf("%s: %v", r, got)
		}
	}
}

func limited(n int64) account.Nullable[int64] {
	return account.Nullable[int64]{Present: true, Value: &n}
}

// TestQuota: limits are merged key by key, null takes one away, and the log is told.
func TestQuota(t *testing.T) {
	t.Parallel()
	h := setup(t)
	admin := h.grant("admin", access.MayUpdateCompany)
	monthly := func(name osprey.QuotaName, limit account.Nullable[int64]) *account.QuotaInput {
		return &account.QuotaInput{Monthly: map[osprey.QuotaName]account.Nullable[int64]{name: limit}}
	}
	change := func(in *account.QuotaInput) osprey.Quota {
		t.Helper()
		c, err := h.UpdateCompany(t.Context(), admin, h.a, account.CompanyInput{Quota: in})
		if err != nil {
			t.Fatal(err)
		}
		return c.Quota
	}
	change(monthly(osprey.QuotaQuality, limited(10)))
	change(&account.QuotaInput{MaxPersons: limited(5), Overage: ptr("GRACE"), SoftPercent: ptr(90)})
	q := change(monthly(osprey.QuotaLite, limited(0)))
	if q.Monthly[osprey.QuotaQuality] != 10 || *q.MaxPersons != 5 || q.MaxStorageBytes != nil || q.Overage != osprey.OverageGrace || q.SoftPercent != 90 {
		t.Errorf("merged: %+v", q)
	}
	if limit, limited := q.Limit(osprey.QuotaLite); limit != 0 || !limited {
		t.Errorf("a limit of 0: %d, %t", limit, limited)
	}
	change(&account.QuotaInput{MaxPersons: account.Nullable[int64]{Present: true}})
	q = change(monthly(osprey.QuotaQuality, account.Nullable[int64]{Present: true}))
	if _, limited := q.Limit(osprey.QuotaQuality); limited || q.MaxPersons != nil {
		t.Errorf("taken away: %+v", q)
	}
	got, err := h.Company(t.Context(), h.grant("admin", access.MayReadCompanies), h.a)
	if err != nil || !reflect.DeepEqual(got.Quota, q) {
		t.Errorf("kept: %+v, %v", got.Quota, err)
	}
}

func kept(days int) account.Nullable[int] { return account.Nullable[int]{Present: true, Value: &days} }

// TestRetention: days are merged key by key, and a preview counts for those in the
// question, whatever is set.
func TestRetention(t *testing.T) {
	t.Parallel()
	h := setup(t)
	admin := h.grant("admin", access.MayUpdateCompany)
	change := func(in account.RetentionInput) (osprey.Company, error) {
		return h.UpdateCompany(t.Context(), admin, h.a, account.CompanyInput{Retention: &in})
	}
	c, err := change(account.RetentionInput{MediaDays: kept(7), FolderDays: kept(30)})
	if err != nil || *c.Retention.MediaDays != 7 || *c.Retention.FolderDays != 30 || c.Retention.AnalysisDays != nil {
		t.Fatalf("%+v, %v", c.Retention, err)
	}
	// What is in force counts, not the request alone.
	if _, err := change(account.RetentionInput{MediaDays: kept(31)}); answerOf(err) != (answer{osprey.CodeInvalidValue, "retention.media_days", ""}) {
		t.Errorf("media outlive their folder: %v", err)
	}
	c, err = change(account.RetentionInput{FolderDays: account.Nullable[int]{Present: true}, AnalysisDays: kept(36500)})
	if err != nil || *c.Retention.MediaDays != 7 || c.Retention.FolderDays != nil || *c.Retention.AnalysisDays != 36500 {
		t.Errorf("%+v, %v", c.Retention, err)
	}
	again, err := h.Company(t.Context(), admin, h.a)
	if err != nil || *again.Retention.MediaDays != 7 || again.Retention.FolderDays != nil {
		t.Errorf("%+v, %v", again.Retention, err)
	}
	seven, three := 7, 3
	if _, err := h.RetentionPreview(t.Context(), admin, h.a, osprey.Retention{MediaDays: &seven, FolderDays: &three}, time.Now()); answerOf(err) != (answer{osprey.CodeInvalidValue, "media_days", ""}) {
		t.Errorf("a preview of media that outlive their folder: %v", err)
	}
}
