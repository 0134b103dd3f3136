package main

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"pantau/internal/store"
)

func TestVersion(t *testing.T) {
	code, out, errs := pantau(t, "version")
	if code != 0 || !strings.HasPrefix(out, "pantau "+programVersion()+"\n") || !strings.Contains(out, store.SQLiteVersion) {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	code, out, errs = pantau(t, "version", "--json")
	var b build
	if err := json.Unmarshal([]byte(out), &b); code != 0 || err != nil {
		t.Fatalf("exit %d, %v: %s%s", code, err, out, errs)
	}
	if !regexp.MustCompile(`^go1\.\d+`).MatchString(b.Go) || !strings.Contains(b.Platform, "/") {
		t.Errorf("built by %q for %q", b.Go, b.Platform)
	}
	linked := map[string]string{}
	for _, m := range b.Modules {
		linked[m.Path] = m.Version
	}
	for _, path := range []string{"modernc.org/sqlite", "github.com/gocolly/colly/v2", "github.com/slack-go/slack"} {
		if linked[path] == "" {
			t.Errorf("%s is linked in and not listed", path)
		}
	}
}
