package httpapi

type document struct{ json, yaml []byte }

func newDocument([]route) document { return document{} }

func (a *API) openapiJSON(*call) (answer, error) { return nil, nil }
func (a *API) openapiYAML(*call) (answer, error) { return nil, nil }
