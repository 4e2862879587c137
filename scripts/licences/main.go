// Command licences writes the licences of the Go modules that are linked into osprey to
// a file, for internal/licence:
//
//	go run ./scripts/licences internal/licence/third_party.txt
package main

import (
	"context"
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: licences FILE")
		os.Exit(2)
	}
	text, err := generate(context.Background())
	if err == nil {
		err = os.WriteFile(os.Args[1], []byte(text), 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
}
