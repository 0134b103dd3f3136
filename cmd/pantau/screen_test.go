package main

import (
	"bytes"
	"fmt"
	"testing"
)

func TestScreen(t *testing.T) {
	for in, want := range map[string]string{
		"Pasal 7\tayat (2)\n":           "Pasal 7\tayat (2)\n",
		"\x1b[2J\x1b[31mPT Contoh\x07":  "[2J[31mPT Contoh",
		"PT \u202eHOTNOC\u2066 \u200fx": "PT HOTNOC x",
		"baris satu\rbaris dua\u009b1m": "baris satubaris dua1m",
		"𝐓𝐨𝐤𝐨 ； 日本 “kutip”":             "𝐓𝐨𝐤𝐨 ； 日本 “kutip”",
	} {
		var b bytes.Buffer
		n, err := fmt.Fprint(screen{&b}, in)
		if err != nil || n != len(in) || b.String() != want {
			t.Errorf("%q came out as %q (%d, %v), want %q", in, b.String(), n, err, want)
		}
	}
}
