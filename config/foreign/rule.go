package foreign

import "slices"

// rule says why a key is not carried over, where nothing more has to be
// decided than whether it does anything.
type rule struct {
	idle    []string // scalars that do nothing; by default whatever is empty
	why     string
	instead string
	comment bool // what Pantau would read is not what the other program reads
	show    bool // the value is no secret, and helps to do it by hand
}

// apply lists the key under its rule.
func (r rule) apply(d *draft, key string, v any) {
	if r.does(v) {
		d.idle(key)
		return
	}
	why := r.why
	if shown := texts(v); r.show && len(shown) > 0 {
		for i, t := range shown[:min(len(shown), 3)] {
			sep := ", "
			if i == 0 {
				sep = ": "
			}
			why += sep + quoted(t)
		}
		if len(shown) > 3 {
			why += ", ..."
		}
	}
	if r.comment {
		d.comment(key, why, r.instead)
		return
	}
	d.lose(key, why, r.instead)
}

// does tells whether a value does nothing.
func (r rule) does(v any) bool {
	if r.idle == nil || v == nil {
		return empty(v)
	}
	_, list := v.([]any)
	_, mapping := v.(object)
	return !list && !mapping && slices.Contains(r.idle, text(v))
}

// unknown is the rule of a key that nobody here knows.
var unknown = rule{why: "this key is not known here", instead: "see what it does for you"}
