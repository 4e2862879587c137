// Package access decides who may do what: one role table (api.md 4), passwords,
// sessions, tokens, login back-off and rate limits. It knows no HTTP.
package access
