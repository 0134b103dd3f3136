package foreign

import (
	"errors"
	"fmt"
	"strings"
)

// readUrlwatch reads the jobs of urlwatch or webchanges: one YAML document
// each. One that cannot be read is left, and spoils no other.
func readUrlwatch(data []byte) (*Import, error) {
	if len(data) > largestYAML {
		return nil, fmt.Errorf("it is larger than %d MiB, which is too much YAML", largestYAML>>20)
	}
	im := &Import{Format: Urlwatch}
	all := &budget{left: mostNodes}
	number := 0
	for _, doc := range documents(string(data)) {
		v, err := parseYAML(doc, all)
		if errors.Is(err, errTooMany) {
			return nil, err
		}
		if v == nil && err == nil {
			continue
		}
		number++
		if number > mostWatches {
			return nil, fmt.Errorf("it holds more than %d jobs", mostWatches)
		}
		d := newDraft(fmt.Sprintf("document %d", number))
		job, ok := v.(object)
		switch {
		case err != nil:
			d.leave("(document)", err.Error(), "write it as a plain mapping, or as a source by hand")
		case !ok:
			d.leave("(document)", "this is no job: a job is a mapping of keys and values", "")
		default:
			d.job(job)
		}
		im.Watches = append(im.Watches, d.done())
	}
	if number == 0 {
		return nil, errors.New("it holds no jobs")
	}
	return im, nil
}

// job reads one job.
func (d *draft) job(job object) {
	for _, m := range job {
		key := clean(m.key)
		switch m.key {
		case "name":
			d.name(key, m.value)
		case "url":
			d.address(key, text(m.value))
		case "navigate":
			d.address(key, text(m.value))
			d.comment(key, "the page is rendered by a browser first", "see whether the text stands in the page as it is served, without scripts, then uncomment it")
		case "command":
			d.leave(key, "commands are not run", "watch the page or register that the command asks")
		case "filter", "filters":
			d.filters(key, m.value)
		case "headers":
			d.headers(key, m.value)
		case "timeout":
			d.timeout(key, m.value)
		case "http_proxy", "https_proxy":
			if empty(m.value) {
				d.idle(key)
			} else {
				d.proxy(key, m.value)
			}
		case "tags":
			d.topic(key, texts(m.value)...)
		case "method":
			if strings.EqualFold(text(m.value), "GET") || empty(m.value) {
				d.carry(key)
			} else {
				d.comment(key, "pages are asked for with GET alone", "watch a page that shows the same")
			}
		default:
			r, ok := jobRules[m.key]
			if !ok {
				r = unknown
			}
			r.apply(d, key, m.value)
		}
	}
}

const (
	quietErrors = "administrators are told when a source cannot be seen, subscribers are not; nothing is ignored"
	noScripts   = "see whether the text stands in the page as it is served, without scripts, then uncomment it"
	ownDiff     = "messages show words and passages"
)

