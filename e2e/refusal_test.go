package e2e

import (
	"testing"
)

// refusal is a call that must be refused and leave no trace.
type refusal struct {
	name   string
	by     *caller // nil: the company's CLIENT_ADMIN
	method string  // empty: POST
	path   string
	body   any
	want   fault
}

// refuse makes the calls one by one. Each must get its fault, and each must leave
// the company as it was.
func (c company) refuse(t *testing.T, table []refusal) {
	t.Helper()
	for _, r := range table {
		t.Run(r.name, func(t *testing.T) {
			by, method := c.ca, r.method
			if r.by != nil {
				by = *r.by
			}
			if method == "" {
				method = "POST"
			}
			c.unchanged(t, func() { by.call(t, method, r.path, r.body).fault(r.want) })
		})
	}
}

// badValue is 400/4 with the field and further details as key, value, ...
func badValue(field string, more ...any) fault { return faultOf(400, 4, field, more) }

// badType is 400/5.
func badType(field string, more ...any) fault { return faultOf(400, 5, field, more) }

// badStructure is 400/3.
func badStructure(field string, more ...any) fault { return faultOf(400, 3, field, more) }

// conflict is 409/15.
func conflict(field string, more ...any) fault { return faultOf(409, 15, field, more) }

// tooLarge is 413/16.
func tooLarge(field string, more ...any) fault { return faultOf(413, 16, field, more) }

// unsupported is 415/17.
func unsupported(field string, more ...any) fault { return faultOf(415, 17, field, more) }

func faultOf(status, code int, field string, more []any) fault {
	f := fault{status: status, code: code, details: object{}}
	if field != "" {
		f.details["field"] = field
	}
	for i := 0; i+1 < len(more); i += 2 {
		f.details[more[i].(string)] = more[i+1]
	}
	return f
}
