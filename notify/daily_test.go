package notify

import (
	"strings"
	"testing"
	"time"

	"pantau/internal/snapshot"
)

func TestDailyReport(t *testing.T) {
	at := time.Date(2026, 1, 5, 1, 0, 0, 0, time.UTC)
	quiet := Daily{Since: at.Add(-24 * time.Hour), At: at, Looks: 48, HeadID: 4711, Head: "c0ffee"}
	busy := quiet
	busy.Changes, busy.Held, busy.Failed, busy.Blind, busy.Dead, busy.Captures = 3, 2, 1,
		[]Blindness{{Source: snapshot.Source{ID: "pse"}, Since: at.Add(-48 * time.Hour), Failed: 4, Held: 1, Detail: "no answer within 30 s"}, {Source: snapshot.Source{ID: "permen"}, Failed: 1}}, 1, 2
	for _, tt := range []struct {
		name, language string
		d              Daily
		want, not      []string
	}{
		{"quiet", "en", quiet, []string{"[Info] Daily report of 2026-01-05: 48 looks, 0 changes, 0 held or failed", "Every source is seen", "4711 c0ffee"}, []string{"Dead letters"}},
		{"busy", "en", busy, []string{"3 changes, 3 held or failed", "pse, permen", "Dead letters: 1", "4711 c0ffee"}, []string{"Every source"}},
		{"busy", "id", busy, []string{"Laporan harian 2026-01-05", "pse, permen", "Surat mati: 1", "4711 c0ffee"}, []string{"Every source", "Semua sumber"}},
	} {
		t.Run(tt.language+" "+tt.name, func(t *testing.T) {
			m := ComposeDaily(tt.d, Subscription{Language: tt.language, Timezone: "Asia/Jakarta"}, WordingOptions{Program: "test", Now: at})
			text := m.Subject + "\n" + m.Summary + "\n" + strings.Join(m.Seen, "\n")
			for _, w := range tt.want {
				if !strings.Contains(text, w) {
					t.Errorf("lacks %q:\n%s", w, text)
				}
			}
			for _, n := range tt.not {
				if strings.Contains(text, n) {
					t.Errorf("has %q:\n%s", n, text)
				}
			}
			if strings.Contains(text, "{") {
				t.Errorf("a place was not filled in:\n%s", text)
			}
		})
	}
}
