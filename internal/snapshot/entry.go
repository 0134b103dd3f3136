package snapshot

// Entry is what a list tells of one document, as far as it tells it.
type Entry struct {
	Title  string `json:"title,omitempty"`
	Type   string `json:"type,omitempty"`   // short: "Permenkominfo", "UU"; or as the list has it
	Number string `json:"number,omitempty"` // without the year
	Year   int    `json:"year,omitempty"`
	Issuer string `json:"issuer,omitempty"`
	Date   string `json:"date,omitempty"` // as the list has it
	Link   string `json:"link,omitempty"`
	File   string `json:"file,omitempty"`
	Draft  bool   `json:"draft,omitempty"` // a rancangan, or a consultation about one
	Name   string `json:"name,omitempty"`  // the regulation in short: "Permenkominfo 5/2020"
}
