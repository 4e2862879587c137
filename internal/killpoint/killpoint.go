// Package killpoint names the moments between the steps of the commit protocol
// at which a crash would hurt most. In the build that ships, Hit does nothing
// and the compiler removes it. In the test build (tag killpoints) the process
// kills itself with SIGKILL at the point named by OSPREY_KILL_AT, so that tests
// can prove what the next start makes of it.
package killpoint

// The named points, in the order of the protocol (docs/architecture.md).
const (
	CreateAfterIntent = "create.after_intent" // blob intents are committed, no blob yet
	CreateInBlobs     = "create.in_blobs"     // some blobs are written
	CreateAfterBlobs  = "create.after_blobs"  // all blobs are written, no row yet
	CreateAfterCommit = "create.after_commit" // rows are committed, index not told
	CreateInIndex     = "create.in_index"     // index told, no answer yet
	DeleteAfterCommit = "delete.after_commit" // rows are gone, index not told
	DeleteInIndex     = "delete.in_index"     // index told, no answer yet
	DeleteInErase     = "delete.in_erase"     // some blobs are erased
	LookAfterKeep     = "look.after_keep"     // what was seen in a medium is kept, the analysis goes on
	ImageBeforeEnd    = "image.before_end"    // result images are written, no row yet
	SearchBeforeEnd   = "search.before_end"   // a search is done, its result not committed
	SearchAfterEnd    = "search.after_end"    // the result is committed, nobody told
)

// The points of a request under an Idempotency-Key.
const (
	KeepBeforeCommit = "keep.before_commit" // the answer is a row of a transaction that is not committed
	AnswerUnsent     = "answer.unsent"      // effect and answer are committed, the caller knows nothing
)

// All lists the points of the commit protocol.
var All = []string{
	CreateAfterIntent, CreateInBlobs, CreateAfterBlobs, CreateAfterCommit, CreateInIndex,
	DeleteAfterCommit, DeleteInIndex, DeleteInErase, LookAfterKeep, ImageBeforeEnd, SearchBeforeEnd, SearchAfterEnd,
}
