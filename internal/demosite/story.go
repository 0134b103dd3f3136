package demosite

import (
	"slices"
	"time"
)

// The operators of the register that the rounds tell of, by their number in
// /tdpse-detail/.
const (
	OwnOperator        = 10042 // Warung Senja: ours
	VendorOperator     = 10260 // Awan Teduh: hosts what is ours
	CompetitorOperator = 10117 // Kedai Fajar
	GoneOperator       = 10075 // leaves the register without a word
)

// The rounds in which the site itself misbehaves.
const (
	blockedRound = 4
	cutRound     = 5
	cutPage      = 3 // of the biggest index
)

// firstDay is the morning of round 0.
var firstDay = time.Date(2026, time.January, 12, 7, 44, 0, 0, time.FixedZone("WIB", 7*60*60))

// Round is one state of the site.
type Round struct {
	Number   int
	Title    string
	Happened []string // what truly happened since the round before
	Expected []string // what a reader should hear of it; none: rightly nothing
}

// Rounds tells the whole story, the first look first.
func Rounds() []Round { return slices.Clone(story) }

var story = []Round{
	{
		Number:   0,
		Title:    "The first look",
		Happened: []string{"The site is as it is; there is nothing to compare it with."},
		Expected: nil,
	},
	{
		Number: 1,
		Title:  "An ordinary day",
		Happened: []string{
			"View counters, the clock, tokens, the banner and the news moved on.",
			"The register lists the rows of one day in another order, and writes some web addresses with https://www. and some names in capitals.",
			"Nothing of substance changed.",
		},
		Expected: nil,
	},
	{
		Number: 2,
		Title:  "An amended regulation",
		Happened: []string{
			"Peraturan Menteri Contoh 7/2024, Pasal 4 ayat (2): the deadline went from 14 to 7 days.",
			"The same regulation, Pasal 3 ayat (1): huruf c1 was inserted.",
			"Three operators were added to the register.",
		},
		Expected: []string{
			"One change of the regulation, with both wordings.",
			"One change of the register: three added.",
		},
	},
	{
		Number: 3,
		Title:  "Our own operator is suspended",
		Happened: []string{
			"Warung Senja (10042, our own) moved from LOKAL_TERDAFTAR to LOKAL_DIHENTIKAN_SEMENTARA.",
			"Awan Teduh (10260, a vendor of ours) changed its website.",
		},
		Expected: []string{"One change of the register: our own operator first, as urgent; then the vendor's website."},
	},
	{
		Number: 4,
		Title:  "A block page",
		Happened: []string{
			`A firewall answers every request with "Request Rejected" and status 200.`,
			"Behind it nothing changed.",
		},
		Expected: []string{"Administrators hear that every source is blind. Readers hear of no change and of no removal."},
	},
	{
		Number: 5,
		Title:  "A partial listing",
		Happened: []string{
			"The firewall is gone and the regulations answer again.",
			"Page 3 of LOKAL_TERDAFTAR is cut in the middle of a record: two operators seem to be missing. They are not.",
		},
		Expected: []string{"The regulations can be seen again; the register cannot, and nobody is said to have been removed."},
	},
	{
		Number: 6,
		Title:  "Recovery",
		Happened: []string{
			"Every page answers.",
			"Warung Senja (10042, our own) is back in LOKAL_TERDAFTAR.",
			"Kedai Fajar (10117, a competitor) moved from LOKAL_TERDAFTAR to LOKAL_DICABUT.",
			"Operator 10075 is gone from the register.",
		},
		Expected: []string{
			"The register can be seen again, and since when it could not.",
			"One change of the register: our own operator restored, the competitor revoked. No removal yet: one look is no proof.",
		},
	},
	{
		Number:   7,
		Title:    "The day after",
		Happened: []string{"Nothing. Operator 10075 is still gone."},
		Expected: []string{"One change of the register: 10075 removed, with the last look that showed it and the first that did not."},
	},
}
