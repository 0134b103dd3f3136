package demosite

import "fmt"

// Config is the configuration by which Pantau watches the site served at
// baseURL ("http://127.0.0.1:port") with the given database: the register, the
// list of regulations and two of them; our operator, a vendor and a competitor
// followed; one subscriber and the administrators on the console.
func Config(baseURL, database string) []byte {
	return fmt.Appendf(nil, configuration, database, baseURL, baseURL+"/produk-hukum", baseURL+AmendedRegulation,
		baseURL+QuietRegulation, OwnOperator, VendorOperator, CompetitorOperator)
}

// Politeness is off and loopback allowed: the site is this very process.
const configuration = `database: %q
timezone: Asia/Jakarta
language: en
administrators: [console]
network:
  delay: 0s
  allow: [127.0.0.0/8]
sources:
  - id: pse
    name: Register of electronic system operators
    type: registry
    preset: pse-api-public
    base: %q
    schedule: "@every 1m"
    topics: [pse]
  - id: produk-hukum
    name: List of regulations
    type: page
    url: %q
    select: ["#produk-content"]
    remove: [".statistik"]
    schedule: "@every 1m"
  - id: permen-7-2024
    name: Peraturan Menteri Contoh 7/2024
    type: page
    url: %q
    select: ["#produk-content"]
    remove: [".statistik"]
    topics: [pse]
    schedule: "@every 1m"
  - id: permen-3-2023
    name: Peraturan Menteri Contoh 3/2023
    type: page
    url: %q
    select: ["#produk-content"]
    remove: [".statistik"]
    topics: [data]
    schedule: "@every 1m"
follow:
  - {operator: %d, as: own}
  - {operator: %d, as: vendor}
  - {operator: %d, as: competitor}
subscribers:
  - id: compliance
    language: en
    channels: [console]
`
