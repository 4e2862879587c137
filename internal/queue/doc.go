// Package queue runs jobs that are stored in the database, in the same
// transaction as the rows they belong to: a job exists exactly when its
// transaction was committed.
//
// A job is a kind and the id of an object; what is to be done stands in the
// object's own rows. It runs at least once. Whoever handles it makes a repeated
// run harmless (an analysis ends by an update that only its newest run can make)
// and may complete it in the transaction that stores its result ([Queue.CompleteTx]).
//
//	q, err := queue.New(ctx, queue.Options{DB: db, Workers: map[string]int{"analysis": 2}})
//	err = q.Register("analysis", queue.Handler{Run: run, Discard: fail})
//	err = q.Rescue(ctx) // what a crash left running runs again
//	err = q.Start(ctx)
//	...
//	err = q.EnqueueTx(ctx, tx, "analysis", id) // in the transaction of the rows
//	q.Poke()                                   // after its commit: start at once
//	...
//	err = q.Stop(ctx)
//
// A failed job is tried again after a growing wait; when its tries are used up
// it is discarded and its kind's Discard is told. A process that was killed has
// used up the try it was at, so that an input that kills the process is not
// tried for ever.
//
// The work is done by River (github.com/riverqueue/river) on SQLite. One process
// at a time may use the queue of a SQLite database.
package queue
