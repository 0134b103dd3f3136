//go:build race

package cage

// raceFactor is how much larger a process is with the race detector.
const raceFactor = 3
