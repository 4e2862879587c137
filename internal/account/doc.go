// Package account keeps companies and users: who exists, what a company has set,
// who may change what of whom (api.md 5 and 6), and the first administrator.
package account
