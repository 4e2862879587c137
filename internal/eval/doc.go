// Package eval measures recognition on the user's own pairs of photographs,
// through the same pipeline that serves: from the file to the template by
// look.Photo, from two templates to a score by osprey.Similarity.
//
// It reports what biometric testing reports (ISO/IEC 19795-1): false match rate
// (FMR), false non-match rate (FNMR), their equal error rate, the accuracy of a
// threshold fitted on other data, and the share of photographs that gave no
// template (failure to enrol). Rates come with 95 % intervals (Wilson), and a
// rate that the data cannot support (rule of 30) says so.
package eval
