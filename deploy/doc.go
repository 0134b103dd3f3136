// Package deploy holds what an installation is made of: the unit for systemd,
// the file that a container is built from, and the tests that hold both, and
// what scripts/release publishes, to their promises. It has no code.
package deploy
