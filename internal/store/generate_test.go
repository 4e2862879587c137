package store

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var record = flag.Bool("record", false, "record what package query was generated from")

// sumFile holds the digest of what sqlc read and of what it wrote.
const sumFile = "query/generated.sum"

// TestGeneratedCodeIsCurrent fails when a query or the schema was changed without
// generating package query anew, and when the generated code was edited.
func TestGeneratedCodeIsCurrent(t *testing.T) {
	t.Parallel()
	got := fmt.Sprintf("inputs %s\noutputs %s\n",
		digest(t, "sqlc.yaml", "migration/*.sql", "query/*.sql"), digest(t, "query/*.go"))
	if *record {
		if err := os.WriteFile(sumFile, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(sumFile)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("package query is not what the queries and the schema give: run `go generate ./internal/store`\ngot:\n%swant:\n%s", got, want)
	}
}

// digest is the SHA-256 over the names and bytes of files.
func digest(t *testing.T, patterns ...string) string {
	t.Helper()
	h := sha256.New()
	for _, p := range patterns {
		names, err := filepath.Glob(p)
		if err != nil || len(names) == 0 {
			t.Fatalf("no files match %s: %v", p, err)
		}
		for _, n := range names {
			b, err := fs.ReadFile(os.DirFS("."), filepath.ToSlash(n))
			if err != nil {
				t.Fatal(err)
			}
			_, _ = fmt.Fprintf(h, "%s %d\n%s", n, len(b), b)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// TestEveryQueryIsScoped reads the queries themselves: one that touches rows of a
// company compares the scope, or is named here with the reason why not.
func TestEveryQueryIsScoped(t *testing.T) {
	t.Parallel()
	unscoped := map[string]string{
		"InsertCompany": "the method compares", "InsertUser": "the method compares", "InsertSession": "the method compares",
		"InsertFolder": "the method compares", "InsertCollection": "the method compares", "InsertDataKey": "the method compares",
		"InsertChallenge": "the method compares", "InsertDelivery": "the method compares", "InsertWebhookSecret": "the method compares",
		"InsertTombstone": "follows a scoped deletion", "Tombstones": "needs everything", "DropTombstone": "needs everything",
		"TombstoneMark": "needs everything", "SetTombstoneMark": "needs everything",
		"SpendCapsuleToken": "the method compares", "FailCapsuleToken": "the method compares", "NoteCapsuleMedia": "the method compares",
		"InsertTemplate": "follows a scoped insert", "InsertAnalysisMedia": "follows a scoped insert",
		"InsertAttempt": "follows a scoped change",
		"InsertMeta":    "follows a scoped change", "DeleteMeta": "follows a scoped change", "DeleteFolderMeta": "follows a scoped lookup",
		"DeleteResets": "follows a scoped lookup", "InsertReset": "follows a scoped lookup",
		"TakeReset": "needs everything", "LoginFailure": "needs everything", "SetLoginFailure": "needs everything",
		"ClearLoginFailure": "needs everything", "DeleteLoginFailures": "needs everything",
		"ActiveAdmins": "needs everything", "CountUsers": "needs everything",
		"Settings": "of no company", "SetSetting": "needs everything", "DropSetting": "needs everything",
		"OpenAnalyses":  "one number without a company",
		"AddBlobIntent": "random keys", "DropBlobIntent": "random keys", "AddBlobErase": "random keys", "DropBlobErase": "random keys",
		"BlobIntents": "needs everything", "BlobNamed": "needs everything", "BlobErases": "needs everything", "BlobKeys": "needs everything",
		"AddUsage": "whoever acts is counted", "AddStatistic": "whoever acts is counted", "TakeStatistic": "whoever acts is counted", "CountIntake": "follows a scoped insert",
		"OpenQuotaMonth": "whoever acts is counted", "LockQuotaMonth": "whoever acts is counted", "SetQuotaMonth": "whoever acts is counted",
		"OldestUserDay": "needs everything", "MergeUsers": "needs everything", "DropUsers": "needs everything",
		"AddBlobStored": "random keys", "TakeBlobStored": "random keys", "AddStored": "random keys",
		"DropAuditRecords": "needs everything",
		"UnmeasuredBlobs":  "needs everything", "TakeGauges": "needs everything", "CompaniesAfter": "needs everything",
		"InsertReportTemplate": "the method compares the company",
		"ReplayHeld":           "a number of bytes", "AddReplayHeld": "a number of bytes", "DropEmptyReplayHeld": "no bytes", "LockReplay": "digests of one user's request",
		"DropExpiredReplay": "digests of one user's request", "InsertReplay": "digests of one user's request",
		"InsertReplayObject": "digests of one user's request", "Replay": "digests of one user's request",
		"SetReplayAnswer": "digests of one user's request", "DeleteExpiredReplays": "needs everything",
		"ForgetAnswers": "follows a scoped deletion", "ForgetFolderAnswers": "follows a scoped lookup",
		"OpenAuditChain": "whoever acts is logged", "LockAuditChain": "whoever acts is logged",
		"InsertAuditRecord": "whoever acts is logged", "MoveAuditHead": "whoever acts is logged",
	}
	files, err := filepath.Glob("query/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range strings.Split(string(b), "-- name: ")[1:] {
			name := strings.Fields(q)[0]
			seen = append(seen, name)
			_, excused := unscoped[name]
			if scoped := strings.Contains(q, "@scope"); scoped == excused {
				t.Errorf("%s: %s: scoped %t, excused %t", f, name, scoped, excused)
			}
		}
	}
	for name := range unscoped {
		if !slices.Contains(seen, name) {
			t.Errorf("%s is excused and does not exist", name)
		}
	}
}
