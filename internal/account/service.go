package account

import (
	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/store"
)

// Options put a Service together; every field is required.
type Options struct {
	Store     *store.Store
	Audit     access.Audit
	IDs       *osprey.IDs
	Passwords *access.Passwords
	// Installation tells the installation's thresholds, which may change at run
	// time.
	Installation Installation
}

// Installation knows the thresholds of companies that have not set their own.
type Installation interface {
	Thresholds() osprey.Thresholds
}

// Service is the room's desk. It is safe for concurrent use.
type Service struct {
	o Options
}

// New returns the desk of companies and users.
func New(o Options) *Service { return &Service{o: o} }
