package config

import (
	"testing"
	"time"
)

func TestAllClear(t *testing.T) {
	c, err := Parse("pantau.yaml", []byte(`sources: [{id: a, type: page, url: "https://example.co.id/a"}]
subscribers:
  - {id: none, channels: [console]}
  - {id: weekly, channels: [console], all_clear: weekly}
  - {id: day, channels: [console], all_clear: {day: friday}}
  - {id: hour, channels: [console], all_clear: {day: sunday, hour: 0}}
`), none)
	if err != nil {
		t.Fatal(err)
	}
	if a := c.Subscriptions[0].AllClear; a != nil {
		t.Errorf("a report that nobody asks for: %+v", a)
	}
	for i, want := range map[int]struct {
		day  time.Weekday
		hour int
	}{1: {time.Monday, 8}, 2: {time.Friday, 8}, 3: {time.Sunday, 0}} {
		if a := c.Subscriptions[i].AllClear; a == nil || a.Day != want.day || a.Hour != want.hour {
			t.Errorf("%s: %+v, want %+v", c.Subscriptions[i].ID, a, want)
		}
	}
}
