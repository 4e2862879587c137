// Package webhook tells companies what happened, by signed requests to addresses that
// they name (api.md 13).
//
// It is an outbox. An event is a row of a delivery, written in the transaction that makes
// the event, so that no crash parts the two: Ended, Decided, Deleted and Announce are
// called inside that transaction by whoever makes events. The drainer (Run) takes
// deliveries that are due under a lease, makes the request by the guard of package
// egress, and writes down what came of it. A process that dies leaves its leases behind;
// the next start gives them back, and another node waits until they are over. A receiver
// may thus be told twice, never not at all; event_id stays the same.
//
// Bodies are not kept: each attempt reads the rows as they are and has them rendered, so
// that erased data are never sent and links in them are fresh.
//
// Deliveries of one address share few places, those of one company some more, and all
// together many: a receiver that is slow holds up its own events and nobody else's.
package webhook
