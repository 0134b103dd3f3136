package diff

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"pantau/internal/snapshot"
)

func document(text string) *snapshot.Document {
	d := &snapshot.Document{}
	for _, line := range strings.Split(text, "\n") {
		if line != "" {
			d.Blocks = append(d.Blocks, snapshot.Block{Kind: snapshot.Paragraph, Text: line})
		}
	}
	return d
}

const ruling = "PERATURAN MENTERI CONTOH\nNOMOR 7 TAHUN 2024\nTENTANG\nCONTOH\nMEMUTUSKAN:\nPasal 1\nPemohon wajib mendaftar paling lambat 30 (tiga puluh) hari.\nPasal 2\nMenteri menerima pendaftaran.\nDitetapkan di Jakarta\n"

func TestTextChangeNamesProvisions(t *testing.T) {
	for name, c := range map[string]struct {
		before, after, summary string
		kind                   Kind
	}{
		"a regulation":          {ruling, strings.Replace(ruling, "30 (tiga puluh)", "14 (empat belas)", 1), "Article 1 amended in Contoh (unofficial, machine-read)", ProvisionsKind},
		"another regulation":    {ruling, strings.Replace(strings.Replace(ruling, "NOMOR 7", "NOMOR 8", 1), "wajib", "dapat", 1), "", TextKind},
		"a press release":       {"Menteri membuka pameran.", "Menteri menutup pameran.", "", TextKind},
		"beside the provisions": {ruling, "Diunduh 5 kali\n" + ruling, "", TextKind},
	} {
		x, y := document(c.before), document(c.after)
		hunks, stats := Text(x, y)
		got := TextChange("Contoh", x, y, hunks, stats)
		if got.Kind != c.kind || len(got.Hunks) == 0 || c.summary != "" && got.Summary != c.summary {
			t.Errorf("%s: %s, %q, %d hunks", name, got.Kind, got.Summary, len(got.Hunks))
		}
		body, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		var back Change
		if err := json.Unmarshal(body, &back); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(*got, back) {
			t.Errorf("%s: written and read\n%+v\nis not\n%+v", name, back, *got)
		}
		if c.kind == ProvisionsKind && !strings.Contains(string(body), `"events":[{"type":"amended","path":"pasal-1"`) {
			t.Errorf("%s: %s", name, body)
		}
	}
}
