// Package egress opens the connections that users of Osprey may ask for: to addresses
// of webhooks. It is the one room below the API that may use net/http, because what it
// guards is a request from its URL to its last byte.
//
// An address is checked twice. Guard.Check reads the URL when a user gives it: its form,
// its port, and a host that is written as an address, in whatever spelling. Guard.Post
// resolves the host once for each attempt, checks every answer, and connects to exactly
// an address that was checked: there is no second look-up that could answer otherwise.
// Redirects are not followed, the environment's proxies are not used, no cookies are
// kept and no connection is used twice. Time and bytes of the whole attempt are bounded.
package egress
