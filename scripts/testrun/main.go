// Command testrun runs the steps of `make test`: it prints what each took,
// counts tests honestly, and repeats at the end what a reader must not miss.
//
//	testrun steps NAME...           run `make NAME` for each, then the table and the closing line
//	testrun go [-show] GO-TEST-ARGS run `go test`, a line a package; failures and skips in full
//
// The second form is what the steps themselves call. It leaves its counts in
// the file that TESTRUN_TALLY names, for the first to add up.
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: testrun steps NAME... | testrun go [-show] GO-TEST-ARGS...")
		os.Exit(2)
	}
	var code int
	var err error
	switch os.Args[1] {
	case "steps":
		code, err = runSteps(os.Args[2:])
	case "go":
		code, err = runGoTest(os.Args[2:])
	default:
		err = fmt.Errorf("unknown form %q", os.Args[1])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testrun:", err)
		code = 2
	}
	os.Exit(code)
}
