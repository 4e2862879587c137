// Package wire turns the bytes of a request into typed values and typed values
// into the bytes of an answer: JSON objects, multipart uploads, list queries,
// credentials, client addresses, errors and signed media links. It knows the
// transport rules of the REST contract (api.md 1, 2, 17.2) and none of the
// domain's: what a value means is decided by whoever asked for it.
//
// A request is read in the order Params (query), ReadObject or ReadUpload
// (body). Readers of objects and parameters remember the first fault, so that a
// handler reads all it wants and asks Err once.
package wire
