// Package acceptance tests the built program from outside: it starts the
// binary `pantau` against a replay server that serves recorded states of the
// PSE register, spoils answers on demand and knows what truly changed. It
// speaks to Pantau only by its command line, its configuration and what it
// sends; nothing of ours is imported.
//
// Invariants: everything listens on loopback; every process ends with the test
// that started it; every wait has an end; nothing asserts the speed of the
// machine. What needs the recorded data is skipped, with the reason, where
// ../shared is absent, and fails where it is present and broken. The long forms
// run with PANTAU_TORTURE=1; random choices come from PANTAU_SEED, which is
// logged.
package acceptance
