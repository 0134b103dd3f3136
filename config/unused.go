package config

import "pantau/internal/snapshot"

// UnusedPresets are the presets that no source uses, as sources of their names:
// reached as any source would be.
func (c *Config) UnusedPresets() []snapshot.Source {
	var out []snapshot.Source
	for _, p := range c.Presets {
		if len(p.Sources) > 0 || p.listing == nil {
			continue
		}
		s := snapshot.Source{ID: p.Name, Name: p.Title, Type: snapshot.Registry, Timezone: c.Timezone, Access: c.Network.Access}
		l := *p.listing
		if len(l.Indexes) == 0 {
			s.Type, l.Indexes = snapshot.Paged, []snapshot.Part{{Name: p.Name}}
		}
		s.Listing, s.Access.Deadline = &l, listingDeadline
		out = append(out, s)
	}
	return out
}
