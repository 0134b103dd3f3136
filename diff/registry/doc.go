// Package registry compares two looks at a register of operators of electronic
// systems.
//
// Invariants: it is pure. A move between indexes is one event. A record is
// removed only by the second complete look that lacks it. Fields are compared
// in their normal form and reported as recorded; a field that one side's
// format lacks is never an edit.
package registry
