package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"time"

	domain "example.org/osprey"
	"example.org/osprey/client"
	"example.org/osprey/internal/store"
	metering "example.org/osprey/internal/usage"
	"example.org/osprey/internal/vault"
)

// usageCommand tells what was used.
type usageCommand struct {
	Report usageReport `cmd:"" help:"Tell the units used in a month; with --out as a signed file, for billing."`
	Verify usageVerify `cmd:"" help:"Verify a report against its signature; exit 8 when it does not fit."`
	Key    usageKey    `cmd:"" help:"Print the public key that signs the reports of this installation."`
}

var usageColumns = []column[client.UsageItem]{
	{"period", func(u client.UsageItem) string { return orDash(u.Period) }},
	{"company_id", func(u client.UsageItem) string { return orDash(u.CompanyID) }},
	{"type", func(u client.UsageItem) string { return orDash(u.Type) }},
	{"source", func(u client.UsageItem) string { return orDash(u.Source) }},
	{"units", func(u client.UsageItem) string { return strconv.FormatInt(u.Units.Units, 10) }},
	{"failed", func(u client.UsageItem) string { return strconv.FormatInt(u.Failed, 10) }},
	{"over_quota", func(u client.UsageItem) string { return strconv.FormatInt(u.Over, 10) }},
}

type usageReport struct {
	Month   string `placeholder:"MONTH" help:"The month, as in 2026-10 (default: the running one, in UTC)."`
	Company string `placeholder:"COMPANY" help:"Only this company (id or name)."`
	By      string `default:"day,company,type,source" placeholder:"WORDS" help:"What the sums are told apart by: day or month, company, type, source (${default})."`
	Out     string `placeholder:"FILE" help:"Write the report, -o json, csv or pdf, to this file and its signature to FILE.sig."`
}

// Run tells the units.
func (r *usageReport) Run(c *call) error {
	month := domain.MonthOf(time.Now())
	if r.Month != "" {
		var ok bool
		if month, ok = domain.ParseMonth(r.Month); !ok {
			return usagef("--month must be as in 2026-10")
		}
	}
	file := c.Output == "json" || c.Output == "csv" || c.Output == "pdf"
	if r.Out != "" && !file {
		return usagef("--out needs -o json, -o csv or -o pdf")
	}
	if r.Out != "" && c.Server != "" {
		return usagef("a report is signed where the keys are: run it on the server's machine, without --server")
	}
	api, done, err := c.connect()
	if err != nil {
		return err
	}
	defer done()
	company, err := c.companyOf(api, r.Company)
	if err != nil {
		return err
	}
	q := url.Values{"from": {string(month.First())}, "to": {string(month.Last())}, "group_by": {r.By}}
	if company != "" {
		q.Set("company_id", company)
	}
	report, err := api.Usage(c.ctx, q)
	if err != nil {
		return err
	}
	if !file {
		return list(c, report.Items, usageColumns)
	}
	content, err := usageFile(c.Output, month, report)
	if err != nil {
		return err
	}
	if r.Out == "" {
		_, err := c.stdout.Write(content)
		return err
	}
	return c.sign(r.Out, content)
}

// usageFile is the report of a month as a file: JSON, pages, or the CSV that the API
// gives.
func usageFile(form string, month domain.Month, report client.Usage) ([]byte, error) {
	switch form {
	case "json":
		b, err := json.MarshalIndent(report, "", "  ")
		return append(b, '\n'), err
	case "pdf":
		return usagePaper(month, report)
	}
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	rows := make([]store.UsageRow, len(report.Items))
	for i, u := range report.Items {
		rows[i] = store.UsageRow{
			Period: text(u.Period), Company: domain.ID(text(u.CompanyID)), Type: domain.AnalysisType(text(u.Type)),
			Source: domain.Source(text(u.Source)), Units: store.Units{Done: u.Units.Units, Failed: u.Failed, Over: u.Over},
		}
	}
	return metering.CSV(metering.Report{Rows: rows}), nil
}

// sign writes a report and its signature. In a dry run it writes neither.
func (c *call) sign(path string, content []byte) error {
	secret, err := c.secret()
	if err != nil {
		return err
	}
	signature := metering.Sign(secret.SigningKey(metering.SigningPurpose), content)
	if c.DryRun {
		c.notef("would write %s and %s.sig\n", path, path)
		return nil
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(path+".sig", signature, 0o600); err != nil {
		return err
	}
	c.notef("wrote %s and %s.sig\n", path, path)
	return nil
}

// secret reads the secret of this installation.
func (c *call) secret() (*vault.Secret, error) {
	r, err := c.resolve(nil)
	if err != nil {
		return nil, err
	}
	override := r.Config.Server.SecretKey.Reveal()
	if _, err := os.Stat(r.Config.Keys.File); override == "" && err != nil {
		return nil, notFound("there is no key file %s: the server makes it at its first start", r.Config.Keys.File)
	}
	return vault.LoadSecret(r.Config.Keys.File, override)
}

type usageVerify struct {
	File      string `arg:"" type:"existingfile" help:"The report."`
	Signature string `placeholder:"FILE" help:"Its signature (default: the report's name and .sig)."`
	Key       string `placeholder:"KEY" help:"The public key of the installation that made it, as usage key prints it (default: that of this one)."`
}

// Run verifies a report.
func (v *usageVerify) Run(c *call) error {
	if v.Signature == "" {
		v.Signature = v.File + ".sig"
	}
	key, err := v.key(c)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(v.File)
	if err != nil {
		return err
	}
	signature, err := readSignature(v.Signature, metering.MaxSignature)
	if err != nil {
		return err
	}
	if err := metering.Verify(key, content, signature); err != nil {
		return &coded{exitVerification, fmt.Errorf("%s: %w", v.File, err)}
	}
	c.notef("%s is what was signed\n", v.File)
	return nil
}

func (v *usageVerify) key(c *call) ([]byte, error) {
	if v.Key == "" {
		secret, err := c.secret()
		if err != nil {
			return nil, err
		}
		return metering.PublicKey(secret.SigningKey(metering.SigningPurpose)), nil
	}
	key, err := base64.StdEncoding.DecodeString(v.Key)
	if err != nil || len(key) != metering.KeyBytes {
		return nil, usagef("--key is not a key as usage key prints it")
	}
	return key, nil
}

// readBounded reads a file of at most so many bytes.
func readSignature(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > most {
		return nil, errors.New(path + " is too large to be a signature")
	}
	return os.ReadFile(path) //nolint:gosec // the file that the caller names
}

type usageKey struct{}

// Run prints the public key.
func (*usageKey) Run(c *call) error {
	secret, err := c.secret()
	if err != nil {
		return err
	}
	key := metering.PublicKey(secret.SigningKey(metering.SigningPurpose))
	_, err = fmt.Fprintln(c.stdout, base64.StdEncoding.EncodeToString(bytes.Clone(key)))
	return err
}
