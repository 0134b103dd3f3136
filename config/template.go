package config

import (
	"bytes"
	_ "embed"
)

//go:embed template.yaml
var templateText []byte

// Template is what `pantau init` writes: a configuration to start from, with
// the Indonesian register and regulators. It is valid as it stands.
func Template() []byte { return bytes.Clone(templateText) }
