package snapshot

// Losses is what a document of a register lacks of what was known before: the
// evidence on which a look is held that has lost more than a register loses.
type Losses struct {
	Known   int                   `json:"known"`   // keys that the last good look showed
	Missing int                   `json:"missing"` // of them, those that stand in no index now
	Parts   map[string]PartLosses `json:"parts"`   // by index
}

// PartLosses is the same for one index.
type PartLosses struct {
	Rows  int `json:"rows"`  // that the last good look showed
	Lost  int `json:"lost"`  // of them, those that this index lacks now
	Moved int `json:"moved"` // of the lost, those that stand in another index now
}
