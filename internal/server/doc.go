// Package server puts the house together from its settings, starts it, recovers
// what a crash left, and stops it in order.
//
// A [House] is the rooms, wired: it holds the lock of its data folder and answers
// requests through its Handler, without listening anywhere. [Run] gives it
// listeners and runs it until it is told to stop.
//
//	start: lock the data folder -> keys -> database, migrated -> leftovers of a
//	       crash (temporary files, blobs without row, blobs to erase, running jobs,
//	       overdue analyses) -> models, verified -> listeners -> galleries -> ready
//	stop:  not ready -> drain delay -> refuse new requests -> running requests end
//	       -> jobs end -> galleries saved -> database closed -> lock given back
//
// The models load while the database opens; the galleries load while reads are
// already answered.
package server
