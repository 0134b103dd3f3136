package config

import (
	"math"
	"regexp"
	"strconv"
	"time"
)

var quantityPart = regexp.MustCompile(`([0-9]+(?:\.[0-9]+)?) ?([A-Za-z]+)`)

// quantity adds up numbers with units, "1h30m". The schema has seen to the
// form; ok is false where the sum cannot be held.
func quantity(text string, unit func(string) float64) (sum int64, ok bool) {
	total := 0.0
	for _, m := range quantityPart.FindAllStringSubmatch(text, -1) {
		n, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			return 0, false
		}
		total += n * unit(m[2])
	}
	if total >= math.MaxInt64 {
		return 0, false
	}
	return int64(total), true
}

// nanoseconds of a unit of time; a day is 24 hours.
func nanoseconds(unit string) float64 {
	switch unit {
	case "ms":
		return float64(time.Millisecond)
	case "s":
		return float64(time.Second)
	case "m":
		return float64(time.Minute)
	case "h":
		return float64(time.Hour)
	}
	return float64(24 * time.Hour)
}

// bytesIn a unit of size: thousands, or with an i 1024s.
func bytesIn(unit string) float64 {
	switch unit {
	case "kB", "KB":
		return 1e3
	case "MB":
		return 1e6
	case "GB":
		return 1e9
	case "KiB":
		return 1 << 10
	case "MiB":
		return 1 << 20
	case "GiB":
		return 1 << 30
	}
	return 1
}
