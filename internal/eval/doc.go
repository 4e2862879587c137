// Package eval measures what Osprey does on the user's own data, offline and
// through the same pipeline that serves: from the file to the template and the
// liveness by internal/look, from two templates to a score by osprey.Similarity.
//
// There is one file for each measurement, and what they share: the sets that are
// read (pairs, folders of identities, presentation attacks, quality, labels), the
// looking side by side, rates with their intervals, curves, and the report.
//
// It reports what biometric testing reports (ISO/IEC 19795-1, 30107-3): false match
// rate (FMR), false non-match rate (FNMR), failure to enrol, false positive and
// negative identification rates (FPIR, FNIR), attack and bona fide presentation
// classification error rates (APCER, BPCER) and non-response. Rates come with 95 %
// intervals: Wilson's, and where the trials are pairs of photographs a bootstrap
// over the identities, since pairs that share a person are not independent. A rate
// that the data cannot support (rule of 30) says so, with the bound it can.
//
// All of it is deterministic: one seed gives one report.
package eval
