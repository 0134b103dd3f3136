package layout

import (
	"maps"
	"slices"
	"strings"
)

// module is the path of ours.
const module = "pantau"

// all in a row means every package of ours but the commands.
const all = "*"

// rows is the import table of doc/design.md: what a package may import of
// ours, both without the module path. A package that does not exist yet breaks
// nothing.
var rows = map[string][]string{
	"internal/egress":      nil,
	"internal/snapshot":    nil,
	"internal/account":     nil,
	"internal/stem":        nil,
	"internal/demosite":    nil,
	"internal/layout":      nil,
	"internal/pgtest":      nil,
	"internal/tally":       nil,
	"acceptance":           nil,
	"deploy":               nil,
	"crawler":              {"crawler/render", "internal/egress", "internal/snapshot"},
	"crawler/render":       {"internal/egress", "internal/snapshot"},
	"crawler/extract/pdf":  {"internal/snapshot"},
	"crawler/extract/docx": {"internal/snapshot"},
	"crawler/extract/cage": {"internal/snapshot", "crawler/extract/pdf", "crawler/extract/docx"},
	"crawler/extract":      {"internal/snapshot", "crawler/extract/cage"},
	"crawler/gate":         {"internal/snapshot"},
	"diff/registry":        {"internal/snapshot"},
	"diff/law":             {"internal/snapshot"},
	"diff/thread":          {"internal/snapshot", "diff/law"},
	"diff":                 {"internal/snapshot", "diff/registry", "diff/law"},
	"diff/topic":           {"diff", "diff/registry", "diff/law", "internal/stem", "internal/snapshot"},
	"notify":               {"diff/topic", "diff", "diff/registry", "diff/law", "internal/snapshot"},
	"notify/console":       channel,
	"notify/slack":         channel,
	"notify/email":         channel,
	"internal/monitor":     {"crawler", "crawler/extract", "crawler/gate", "diff", "diff/topic", "diff/thread", "notify", "diff/registry", "diff/law", "internal/snapshot"},
	"internal/history":     {"notify", "diff/topic", "diff", "internal/snapshot"},
	"internal/schedule":    {"internal/monitor", "notify", "internal/snapshot"},
	"internal/store":       {"internal/schedule", "internal/monitor", "notify", "internal/history", "internal/account", "diff", "diff/registry", "internal/snapshot"},
	"internal/doctor":      {"internal/monitor", "internal/history", "notify", "internal/snapshot"},
	"internal/web":         {"internal/history", "internal/account", "notify", "diff", "diff/registry", "diff/law", "internal/snapshot", "internal/egress"},
	"config":               {all},
	"config/foreign":       {"internal/egress"},
	"cmd/pantau":           {all},
}

// channel is the row of every folder below notify.
var channel = []string{"notify", "internal/egress"}

// never lists edges that "all" does not mean.
var never = map[string][]string{"config": {"internal/store"}}

// may tells whether the package from may import the package to.
func may(from, to string) bool {
	allowed := rows[from]
	if slices.Contains(allowed, to) {
		return true
	}
	return slices.Contains(allowed, all) && from != to && !strings.HasPrefix(to, "cmd/") && !slices.Contains(never[from], to)
}

// reaches is every package of ours that from may reach through others: what
// its tests may name, for the values they hand over come from there.
func reaches(from string) map[string]bool {
	seen := map[string]bool{}
	var walk func(string)
	walk = func(p string) {
		for to := range maps.Keys(rows) {
			if !seen[to] && may(p, to) {
				seen[to] = true
				walk(to)
			}
		}
	}
	walk(from)
	return seen
}

// everywhere marks an import that is confined to no package.
var everywhere = []string{all}

