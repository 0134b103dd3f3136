package extract

// Version of the extractors. It grows when one of them reads the same bytes as
// another document: both sides of a comparison are then read again, so that a
// new program is never a change of a source.
const Version = 2
