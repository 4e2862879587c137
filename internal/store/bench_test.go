package store

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"example.org/osprey"
)

// benchStore is a store with an installation of some size.
func benchStore(b *testing.B) (*Store, []string) {
	b.Helper()
	c := newClock()
	ids := osprey.NewIDs(c)
	s, err := Open(context.Background(), Options{Path: filepath.Join(b.TempDir(), "osprey.db"), Clock: c, IDs: ids})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	var hashes []string
	err = s.Write(context.Background(), osprey.Everything(), func(tx *Tx) error {
		company := osprey.Company{ID: ids.New(), Name: "acme", Active: true}
		if err := tx.InsertCompany(company); err != nil {
			return err
		}
		for i := range 2000 {
			u := osprey.User{ID: ids.New(), Company: company.ID, Role: osprey.RoleClient, Email: fmt.Sprintf("u%d@example.com", i), Active: true}
			h := randomKey()
			hashes = append(hashes, h)
			if err := tx.InsertUser(u); err != nil {
				return err
			}
			if err := tx.InsertSession(osprey.Session{ID: ids.New(), User: u.ID, Company: company.ID, AccessHash: h, RefreshHash: randomKey()}); err != nil {
				return err
			}
			if err := tx.InsertFolder(osprey.Folder{ID: ids.New(), Company: company.ID, User: u.ID, Metadata: osprey.Metadata{"n": i}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return s, hashes
}

// BenchmarkSessionByAccess is what every request pays, its transaction included.
func BenchmarkSessionByAccess(b *testing.B) {
	s, hashes := benchStore(b)
	for i := 0; b.Loop(); i++ {
		err := s.Read(context.Background(), osprey.Everything(), func(tx *Tx) error {
			_, _, _, err := tx.SessionByAccess(hashes[i%len(hashes)])
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFoldersPage(b *testing.B) {
	s, _ := benchStore(b)
	for b.Loop() {
		err := s.Read(context.Background(), osprey.Everything(), func(tx *Tx) error {
			_, _, err := tx.Folders(Query{Limit: 100})
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWrite is one durable transaction of one small row.
func BenchmarkWrite(b *testing.B) {
	s, _ := benchStore(b)
	for i := 0; b.Loop(); i++ {
		err := s.Write(context.Background(), osprey.Everything(), func(tx *Tx) error { return tx.SetSetting("k", fmt.Sprint(i)) })
		if err != nil {
			b.Fatal(err)
		}
	}
}
