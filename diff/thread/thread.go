// Package thread tells which document of a list is which regulation, so that one
// that several sites list is one, and what their texts of it differ in.
//
// Invariants: it is pure. What a list does not say for certain is no identity: a
// document that only cites a regulation, its annex or its abstract, and a draft
// never belong to its thread. Two texts are compared only where both are the text
// of a regulation, and only in what both of them must hold.
package thread

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pantau/diff/law"
	"pantau/internal/snapshot"
)

// Read is what a list tells of a document, and the thread that it belongs to;
// empty: none. issuer is whose regulations the list has whose titles do not say
// it.
func Read(fields snapshot.Fields, issuer string) (snapshot.Entry, string) {
	get := func(name string) string { v, _ := fields.Get(name); return strings.TrimSpace(v) }
	e := snapshot.Entry{Title: get(snapshot.FieldTitle), Type: get(snapshot.FieldType), Number: get(snapshot.FieldNumber),
		Date: get(snapshot.FieldDate), Link: get(snapshot.FieldLink), File: get(snapshot.FieldFile)}
	e.Year = year(get(snapshot.FieldYear))
	id, ok := identify(e, issuer)
	e.Draft = id.Draft || drafted(e.Type) || drafted(lead(e.Title))
	if !ok {
		return e, ""
	}
	id.Draft = e.Draft
	e.Name, e.Issuer = id.String(), id.Issuer
	e.Type, e.Number, e.Year = strings.TrimSuffix(typeOf(id), " "), id.Number, id.Year
	if id.Draft || id.Number == "" || id.Year == 0 || vague(id.Issuer) {
		return e, ""
	}
	return e, id.Key()
}

// typeOf is the short written form of the type alone.
func typeOf(id law.Identity) string {
	id.Number, id.Year, id.Draft = "", 0, false
	return id.String()
}

// identify reads the identity from the title, else from the fields beside it.
func identify(e snapshot.Entry, issuer string) (law.Identity, bool) {
	if id, ok := titled(e.Title); ok && (id.Number != "" || id.Draft) {
		return fuller(id, e, issuer), true
	}
	if e.Number == "" || e.Type == "" {
		return law.Identity{}, false
	}
	number := e.Number
	if low := strings.ToLower(number); e.Year != 0 && !strings.Contains(low, "tahun") && !strings.Contains(low, strconv.Itoa(e.Year)) {
		number += " Tahun " + strconv.Itoa(e.Year)
	}
	if !strings.HasPrefix(strings.ToLower(number), "no") {
		number = "Nomor " + number
	}
	id, ok := law.Identify(e.Type + " " + number)
	if !ok {
		id, ok = law.Identify(e.Type + " " + issuer + " " + number)
	}
	if !ok {
		return id, false
	}
	return fuller(id, e, issuer), true
}

// fuller adds the issuer that a list has for all its regulations.
func fuller(id law.Identity, e snapshot.Entry, issuer string) law.Identity {
	if !vague(id.Issuer) || issuer == "" || id.Number == "" {
		return id
	}
	kind := strings.ToLower(id.Type)
	if long, ok := map[string]string{"permen": "Peraturan Menteri", "kepmen": "Keputusan Menteri", "perka": "Peraturan Kepala", "se": "Surat Edaran Menteri", "semen": "Surat Edaran Menteri", "inmen": "Instruksi Menteri"}[kind]; ok {
		kind = long
	}
	if with, ok := law.Identify(kind + " " + issuer + " Nomor " + id.Number + " Tahun " + strconv.Itoa(id.Year)); ok {
		with.Draft = id.Draft
		return with
	}
	return id
}

// before are the words that may stand before the name of the regulation that a
// title is about. Behind any other word a regulation is only cited.
var before = []string{"salinan", "naskah", "teks", "dokumen", "draf", "draft", "konsultasi", "uji", "publik", "pembahasan", "penyusunan", "undangan"}

// titled reads the regulation that a title is the title of.
func titled(title string) (law.Identity, bool) {
	head := lead(title)
	id, ok := law.Identify(head)
	if !ok {
		return id, false
	}
	if cited := law.Mentions(head); len(cited) > 0 && !leads(head[:cited[0].At.Start]) {
		return law.Identity{}, false
	}
	return id, true
}

func leads(words string) bool {
	for _, w := range strings.FieldsFunc(strings.ToLower(words), func(r rune) bool { return r < 'a' || r > 'z' }) {
		if !slices.Contains(before, w) && w != "rancangan" {
			return false
		}
	}
	return true
}

var subject = regexp.MustCompile(`(?i)\s(?:tentang|mengenai|perihal)\s|\b(?:perubahan|pencabutan)\b`)

// lead is a title up to its subject.
func lead(title string) string {
	if at := subject.FindStringIndex(title + " "); at != nil {
		return title[:min(at[0], len(title))]
	}
	return title
}

var draft = regexp.MustCompile(`(?i)\b(?:rancangan|ruu|rpp|rpm|rojk|rpojk|rpbi|rperpres|raperda|raperpres|rapermen\w*|draf|draft|konsultasi publik|uji publik|public consultation)\b`)

func drafted(s string) bool { return draft.MatchString(s) }

// vague tells whether an issuer says only what kind of office it is.
func vague(issuer string) bool {
	switch issuer {
	case "", "Menteri", "Kepala", "Direktur Jenderal", "Sekretaris Jenderal", "Daerah", "Gubernur", "Bupati", "Wali Kota":
		return true
	}
	return false
}

var fourDigits = regexp.MustCompile(`\b(?:1[89]|20)\d\d\b`)

func year(s string) int {
	n, _ := strconv.Atoi(fourDigits.FindString(s))
	return n
}
