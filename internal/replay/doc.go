// Package replay gives a repeated request the answer of the first one: the
// Idempotency-Key of api.md 1.9.
//
// One row stands for one key of one user, method and path. It is written by the
// transaction that has the effect of the request, so that a crash leaves both or
// neither; its primary key lets one transaction win where two try.
//
//	                httpapi                      a service of floor 3
//	Begin ──────▶ nothing is kept ─▶ act ─────▶ Write { rows; audit; Keep(tx, effect) }
//	  │                                                                │
//	  └─▶ kept: the same answer again                   the answer, rendered and sealed
//
// That a first call still runs is known by the process alone: it is a map in memory,
// not a row. A process that dies takes its claims along, which is right, for what
// has no row had no effect; and a call that is answered without an effect costs no
// write but that of its refusal. On several nodes the row decides: of two calls that
// run at once the second to commit finds the row of the first, is rolled back with
// all it did, and is told to come again.
//
// What hangs on an object goes with it: the store empties the answers that name a
// deleted object (see store.Tx.InsertReplay), and keeps their rows to the end of
// their day, so that a late repetition does not bring back what was erased.
package replay
