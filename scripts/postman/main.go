// Command postman writes the Postman collection of the API out of its OpenAPI document.
//
//	go run ./scripts/postman > docs/osprey.postman_collection.json
package main

import (
	"fmt"
	"os"
)

func main() {
	text, err := generate()
	if err == nil {
		_, err = os.Stdout.Write(text)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "postman:", err)
		os.Exit(1)
	}
}