// jobRules is what is said of the other keys of a job.
var jobRules = map[string]rule{
	"kind":                      {idle: []string{"url", "browser", "shell"}, why: "jobs of a kind of your own are not carried over", instead: "see whether Pantau reads the page as it is, then uncomment it", comment: true, show: true},
	"user_visible_url":          {why: "messages link to the page that is watched", show: true},
	"cookies":                   {why: "cookies are not sent, their values not shown", instead: "if the page is the same without them, uncomment the source", comment: true},
	"data":                      {why: "nothing is sent with a question, and what it was is not shown", instead: "watch a page that shows the same", comment: true},
	"params":                    {why: "parameters are part of the address in Pantau, and are not shown", instead: "write them into `url`", comment: true},
	"data_as_json":              {why: "nothing is sent with a question", comment: true},
	"ssl_no_verify":             {why: "certificates are always checked", instead: "`ca` names a file with the certificate that the site's chain lacks"},
	"ignore_https_errors":       {why: "certificates are always checked", instead: "`ca` names a file with the certificate that the site's chain lacks"},
	"ignore_cached":             {why: "the site is asked whether the page changed; what it answers is checked"},
	"ignore_connection_errors":  {why: "errors of the connection are not ignored", instead: quietErrors},
	"ignore_timeout_errors":     {why: "time-outs are not ignored", instead: quietErrors},
	"ignore_too_many_redirects": {why: "endless redirects are not ignored", instead: quietErrors},
	"ignore_http_error_codes":   {why: "error pages are not ignored", instead: quietErrors, show: true},
	"ignore_dh_key_too_small":   {why: "weak keys are refused"},
	"no_redirects":              {why: "up to five redirects are followed"},
	"encoding":                  {why: "the encoding is told from the page", show: true},
	"max_tries":                 {why: "a look is tried three times, and its failure told to administrators", show: true},
	"retries":                   {why: "a look is tried three times, and its failure told to administrators", show: true},
	"diff_tool":                 {why: "no program is run", instead: ownDiff},
	"diff_filter":               {why: "differences are not filtered", instead: "`match.keywords` and `match.severity` of a subscriber say what he is told"},
	"diff_filters":              {why: "differences are not filtered", instead: "`match.keywords` and `match.severity` of a subscriber say what he is told"},
	"differ":                    {why: "there is one way to compare", instead: ownDiff},
	"additions_only":            {why: "what is removed is told too"},
	"deletions_only":            {why: "what is added is told too"},
	"contextlines":              {why: "a message shows where a change stands", show: true},
	"compared_versions":         {why: "a look is compared with the last good one", instead: "a change that comes and goes within moments is seen to be noise", show: true},
	"treat_new_as_changed":      {why: "the first look is the baseline, and no change"},
	"is_markdown":               {why: "the text is read from the page"},
	"markdown_padded_tables":    {why: "the text is read from the page"},
	"monospace":                 {why: "messages have one form"},
	"note":                      {why: "notes are not shown in messages", show: true},
	"tz":                        {why: "the time zone of messages is the subscriber's", instead: "`timezone` of a subscriber", show: true},
	"enabled":                   {idle: []string{"true", "yes", "on"}, why: "the job is switched off", instead: "uncomment it to watch it", comment: true},
	"stderr":                    {why: "commands are not run"},
	"http_client":               {why: "there is one HTTP client", show: true},
	"suppress_repeated_errors":  {why: "administrators hear of an outage when it begins and when it ends"},

	"use_browser":                  {why: "the page is rendered by a browser first", instead: noScripts, comment: true},
	"wait_until":                   {why: "no browser is run", instead: noScripts},
	"wait_for":                     {why: "no browser is run", instead: noScripts},
	"wait_for_function":            {why: "no browser is run", instead: noScripts},
	"wait_for_navigation":          {why: "no browser is run", instead: noScripts},
	"wait_for_selector":            {why: "no browser is run", instead: noScripts},
	"wait_for_timeout":             {why: "no browser is run", instead: noScripts},
	"wait_for_url":                 {why: "no browser is run", instead: noScripts},
	"block_elements":               {why: "no browser is run"},
	"switches":                     {why: "no browser is run"},
	"user_data_dir":                {why: "no browser is run"},
	"chromium_revision":            {why: "no browser is run"},
	"initialization_js":            {why: "no scripts are run", instead: noScripts, comment: true},
	"evaluate":                     {why: "no scripts are run", instead: noScripts, comment: true},
	"ignore_default_args":          {why: "no browser is run"},
	"init_script":                  {why: "no scripts are run", instead: noScripts, comment: true},
	"http_credentials":             {why: "the log-in is not carried over, and not shown", instead: "pages behind a log-in cannot be watched by this version", comment: true},
	"loop_forever":                 {why: "`pantau run` looks on schedule"},
	"index_number":                 {why: "sources are named by their ids"},
	"guid":                         {why: "sources are named by their ids"},
	"referer":                      {why: "no referrer is sent"},
	"empty_as_transient":           {why: "an empty page is held, and told to administrators"},
	"ignore_transient_error_codes": {why: "errors of the site are not ignored", instead: quietErrors},
}