// confined says where an import from outside, and all below it, may stand; the
// longest path that fits decides. Packages of the standard library that are not
// named are free.
var confined = map[string][]string{
	"database/sql": {"internal/store", "internal/schedule"},
	"net/smtp":     {}, // go-mail is our mail client
	"net/rpc":      {},
	"plugin":       {},
	"unsafe":       {},

	"github.com/prometheus/client_golang":      {"internal/web"},
	"golang.org/x/net/netutil":                 {"internal/web"},
	"modernc.org/sqlite":                       {"internal/store"},
	"github.com/jackc/pgx/v5":                  {"internal/store"},
	"github.com/pressly/goose/v3":              {"internal/store"},
	"github.com/klauspost/compress":            {"internal/store"},
	"github.com/riverqueue/river":              {"internal/store", "internal/schedule"},
	"github.com/gocolly/colly/v2":              {"crawler"},
	"github.com/temoto/robotstxt":              {"crawler"},
	"github.com/PuerkitoBio/goquery":           {"crawler/extract"},
	"github.com/andybalholm/cascadia":          {"crawler/extract", "config", "config/foreign"}, // selectors are checked by it
	"github.com/klippa-app/go-pdfium":          {"crawler/extract/pdf"},
	"github.com/tetratelabs/wazero":            {"crawler/extract/pdf"}, // the memory and the folder of PDFium
	"github.com/tidwall/gjson":                 {"crawler/extract"},
	"golang.org/x/net/html":                    {"crawler/extract", "crawler/gate"},
	"golang.org/x/net/html/charset":            {"crawler", "crawler/extract"},
	"golang.org/x/net/publicsuffix":            {"diff/registry", "crawler"}, // what of a domain one can register
	"github.com/chromedp/chromedp":             {"crawler/render"},           // drives a browser over a pipe, and dials nobody
	"github.com/chromedp/cdproto":              {"crawler/render"},
	"golang.org/x/net/idna":                    {"internal/egress", "diff/registry"},
	"github.com/sergi/go-diff":                 {"diff"},
	"github.com/blevesearch/snowballstem":      {"internal/stem"},
	"github.com/slack-go/slack":                {"notify/slack"},
	"github.com/wneessen/go-mail":              {"notify/email"},
	"github.com/vanng822/go-premailer":         {"notify/email"},
	"github.com/goccy/go-yaml":                 {"config", "config/foreign"},
	"github.com/santhosh-tekuri/jsonschema/v6": {"config"},
	"github.com/robfig/cron/v3":                {"internal/schedule", "config"},
	"github.com/spf13/cobra":                   {"cmd/pantau"},
	"github.com/spf13/pflag":                   {"cmd/pantau"},
	"github.com/mattn/go-isatty":               {"cmd/pantau"},
	"golang.org/x/term":                        {"cmd/pantau"},
	"golang.org/x/sys":                         {"internal/store", "cmd/pantau"}, // free disk space, signals
	"golang.org/x/crypto/argon2":               {"internal/account"},
	"golang.org/x/sync":                        everywhere,
	"golang.org/x/text":                        everywhere,
}

// inTests lists what tests may import besides, wherever they stand.
var inTests = []string{
	"github.com/PuerkitoBio/goquery", // the baseline of benchmarks
	"database/sql",
	"net/smtp",
	"pgregory.net/rapid",
	"go.uber.org/goleak",
	"github.com/emersion/go-smtp",
	"github.com/emersion/go-sasl",
	"github.com/antchfx/htmlquery", // an interpreter of XPath to compare with
	"golang.org/x/tools/txtar",
	"github.com/Shopify/toxiproxy/v2", // bad connections, in acceptance
	"github.com/rs/zerolog",           // what toxiproxy logs to
}

// below tells whether an import path is p or stands below it.
func below(path, p string) bool { return path == p || strings.HasPrefix(path, p+"/") }

// home finds the rule for an import from outside: the longest path it stands
// below.
func home(path string) (rule string, where []string, ok bool) {
	for p, w := range confined {
		if below(path, p) && len(p) > len(rule) {
			rule, where, ok = p, w, true
		}
	}
	return rule, where, ok
}
