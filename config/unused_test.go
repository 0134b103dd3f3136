package config

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestUnusedPresets(t *testing.T) {
	for text, used := range map[string]string{
		"sources: [{id: a, type: page, url: http://a.example/}]":                                                       "",
		"sources: [{id: a, type: registry, preset: pse-api-public}]":                                                   "pse-api-public",
		"sources: [{id: a, type: registry, preset: pse-json-static, base: http://mirror.example, schedule: '@daily'}]": "pse-json-static",
	} {
		c, err := Parse("pantau.yaml", []byte("network: {delay: 3s}\n"+text), func(string) (string, bool) { return "", false })
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, s := range c.UnusedPresets() {
			names = append(names, s.ID)
			if s.Host() == "" || s.Access.Delay != c.Network.Access.Delay || s.Access.Timeout == 0 {
				t.Errorf("%s is reached as %+v at %q", s.ID, s.Access, s.Host())
			}
		}
		var want []string
		for _, p := range BuiltIn() {
			if p.Name != used && !opens(p.listing.URL) {
				want = append(want, p.Name)
			}
		}
		if !slices.Equal(names, want) {
			t.Errorf("%s\nunused %v, want %v", text, names, want)
		}
	}
}

// TestOff: no pages are wanted.
func TestOff(t *testing.T) {
	const sources = "sources: [{id: a, type: page, url: http://a.example/}]\n"
	for text, want := range map[string]string{"": "127.0.0.1:8080", "listen: off": Off, "listen: 'off'": Off, "listen: 0.0.0.0:9": "0.0.0.0:9"} {
		c, err := Parse("pantau.yaml", []byte(sources+text), func(string) (string, bool) { return "", false })
		if err != nil || c.Listen != want {
			t.Errorf("%q: %v, %v", text, c, err)
		}
	}
}

// TestCredentials of systemd: the service finds its secrets in a folder that
// its environment names.
func TestCredentials(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "slack"), []byte("xoxb-1-secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := "sources: [{id: a, type: page, url: http://a.example/}]\nchannels:\n  slack: {token: \"file:${CREDENTIALS_DIRECTORY}/slack\"}\n"
	c, err := Parse("pantau.yaml", []byte(text), func(name string) (string, bool) { return folder, name == "CREDENTIALS_DIRECTORY" })
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Channels["slack"].Slack.Token; got != "xoxb-1-secret" {
		t.Errorf("token %q", got)
	}
	other, err := Parse("pantau.yaml", []byte(text), func(name string) (string, bool) {
		return folder + "/../" + filepath.Base(folder), name == "CREDENTIALS_DIRECTORY"
	})
	if err != nil || other.Digest() != c.Digest() {
		t.Errorf("the folder of the credentials counts: %v", err)
	}
}
