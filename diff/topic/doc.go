// Package topic says what kind of news an event or a passage is, how severe it
// is for a reader who follows nothing, and why.
//
// Invariants: it is pure; every severity comes with the words, figures or
// counts that decided it; a sentence says what was seen between two looks and
// never who did it or when.
package topic
