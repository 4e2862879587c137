// Package httpapi is the REST API of api.md: one table of calls (routes.go), and
// a handler of a few lines for each, which reads the request, loads what the path
// names, checks what the body says, lets a service act and shows what came out.
// No rule of the domain lives here.
//
// A request passes, in the order of api.md 1.11: route and method; the rate limit
// of its address when the call is public; authentication; the rate limit of the
// company; the role table; the ids of its path; then its handler, which looks at
// the objects of the path before it reads the body. Whatever refuses it comes back
// as an error to one place (refuse), which answers it and logs the faults that are
// the server's own.
package httpapi
