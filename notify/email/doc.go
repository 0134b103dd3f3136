// Package email lays messages out as text and HTML and hands them to an SMTP
// server.
//
// Invariants: the whole RFC 5322 message, its Date and Message-ID included, is
// made once, and every attempt hands over the same bytes; nothing that came
// from a source can add a header, an element or an outside reference; a
// password never goes over a connection without TLS but to a loopback address;
// a connection lost behind the data is Uncertain, never taken for a failure.
package email
