// Package notify decides who is told of a change, with which severity for
// that reader, and in which words; channels lay the words out and carry them.
//
// Invariants: routing and wording are pure; one change and one subscription
// version give at most one alert; an alert's id and a message's id follow from
// what they are about, so that doing the same work twice gives the same ids.
package notify
