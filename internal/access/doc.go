// Package access decides who may do what: one role table (api.md 4), passwords,
// sessions, tokens, login back-off and rate limits. It knows no HTTP.
//
// A request passes it in this order:
//
//	limiter.Address(ip)                      // public calls only
//	caller, err := sessions.Authenticate(ctx, token, origin)
//	limiter.Caller(caller)
//	grant, err := policy.Authorize(caller, access.MayDeletePerson)
//	err = collections.DeletePerson(ctx, grant, collection, person)
//
// Authorize refuses a role that may not make the call at all. What the call may
// reach is in the Grant: an object outside View does not exist for the caller, one
// inside View but outside Act is refused, and the service finds out which once it
// has read the object.
//
// [Table] is the single source of rights; its test compares it with the contract
// cell by cell. [Sessions] keeps nothing in memory, so what is revoked is refused
// at the next request. Failed logins slow down the pair of e-mail and address that
// failed, whether or not the e-mail has an account (backoff.go tells how that
// stays small and tells nothing).
//
// Changes and refusals are told to the audit log through the one function [Audit],
// so that this room does not lean on its neighbour.
package access
