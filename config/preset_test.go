package config

import (
	"strings"
	"testing"

	"pantau/crawler/extract"
	"pantau/internal/snapshot"
)

// bodies is one register of a single invented operator, suspended, as each
// generation of the site would answer for an index with and without it.
var bodies = map[string][2]string{
	"pse-api-public": {
		`{"hits": [{"id": "9e674b45-4c34-4d57-aa45-eb315282123f", "nama_pse": "PT Contoh", "nama_se": "TOKO CONTOH", "sektor": "Sektor Perdagangan",
		  "tanggal_terbit": "2025-03-11", "url_tdpse_detail": "https://pse.komdigi.go.id/tdpse-detail/22722", "website": "https://toko.example"}],
		  "processingTimeMs": 3, "query": "", "totalHits": 1, "hitsPerPage": 50, "page": 1, "totalPages": 1}`,
		`{"hits": [], "processingTimeMs": 1, "query": "", "totalHits": 0, "hitsPerPage": 50, "page": 1, "totalPages": 0}`,
	},
	"pse-retrieve-json-all": {
		`{"data":[[1,"TOKO CONTOH","https:\/\/toko.example","Sektor Perdagangan","PT Contoh","2025-03-11","https:\/\/pse.kominfo.go.id\/tdpse-detail\/22722"]]}`,
		`{"data":[]}`,
	},
	"pse-json-static": {
		`{"meta": {"page": {"currentPage": 1, "from": 1, "lastPage": 1, "perPage": 10, "to": 10, "total": 1}}, "data": [{"type": "tdpseTerbit", "id": 22722,
		  "attributes": {"nomor_pb_umku": null, "nama": "TOKO CONTOH", "website": "https://toko.example", "sektor": "Sektor Perdagangan",
		  "nama_perusahaan": "PT Contoh", "tanggal_daftar": "2025-03-11", "nomor_tanda_daftar": "022722.01/DJAI.PSE/03/2025", "qr_code": "x",
		  "status_id": "SUSPENDED_BY_PAI", "sistem_elektronik_id": 22720}}]}`,
		`{"meta": {"page": {"currentPage": 1, "from": 1, "lastPage": 1, "perPage": 10, "to": 10, "total": 0}}, "data": []}`,
	},
}

// TestPresetsRead asks for what each preset says, answers as that generation
// of the site would, and expects the same record from all of them.
func TestPresetsRead(t *testing.T) {
	for _, preset := range BuiltIn() {
		name := preset.Name
		if preset.kind != snapshot.Registry {
			continue // see TestPresetsOfPages
		}
		t.Run(name, func(t *testing.T) {
			if preset.Title == "" || preset.Description == "" {
				t.Error("nothing says what it is and what it cannot show")
			}
			answers, ok := bodies[name]
			if !ok {
				t.Fatal("there is no answer to try it with")
			}
			c, err := Parse("pantau.yaml", []byte("sources: [{id: pse, type: registry, preset: "+name+"}]"), none)
			if err != nil {
				t.Fatal(err)
			}
			source := c.Sources[0]
			walk := extract.NewWalk(source.Listing)
			var answer *snapshot.Response
			for asked := 0; ; asked++ {
				request, more, err := walk.Next(answer)
				if err != nil || asked > 100 {
					t.Fatalf("after %d requests: %v", asked, err)
				}
				if !more {
					break
				}
				if !strings.HasPrefix(request.URL, "https://pse.kom") || strings.ContainsAny(request.URL, "{}") {
					t.Fatalf("asked for %s", request.URL)
				}
				body := answers[1]
				if strings.Contains(request.URL, "LOKAL_DIHENTIKAN_SEMENTARA") {
					body = answers[0]
				}
				answer = &snapshot.Response{
					Request: request, Attempt: 1, Status: 200, ContentType: "application/json", Body: snapshot.BodyOf([]byte(body)),
				}
			}
			d, err := walk.Document()
			if err != nil {
				t.Fatal(err)
			}
			if len(d.Records) != 1 {
				t.Fatalf("got %d records: %+v", len(d.Records), d)
			}
			r := d.Records[0]
			if r.Key != "22722" || r.Index != "LOKAL_DIHENTIKAN_SEMENTARA" {
				t.Errorf("got %s in %s", r.Key, r.Index)
			}
			for field, want := range map[string]string{
				"nama": "TOKO CONTOH", "nama_perusahaan": "PT Contoh", "website": "https://toko.example",
				"sektor": "Sektor Perdagangan", "tanggal_daftar": "2025-03-11",
			} {
				if got, _ := r.Get(field); got != want {
					t.Errorf("%s is %q, want %q", field, got, want)
				}
			}
		})
	}
}
