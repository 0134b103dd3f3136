//go:build !race

package cage

const raceFactor = 1 // the limits are those of the program
