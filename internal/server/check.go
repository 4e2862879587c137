package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"example.org/osprey"
	"example.org/osprey/internal/audit"
	"example.org/osprey/internal/blob"
	"example.org/osprey/internal/config"
	"example.org/osprey/internal/erasure"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/vault"
)

// Verdict is the outcome of one check.
type Verdict string

// A warning is something that works and should not stay so; a failure is
// something that does not, or is lost.
const (
	Passed  Verdict = "ok"
	Warning Verdict = "warning"
	Failed  Verdict = "failed"
	Fixed   Verdict = "fixed"
)

// Finding is one line of a check.
type Finding struct {
	Check   string  `json:"check"`
	Verdict Verdict `json:"verdict"`
	Detail  string  `json:"detail"`
	Remedy  string  `json:"remedy"`
}

// CheckOptions say what is checked.
type CheckOptions struct {
	Resolved *config.Resolved
	// Fix repairs what can be repaired without losing anything: leftovers of
	// interrupted requests, blobs that nothing names, snapshots that do not fit.
	Fix   bool
	Clock osprey.Clock
}

// checker collects findings.
type checker struct {
	CheckOptions
	config   config.Config
	findings []Finding
	st       *store.Store
	ring     *vault.Ring
	bucket   *blob.File
	blobs    *blob.Store
}

func (k *checker) add(check string, v Verdict, remedy, format string, args ...any) {
	k.findings = append(k.findings, Finding{check, v, fmt.Sprintf(format, args...), remedy})
}

// Check looks at a whole installation that no server uses at the moment, from the
// machine to the last hash of the audit log. Its error means that it could not
// look: a *LockedError when a server runs.
func Check(ctx context.Context, o CheckOptions) (findings []Finding, err error) {
	if o.Clock == nil {
		o.Clock = osprey.SystemClock{}
	}
	k := &checker{CheckOptions: o, config: o.Resolved.Config}
	lock, err := LockData(k.config.DataDir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	k.machine()
	k.settings()
	k.ports(ctx)
	k.models()
	k.decoder(ctx)
	if err := k.data(ctx); err != nil {
		return nil, err
	}
	return k.findings, ctx.Err()
}

// data opens the data as a server would, and looks through it.
func (k *checker) data(ctx context.Context) (err error) {
	if _, err := os.Stat(k.config.DB.Path); errors.Is(err, os.ErrNotExist) {
		k.add("database", Passed, "", "there is none yet: the first start makes it")
		return nil
	}
	opened, err := k.open(ctx)
	if k.st != nil {
		defer func() { err = errors.Join(err, k.st.Close()) }()
	}
	if k.bucket != nil {
		defer func() { err = errors.Join(err, k.bucket.Close()) }()
	}
	if err != nil || !opened {
		return err
	}
	for _, look := range []func(context.Context) error{
		k.database, k.clock, k.tombstones, k.leftovers, k.storage, k.galleries, k.chains,
	} {
		if err := look(ctx); err != nil {
			return err
		}
	}
	return nil
}

// open opens keys, database and media; false when one of them is not usable,
// which is a finding.
func (k *checker) open(ctx context.Context) (bool, error) {
	override := k.config.Server.SecretKey.Reveal()
	if _, err := os.Stat(k.config.Keys.File); err != nil && override == "" {
		k.add("keys", Failed, "put the key file back from its backup: without it nothing at rest can be read",
			"the key file %s cannot be read", k.config.Keys.File)
		return false, nil
	}
	secret, err := vault.LoadSecret(k.config.Keys.File, override)
	if err != nil {
		k.add("keys", Failed, "put the key file back from its backup, mode 0600", "%v", err)
		return false, nil
	}
	v, err := vault.New(secret.Derive("master", vault.MasterBytes))
	if err != nil {
		return false, err
	}
	k.add("keys", Passed, "", "%s", k.config.Keys.File)
	k.st, err = store.Open(ctx, store.Options{Path: k.config.DB.Path, Clock: k.Clock, IDs: osprey.NewIDs(k.Clock), NoMigrate: true})
	var schema *store.SchemaError
	switch {
	case errors.As(err, &schema) && schema.Found < schema.Known:
		k.add("database", Warning, "start the server once: it migrates the database", "%v", err)
		return false, nil
	case err != nil:
		k.add("database", Failed, "restore a backup", "%v", err)
		return false, nil
	}
	k.ring = vault.NewRing(v, keyStore{k.st}, 0)
	k.bucket, err = blob.OpenFile(k.config.Storage.Dir)
	if err != nil {
		k.add("storage", Failed, "make the folder readable and writable for the server's user", "%v", err)
		return false, nil
	}
	k.blobs = blob.New(k.bucket, k.ring)
	return true, nil
}

// database holds the rows against each other.
func (k *checker) database(ctx context.Context) error {
	problems, err := k.st.Verify(ctx)
	if err != nil {
		return err
	}
	for _, p := range problems {
		k.add("database", Failed, "restore a backup, and report this", "%s: %s", p.Check, p.Detail)
	}
	if len(problems) == 0 {
		k.add("database", Passed, "", "%d bytes, rows agree with each other", k.st.Size())
	}
	return nil
}

// noteBatch is how many notes are listed; more are not told apart.
const noteBatch = 10_000

// leftovers looks for what interrupted requests and deletions left to be cleared.
func (k *checker) leftovers(ctx context.Context) error {
	eraser := erasure.New(k.st, k.blobs, slog.New(slog.DiscardHandler))
	var intents, erases []string
	err := k.st.Read(ctx, osprey.Everything(), func(tx *store.Tx) (err error) {
		if intents, err = tx.BlobIntents(tx.Now(), noteBatch); err != nil {
			return err
		}
		erases, err = tx.BlobErases(noteBatch)
		return err
	})
	if err != nil {
		return err
	}
	switch {
	case len(intents)+len(erases) == 0:
		k.add("leftovers", Passed, "", "no interrupted requests, nothing to be erased")
	case k.Fix:
		if _, err := eraser.Resolve(ctx); err != nil {
			return err
		}
		if err := eraser.Drain(ctx); err != nil {
			return err
		}
		k.add("leftovers", Fixed, "", "%d blobs of interrupted requests and %d deleted blobs cleared", len(intents), len(erases))
	default:
		k.add("leftovers", Warning, "start the server, or run: osprey check --fix",
			"%d blobs of interrupted requests and %d deleted blobs wait to be cleared", len(intents), len(erases))
	}
	return nil
}

// chains recomputes the audit log.
func (k *checker) chains(ctx context.Context) error {
	broken, err := audit.VerifyAll(ctx, k.st)
	if err != nil {
		return err
	}
	for _, r := range broken {
		k.add("audit", Failed, "find out who edited the database; restore a backup to compare with",
			"the chain %s is broken at record %d", r.Chain, *r.FirstBadSeq)
	}
	if len(broken) == 0 {
		k.add("audit", Passed, "", "all chains verify")
	}
	return nil
}

// dataFile names a file of the data folder.
func (k *checker) dataFile(name string) string { return filepath.Join(k.config.DataDir, name) }
