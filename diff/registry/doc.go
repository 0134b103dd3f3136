// Package registry compares two looks at a register of operators of electronic
// systems, and says what to remember of the second one.
//
// Invariants: it is pure. A key has at most one event a look, and a move between
// indexes is one event. A record is removed only by the second complete look
// that lacks it; two looks in a row at one state of the register tell, together,
// exactly what is true between that state and the one before. Fields are
// compared in their normal form and reported as recorded; a field that one
// side's format lacks is never an edit. A look that saw nothing new has an empty
// Delta.
package registry
