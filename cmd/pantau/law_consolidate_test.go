package main

import (
	"encoding/json"
	"strings"
	"testing"
)

const amendmentText = `PERATURAN MENTERI CONTOH
NOMOR 9 TAHUN 2025
TENTANG
PERUBAHAN ATAS PERATURAN MENTERI CONTOH NOMOR 7 TAHUN 2024 TENTANG PENDAFTARAN HAL CONTOH

DENGAN RAHMAT TUHAN YANG MAHA ESA
MENTERI CONTOH,
MEMUTUSKAN:
Menetapkan: PERATURAN MENTERI CONTOH TENTANG PERUBAHAN.

Pasal I
Beberapa ketentuan dalam Peraturan Menteri Contoh Nomor 7 Tahun 2024 tentang Pendaftaran Hal Contoh diubah sebagai berikut:
1. Di antara Pasal 1 dan Pasal 2 disisipkan 1 (satu) pasal, yakni Pasal 1A sehingga berbunyi sebagai berikut:

Pasal 1A
Pendaftaran <b>tidak</b> dipungut biaya.

Pasal II
Peraturan Menteri ini mulai berlaku pada tanggal diundangkan.

Ditetapkan di Jakarta
pada tanggal 4 Juni 2025
Diundangkan di Jakarta
pada tanggal 5 Juni 2025
`

func TestLawConsolidate(t *testing.T) {
	base, change := written(t, "base.txt", regulationText), written(t, "change.txt", amendmentText)
	code, out, errs := pantau(t, "law", "consolidate", base, change, "--json")
	var s consolidatedShown
	if err := json.Unmarshal([]byte(out), &s); err != nil || code != exitOK {
		t.Fatalf("exit %d: %s%s: %v", code, out, errs, err)
	}
	given := make(map[string]string)
	for _, n := range s.Nodes {
		given[n.Path] = n.Given
	}
	if given["pasal-1a"] != "Permen Contoh 9/2025" || given["pasal-1"] != "Permen Contoh 7/2024" || len(s.Problems) != 0 {
		t.Errorf("given %v, problems %v", given, s.Problems)
	}
	if _, out, _ = pantau(t, "law", "consolidate", base, change, "--as-of", "2025-06-04"); strings.Contains(out, "Pasal 1A") {
		t.Errorf("a day before it is in force:\n%s", out)
	}
	if _, out, _ = pantau(t, "law", "consolidate", base, change, "--html"); !strings.Contains(out, `id="pasal-1a"`) || strings.Contains(out, "<b>tidak") {
		t.Errorf("page:\n%s", out)
	}
	if code, _, errs = pantau(t, "law", "consolidate", change, base); code != exitFailed || !strings.Contains(errs, "could not be applied") {
		t.Errorf("a base is no amendment: exit %d, %s", code, errs)
	}
	if code, _, _ = pantau(t, "law", "consolidate", base, change, "--as-of", "soon"); code != exitConfig {
		t.Errorf("no day: exit %d", code)
	}
}
