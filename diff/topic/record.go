package topic

import (
	"maps"
	"slices"
	"strings"

	"pantau/diff/registry"
	"pantau/internal/snapshot"
)

// event looks for topics in what an event says: of a record that came or went
// all of its fields, else those that were edited. Who an operator of a register
// is, by name and website, says nothing of what the event is about.
func (f *finder) event(place int, e *registry.Event, src snapshot.Source) {
	register := src.Listing != nil && !src.Listing.Plain()
	if register && e.FromIndex != e.ToIndex {
		f.note(place, e.ToIndex, "")
	}
	whole := e.Type == registry.Added || e.Type == registry.Removed
	if whole && !register {
		f.note(place, e.Name, "")
		f.note(place, e.Company, "")
	}
	for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
		if register && names(name, src.Listing) {
			continue
		}
		v := e.Fields[name]
		f.note(place, v[0], "")
		if v[1] != v[0] {
			f.note(place, v[1], "")
		}
	}
}

// names tells whether a field of a register says who an operator is.
func names(field string, l *snapshot.Listing) bool {
	for i := range l.Fields {
		if c := &l.Fields[i]; c.Name == field {
			return c.As == snapshot.Websites || strings.HasPrefix(field, "nama")
		}
	}
	return false
}
