.PHONY: build release demo test bench torture fuzz clean

SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c

# The program, without the paths of the machine it was built on.
build:
	go build -trimpath -ldflags "$$(scripts/stamp)" -o pantau ./cmd/pantau

# What is published, in dist/: the static program, built twice and compared, its
# bill of materials, and their digests.
release:
	@scripts/release dist

# The whole loop on a bundled regulator's site: no network, no configuration.
demo: build
	./pantau demo

# Formatting, vet, staticcheck and race tests; installs with apt what is missing.
test:
	@scripts/test

# Every benchmark; doc/measurements.md says what the figures mean.
bench:
	go test -run '^$$' -bench . -benchmem ./...

# The long forms of the acceptance tests: all recorded states, every fault,
# hundreds of kills. Hours, and it needs the recordings.
torture:
	PANTAU_TORTURE=1 go test -json -count=1 -timeout 12h ./acceptance | go run ./internal/tally -strict

# Every fuzz target for ten seconds; scripts/fuzz 5m for longer.
fuzz:
	@scripts/fuzz

clean:
	rm -f pantau
