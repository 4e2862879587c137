// Package layer holds the tests of the house's plan: docs/architecture.md
// draws which package may import which, the table in drawing_test.go says the
// same to the computer, and the tests compare the two with each other, with
// the linter's rules and with what the packages import.
package layer
