// Package diff compares two looks at a source and says what differs, as text
// hunks or as record events. It is pure: no clock, no I/O, no context, and the
// same two documents always give the same change.
package diff
