package main

import "example.org/osprey/internal/httpapi"

// openapiCommand prints what a server of this binary answers at /openapi.json, for
// those who generate clients without one.
type openapiCommand struct {
	YAML bool `name:"yaml" help:"As YAML instead of JSON."`
}

// Run prints the document.
func (o *openapiCommand) Run(c *call) error {
	doc, err := httpapi.Document(version)
	if err != nil {
		return err
	}
	text := doc.JSON
	if o.YAML {
		text = doc.YAML
	}
	_, err = c.stdout.Write(text)
	return err
}
