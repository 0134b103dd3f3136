package config

import (
	"slices"

	"pantau/internal/snapshot"
)

// UnusedPresets are the presets that no source uses, as sources of their names:
// reached as any source would be.
func (c *Config) UnusedPresets() []snapshot.Source {
	var out []snapshot.Source
	for _, p := range c.Presets {
		if len(p.Sources) > 0 || p.listing == nil || opens(p.listing.URL) {
			continue
		}
		s := p.source
		s.ID, s.Timezone, s.Access = p.Name, c.Timezone, c.Network.Access
		l := *p.listing
		if p.kind == snapshot.Page {
			s.URL, s.Access.Deadline = l.URL, pageDeadline
			out = append(out, s)
			continue
		}
		if len(l.Indexes) == 0 {
			l.Indexes = []snapshot.Part{{Name: p.Name}}
		}
		s.Listing, s.Access.Deadline = &l, listingDeadline
		out = append(out, s)
	}
	return out
}

// opens tells whether an address has places that only a source can fill.
func opens(address string) bool {
	return slices.ContainsFunc(placeholder.FindAllStringSubmatch(address, -1), func(m []string) bool { return !slices.Contains(slots(), m[1]) })
}
