package doctor

import "context"

// Renderer is what renders pages: render.Browsers is.
type Renderer interface {
	// Version starts the browser and names it.
	Version(ctx context.Context) (string, error)
	// Unboxed tells whether it runs without a sandbox of its own.
	Unboxed() bool
}

// Browser asks whether pages can be rendered here.
func Browser(r Renderer) Question {
	return Question{What: "browser", Ask: func(ctx context.Context) Finding {
		version, err := r.Version(ctx)
		switch {
		case err != nil:
			return Finding{Level: Failed, Seen: err.Error(), Do: "without it the sources with `render` fail; all others work"}
		case r.Unboxed():
			return Finding{Level: Warning, Seen: version + " starts, without its own sandbox", Do: "run Pantau as a user of its own, and leave `browser: {sandbox: false}` out"}
		}
		return Finding{Level: OK, Seen: version + " starts"}
	}}
}
