//go:build race

package look_test

// raced tells that the race detector watches: tests of many cases that differ in what
// one goroutine computes take a few of them, since that is ten times as slow.
const raced = true
