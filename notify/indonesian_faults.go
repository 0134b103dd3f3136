package notify

import "pantau/internal/snapshot"

// indonesianFaults say in Indonesian why a look could not be used.
func indonesianFaults() map[string]string {
	return map[string]string{
		snapshot.ReasonTimeout:     "Situs tidak menjawab, atau tidak selesai menjawab, dalam waktu yang diberikan.",
		snapshot.ReasonConnect:     "Situs tidak dapat dihubungi: namanya tidak ditemukan atau sambungannya ditolak atau terputus.",
		snapshot.ReasonTLS:         "Sambungan aman ke situs tidak terbentuk: sertifikatnya tidak dapat dipercaya atau perundingannya gagal.",
		snapshot.ReasonIncomplete:  "Jawaban situs tidak lengkap.",
		snapshot.ReasonLimit:       "Jawaban situs melampaui batas yang diizinkan.",
		snapshot.ReasonRedirect:    "Pengalihan alamat tidak dapat diikuti: berputar-putar atau menuju tempat yang tidak boleh diikuti.",
		snapshot.ReasonGuard:       "Alamatnya termasuk alamat yang tidak boleh dihubungi, misalnya jaringan pribadi yang tidak diizinkan dalam konfigurasi.",
		snapshot.ReasonRobots:      "Berkas robots.txt situs melarang halaman ini diambil.",
		snapshot.ReasonStatus:      "Situs menjawab dengan kode kesalahan HTTP.",
		snapshot.ReasonThrottled:   "Situs meminta agar ditanyai lebih jarang.",
		snapshot.ReasonCanceled:    "Pengamatan dihentikan dari sisi Pantau.",
		snapshot.ReasonHTMLForJSON: "Yang datang halaman HTML, padahal seharusnya data JSON: biasanya halaman penolakan, pemeliharaan, atau masuk akun.",
		snapshot.ReasonEncrypted:   "Berkasnya terenkripsi dan memerlukan kata sandi, sehingga isinya tidak dapat dibaca.",
		snapshot.ReasonHTMLForFile: "Yang datang halaman web, padahal seharusnya sebuah berkas.",
		snapshot.ReasonMalformed:   "Isi jawaban tidak berbentuk seperti yang seharusnya, sehingga tidak dapat dibaca.",
		snapshot.ReasonPageRows:    "Jumlah baris pada suatu halaman daftar tidak seperti yang seharusnya.",
		snapshot.ReasonUnstable:    "Daftar terus berubah selama dibaca.",
		snapshot.ReasonEmptied:     "Yang sebelumnya berisi kini tampak kosong.",
		snapshot.ReasonShrunk:      "Isinya jauh lebih sedikit daripada pada pengamatan baik terakhir.",
		snapshot.ReasonBlockPage:   "Yang datang tampaknya bukan halaman yang dipantau, melainkan halaman pengganti: penolakan, pemeliharaan, masuk akun, atau halaman tidak ditemukan.",
		snapshot.ReasonNoMatch:     "Bagian halaman yang dipilih dengan `select` tidak ditemukan atau kosong.",
		snapshot.ReasonMissing:     "Sesuatu yang harus ada pada halaman tidak ditemukan.",
		snapshot.ReasonCharset:     "Banyak huruf tidak terbaca: pengodean huruf yang disebut situs keliru.",
		snapshot.ReasonUnframed:    "Halaman tampaknya terpotong sebelum selesai.",
		snapshot.ReasonTitle:       "Di alamat yang sama kini ada halaman lain.",
		snapshot.ReasonFlapping:    "Halaman berbeda setiap kali diambil, lebih dari sekadar penghitung, jam, dan kode acak.",
		snapshot.ReasonBrowser:     "Peramban yang menjalankan skrip halaman tidak ada, tidak dapat dijalankan, atau berhenti di tengah jalan.",
		snapshot.ReasonStorage:     "Yang diterima tidak dapat disimpan atau dibaca kembali oleh Pantau.",
		snapshot.ReasonInternal:    "Pantau sendiri gagal mengerjakannya.",
	}
}
