package webhook

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/store"
)

// What a secret looks like: a word that leak scanners know it by, then 256 bits.
const (
	secretPrefix = "whsec_"
	secretBytes  = 32
	shownPrefix  = len(secretPrefix) + 4 // characters that lists show
)

// purposeSecret names the data key that secrets are sealed with.
const purposeSecret = "webhook"

// newSecret makes a secret of a company, sealed and in the clear.
func (s *Service) newSecret(ctx context.Context, company osprey.ID) (osprey.WebhookSecret, string, error) {
	var b [secretBytes]byte
	_, _ = rand.Read(b[:]) // never fails
	text := secretPrefix + base64.RawURLEncoding.EncodeToString(b[:])
	made := osprey.WebhookSecret{ID: s.o.IDs.New(), Company: company, Prefix: text[:shownPrefix]}
	var err error
	made.Sealed, err = s.o.Vault.Seal(ctx, company, purposeSecret, s.o.Bind(purposeSecret, company, made.ID, ""), []byte(text))
	if err != nil {
		return osprey.WebhookSecret{}, "", fmt.Errorf("seal a webhook secret: %w", err)
	}
	return made, text, nil
}

// Secrets returns those of a company, newest first (MayReadWebhookSecrets).
func (s *Service) Secrets(ctx context.Context, g access.Grant, company osprey.ID) (list []osprey.WebhookSecret, err error) {
	err = s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		if _, err := tx.Company(company); err != nil {
			return notExist(err)
		}
		list, err = tx.WebhookSecrets(company)
		return err
	})
	return list, err
}

// CreateSecret makes a secret of a company and returns its text, which is shown once
// (MayCreateWebhookSecret). One that the server had made is replaced. 409/15: there are
// two already.
func (s *Service) CreateSecret(ctx context.Context, g access.Grant, company osprey.ID) (osprey.WebhookSecret, string, error) {
	if err := s.visible(ctx, g, company); err != nil {
		return osprey.WebhookSecret{}, "", err
	}
	made, text, err := s.newSecret(ctx, company)
	if err != nil {
		return osprey.WebhookSecret{}, "", err
	}
	e := access.Event{Action: string(access.MayCreateWebhookSecret), Object: "webhook_secret", ObjectID: string(made.ID), Company: g.Actor.Company}
	err = s.o.Audit.Audited(ctx, s.o.Store, g.View, g.Actor, e, func(tx *store.Tx, e *access.Event) error {
		c, err := tx.Company(company)
		if err != nil {
			return notExist(err)
		}
		e.Company = c.ID
		if err := g.Check(c.ID, ""); err != nil {
			return err
		}
		if _, err := tx.DeleteAutomaticSecrets(c.ID); err != nil {
			return err
		}
		have, err := tx.WebhookSecrets(c.ID)
		if err != nil {
			return err
		}
		if n := len(have); n >= osprey.MaxWebhookSecrets {
			return osprey.Conflict("", "too_many", "A company has at most %d webhook secrets; delete one first", osprey.MaxWebhookSecrets).
				With("limit", osprey.MaxWebhookSecrets).With("actual", n)
		}
		made.Created = tx.Now()
		return tx.InsertWebhookSecret(made)
	})
	if err != nil {
		return osprey.WebhookSecret{}, "", err
	}
	return made, text, nil
}

// DeleteSecret removes one of a company (MayDeleteWebhookSecret).
func (s *Service) DeleteSecret(ctx context.Context, g access.Grant, company, id osprey.ID) error {
	e := access.Event{Action: string(access.MayDeleteWebhookSecret), Object: "webhook_secret", ObjectID: string(id), Company: g.Actor.Company}
	return s.o.Audit.Audited(ctx, s.o.Store, g.View, g.Actor, e, func(tx *store.Tx, e *access.Event) error {
		c, err := tx.Company(company)
		if err != nil {
			return notExist(err)
		}
		e.Company = c.ID
		if err := g.Check(c.ID, ""); err != nil {
			return err
		}
		return notExist(tx.DeleteWebhookSecret(c.ID, id))
	})
}

// visible refuses a company that the grant does not show.
func (s *Service) visible(ctx context.Context, g access.Grant, company osprey.ID) error {
	return s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		_, err := tx.Company(company)
		return notExist(err)
	})
}

// signers are the texts of a company's secrets, newest first. A company without one gets
// one made by the server.
func (s *Service) signers(ctx context.Context, company osprey.ID) ([]string, error) {
	var have []osprey.WebhookSecret
	err := s.o.Store.Read(ctx, osprey.Within(company), func(tx *store.Tx) (err error) {
		have, err = tx.WebhookSecrets(company)
		return err
	})
	if err == nil && len(have) == 0 {
		have, err = s.makeFirst(ctx, company)
	}
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(have))
	for i, h := range have {
		b, err := s.o.Vault.Open(ctx, company, purposeSecret, s.o.Bind(purposeSecret, company, h.ID, ""), h.Sealed)
		if err != nil {
			return nil, fmt.Errorf("open a webhook secret: %w", err)
		}
		texts[i] = string(b)
	}
	return texts, nil
}

// makeFirst makes the secret of a company that has none, unless somebody else just did.
func (s *Service) makeFirst(ctx context.Context, company osprey.ID) (have []osprey.WebhookSecret, err error) {
	made, _, err := s.newSecret(ctx, company)
	if err != nil {
		return nil, err
	}
	made.Automatic = true
	err = s.o.Store.Write(ctx, osprey.Within(company), func(tx *store.Tx) error {
		if have, err = tx.WebhookSecrets(company); err != nil || len(have) > 0 {
			return err
		}
		made.Created = tx.Now()
		have = []osprey.WebhookSecret{made}
		if err := tx.InsertWebhookSecret(made); err != nil {
			return err
		}
		return s.o.Audit(tx, osprey.Actor{}, access.Event{
			Action: string(access.MayCreateWebhookSecret), Object: "webhook_secret", ObjectID: string(made.ID), Company: company,
		})
	})
	return have, err
}
