// Package openapi writes the OpenAPI 3.1 document of the API out of a compact
// description that is kept by hand: answers.yaml and requests.yaml hold the
// objects, operations.yaml the calls, parameters.yaml the query parameters. A test
// of the HTTP floor holds its paths against the route table; the tests of the API
// hold every answer against its schemas.
package openapi
