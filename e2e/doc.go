// Package e2e drives the built binary over its real port, as its users do: the
// walk-through of the API contract, every row of its fault tables, every cell of
// its role table, the command line.
//
// The binary is the one that OSPREY_BIN names, else ../bin/osprey; `make build`
// makes it. Most tests share one server, each with companies of its own, so that
// they run side by side; a test that stops, starves or reconfigures its server
// starts a private one.
//
// OSPREY_TEST_BIN names the build with kill points and OSPREY_RACE_BIN the one
// with the race detector.
package e2e
