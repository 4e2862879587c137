// Package lite is API Lite (components.md 1): liveness and comparison of faces by single
// calls that store nothing. A sample or template lives in memory, for the time of its
// request; no row, file, cache entry or log line comes of it. What is handed out is a
// signed template, which the caller keeps and brings again.
//
// Calls answer with a code of their own, BPE- (biometric processor) or LDE- (liveness),
// and are judged as analyses are: the same look at a photo, the same scales, the same
// verdicts.
package lite
