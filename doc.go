// Package osprey holds the nouns of a face-verification platform and the rules
// that belong to them: companies, users, folders, media, analyses, collections,
// persons, their states and transitions, the verdicts, and the error codes.
//
// Everything here is data and pure functions. Nothing reads a clock, a file, a
// database or a picture; that is the work of the floors above (see
// docs/architecture.md). A rule that two floors need lives here, with a table
// for its test.
package osprey
