// Package law reads Indonesian legal text: who a regulation is, its tree of
// buku, bab, bagian, paragraf, pasal, ayat, huruf and angka, what it cites and
// defines, from when it holds, and what two versions of it differ in.
//
// It is pure: text in, tree out, no clock and no I/O. It keeps three promises.
// No character of the source is dropped: every byte belongs to exactly one
// node, one note of the margin or one unparsed block. No repair of a scanning
// error is silent: each one stands in the list with what was written and what
// was read. And nothing is guessed: what cannot be told apart is said to be
// unparsed, undated or not a regulation, and the caller's text comparison goes
// on as if this package had not been asked.
package law
