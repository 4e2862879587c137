// Package testhouse puts Osprey's rooms together for tests: a real database, real
// sealed blobs, the real vault, galleries and job queue in a temporary folder,
// without the server around them.
//
// Where faces are the point, tests enrol the photographs of package testphoto
// through the services, and real models look at them. Where they are not, Enrol and
// Medium plant sealed templates in the rows that a look would have left, so that a
// thousand rounds take seconds.
package testhouse
