package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// findings runs `pantau doctor --json`.
func findings(t *testing.T, file string) (int, map[string]map[string]any, string) {
	t.Helper()
	code, out, errs := pantau(t, "--config", file, "doctor", "--json")
	byName := map[string]map[string]any{}
	for line := range strings.Lines(out) {
		var f map[string]any
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		name, _ := f["name"].(string)
		if what := f["what"].(string); what == "source" || what == "channel" || what == "preset" {
			byName[what+" "+name] = f
		} else {
			byName[what] = f
		}
	}
	return code, byName, out + errs
}

// TestDoctor reaches for sound and for broken things.
func TestDoctor(t *testing.T) {
	const token = "xoxb-1-doctor-secret"
	valid := true
	mux := http.NewServeMux()
	mux.HandleFunc("GET /page", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, regulation) })
	mux.HandleFunc("GET /closed", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusForbidden) })
	mux.HandleFunc("GET /api-public/tdpse", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"hits":[{"nama_se":"A","nama_pse":"PT A","website":"a.example","sektor":"x","tanggal_terbit":"2024","url_tdpse_detail":"https://pse/tdpse-detail/7"}],"totalHits":1,"totalPages":1,"processingTimeMs":2}`)
	})
	mux.HandleFunc("POST /slack/auth.test", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"ok":%v,"error":"invalid_auth","user":"pantau","team":"PT Contoh"}`, valid)
	})
	posted := 0
	mux.HandleFunc("POST /slack/chat.postMessage", func(http.ResponseWriter, *http.Request) { posted++ })
	pings := 0
	mux.HandleFunc("GET /ping/", func(http.ResponseWriter, *http.Request) { pings++ })
	srv := httptest.NewServer(mux)
	defer srv.Close()
	dir := t.TempDir()
	file := filepath.Join(dir, "pantau.yaml")
	// Everything goes by a proxy that is the server itself: the presets' own hosts
	// are not asked by a test.
	config := func(sources string) {
		t.Helper()
		text := fmt.Sprintf("network: {delay: 0s, timeout: 2s, allow: [127.0.0.0/8], proxy: \"%[1]s\"}\nheartbeat: %[1]s/ping/hush-hush\nchannels:\n  slack: {token: %[2]s, api: \"%[1]s/slack/\", allow: [127.0.0.0/8]}\nsources:\n%[3]s",
			srv.URL, token, strings.ReplaceAll(sources, "SITE", srv.URL))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const sound = "  - {id: page, type: page, url: SITE/page, select: ['#isi']}\n  - {id: pse, type: registry, preset: pse-api-public, base: SITE}\n"
	config(sound)
	code, got, said := findings(t, file)
	if code != exitOK {
		t.Errorf("exit %d:\n%s", code, said)
	}
	for name, want := range map[string]string{"source page": "blocks of text", "source pse": "1 of 1 rows of LOKAL_DIHENTIKAN_SEMENTARA", "channel slack": "pantau in PT Contoh",
		"channel console": "", "heartbeat": "not rung", "database": "no database yet", "clock": "answers", "time zones": "known"} {
		if f := got[name]; f == nil || !strings.Contains(f["seen"].(string), want) {
			t.Errorf("%s: %v, want %q", name, f, want)
		}
	}
	if got["preset pse-json-static"]["level"] != "warning" || got["preset pse-api-public"] != nil {
		t.Errorf("presets: %v", said)
	}
	if _, err := os.Stat(filepath.Join(dir, "pantau.db")); err == nil {
		t.Error("the doctor has made a database")
	}

	if code, _, _ := lookCode(t, file); code != 0 {
		t.Error("the sources cannot be looked at")
	}
	if code, got, said = findings(t, file); code != exitOK || !strings.Contains(got["database"]["seen"].(string), "journal wal") || got["backup"]["level"] != "warning" || got["disk"] == nil || got["configuration"]["level"] != "ok" {
		t.Errorf("exit %d:\n%s", code, said)
	}
	if code, _, errs := pantau(t, "--config", file, "backup", filepath.Join(dir, "kept.db")); code != 0 {
		t.Fatal(errs)
	}
	if _, got, said = findings(t, file); got["backup"]["level"] != "ok" || !strings.Contains(got["backup"]["seen"].(string), "kept.db") {
		t.Error(said)
	}

	valid = false
	config(sound + "  - {id: closed, type: page, url: SITE/closed}\n  - {id: gone, type: page, url: SITE/nowhere}\n  - {id: moved, type: page, url: SITE/page, select: ['#content']}\n  - {id: inner, type: page, url: 'http://10.9.8.7/'}\n")
	code, got, said = findings(t, file)
	if code != exitFailed {
		t.Errorf("exit %d:\n%s", code, said)
	}
	for name, want := range map[string]string{"source closed": "403", "source gone": "404", "source moved": "select", "source inner": "10.9.8.7", "channel slack": "invalid_auth"} {
		if f := got[name]; f == nil || f["level"] != "failed" || !strings.Contains(f["seen"].(string), want) || f["do"] == nil {
			t.Errorf("%s: %v, want %q", name, f, want)
		}
	}
	if got["source page"]["level"] != "ok" {
		t.Errorf("page: %v", got["source page"])
	}
	if code, out, errs := pantau(t, "--config", file, "doctor", "page"); code != exitOK || !strings.Contains(out, "page") || strings.Contains(out, "closed") || strings.Contains(out, "channel") {
		t.Errorf("of one source that works: exit %d:\n%s%s", code, out, errs)
	}
	if code, out, _ := pantau(t, "--config", file, "doctor", "closed.0123456789ab"); code != exitFailed || !strings.Contains(out, "closed") {
		t.Errorf("of a document: exit %d:\n%s", code, out)
	}
	if code, _, errs := pantau(t, "--config", file, "doctor", "nobody"); code != exitConfig || !strings.Contains(errs, `no source "nobody"`) {
		t.Errorf("of none: exit %d:\n%s", code, errs)
	}
	if strings.Contains(said, token) || strings.Contains(said, "hush-hush") {
		t.Errorf("a secret is shown:\n%s", said)
	}
	if posted > 0 || pings > 0 {
		t.Errorf("%d posted, %d rung", posted, pings)
	}
	if code, out, _ := pantau(t, "--config", file, "doctor"); code != exitFailed || !strings.Contains(out, "FAILED   source") || !strings.Contains(out, "do: ") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	if err := os.WriteFile(file, []byte("sources: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, _ := findings(t, file); code != exitConfig {
		t.Errorf("a wrong configuration exits with %d", code)
	}
}
