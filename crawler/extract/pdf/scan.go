package pdf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"os/exec"
	"strconv"
	"strings"
	"unicode"

	"github.com/klippa-app/go-pdfium/requests"

	"pantau/internal/snapshot"
)

const (
	fewest    = 24   // letters and digits below which a page has no text to speak of
	sketchDPI = 40   // of the picture by which a scan is known again
	readDPI   = 300  // of the picture that is read
	mostDots  = 12e6 // of that picture
	leastSure = 30   // percent below which a word is what tesseract makes of a stain
)

// letters counts those of the text layer, digits too. odd tells that its words
// are none that a person could read.
func (s *sheet) letters() (letters int, odd bool) {
	words, none := 0, 0
	for i := range s.lines {
		for _, w := range s.lines[i].words {
			n, strange := 0, 0
			for _, r := range w.text {
				switch {
				case unicode.IsLetter(r) || unicode.IsDigit(r):
					n++
				case r == unicode.ReplacementChar || unicode.Is(unicode.Co, r):
					strange++
				}
			}
			letters += n
			words++
			if strange > 0 && 2*strange >= n {
				none++
			}
		}
	}
	return letters, 3*none > words
}

// scan looks at a page that has hardly any text, or none, as a picture. The text
// that it has stays, unless the picture says more.
func (d *reading) scan(page requests.Page, s *sheet) error {
	small, err := d.picture(page, s, sketchDPI)
	if err != nil {
		return err
	}
	if blank(small) {
		return nil
	}
	digest := snapshot.Digest(small.Pix)[:12]
	if !d.o.OCR {
		s.unread = digest
		return nil
	}
	program, err := exec.LookPath("tesseract")
	if err != nil {
		s.unread = digest
		return nil
	}
	if d.scans++; d.scans > d.o.Scans {
		return failed(snapshot.ReasonLimit, "the PDF file has more than %d scanned pages, which are read as pictures (limit: scans)", d.o.Scans)
	}
	large, err := d.picture(page, s, readDPI)
	if err != nil {
		return err
	}
	list, err := recognise(d.ctx, program, large, s)
	if err != nil {
		return err
	}
	typed, _ := s.letters()
	switch drawn, _ := (&sheet{lines: list}).letters(); {
	case drawn > typed:
		s.lines = list
	case typed == 0:
		s.unread = digest
	}
	return nil
}

// picture renders a page in grey.
func (d *reading) picture(page requests.Page, s *sheet, dpi int) (*image.Gray, error) {
	for dpi > 10 && s.width*s.height*float64(dpi*dpi)/(72*72) > mostDots {
		dpi = dpi * 3 / 4
	}
	got, err := d.engine.RenderPageInDPI(&requests.RenderPageInDPI{Page: page, DPI: dpi})
	if err != nil {
		return nil, fmt.Errorf("render page %d: %w", s.number, err)
	}
	defer got.Cleanup()
	from, ok := got.Result.RenderedImage.(*image.RGBA)
	if !ok {
		return nil, fmt.Errorf("render page %d: PDFium gave a picture of another kind (%T)", s.number, got.Result.RenderedImage)
	}
	grey := image.NewGray(from.Bounds())
	for y := from.Rect.Min.Y; y < from.Rect.Max.Y; y++ {
		for x := from.Rect.Min.X; x < from.Rect.Max.X; x++ {
			i := from.PixOffset(x, y)
			p := from.Pix[i : i+3 : i+3]
			grey.SetGray(x, y, color.Gray{Y: uint8((299*int(p[0]) + 587*int(p[1]) + 114*int(p[2])) / 1000)})
		}
	}
	return grey, nil
}

// blank tells whether a picture is of one colour, but for some dots.
func blank(p *image.Gray) bool {
	var count [256]int
	for _, v := range p.Pix {
		count[v]++
	}
	most := 0
	for v := range count {
		near := 0
		for k := max(0, v-8); k <= min(255, v+8); k++ {
			near += count[k]
		}
		most = max(most, near)
	}
	return 1000*(len(p.Pix)-most) < 2*len(p.Pix)
}

// recognise reads a picture with tesseract, which is killed with its parent's
// group.
func recognise(ctx context.Context, program string, p *image.Gray, s *sheet) ([]line, error) {
	var picture, answer, said bytes.Buffer
	fmt.Fprintf(&picture, "P5 %d %d 255\n", p.Rect.Dx(), p.Rect.Dy())
	picture.Write(p.Pix)
	c := exec.CommandContext(ctx, program, "stdin", "stdout", "-l", "ind+eng", "--dpi", fmt.Sprint(readDPI), "--psm", "3", "tsv")
	c.Stdin, c.Stdout, c.Stderr = &picture, &answer, &said
	c.Env = append(c.Environ(), "OMP_THREAD_LIMIT=1")
	if err := c.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var died *exec.ExitError
		if errors.As(err, &died) && strings.Contains(said.String(), "loading language") {
			return nil, failed(snapshot.ReasonInternal, "tesseract has no data for Indonesian and English; install tesseract-ocr-ind and tesseract-ocr-eng")
		}
		// It is no fault of the page: without its words they would seem removed.
		return nil, failed(snapshot.ReasonInternal, "page %d is a picture, and tesseract broke down on it (%v): %.200s", s.number, err, said.String())
	}
	return recognised(answer.String(), s, float64(p.Rect.Dx())), nil
}

// recognised reads tesseract's table. Its places are dots from the upper left
// corner.
func recognised(table string, s *sheet, dots float64) []line {
	if dots == 0 {
		return nil
	}
	scale := s.width / dots
	var out []line
	var at [4]int
	sure := 0
	for row := range strings.Lines(table) {
		f := strings.Split(strings.TrimRight(row, "\n"), "\t")
		if len(f) < 12 || f[0] != "5" {
			continue
		}
		var v [11]int
		for i := range 10 {
			v[i], _ = strconv.Atoi(f[i])
		}
		trust, _ := strconv.ParseFloat(f[10], 64)
		text := strings.TrimSpace(f[11])
		if text == "" || trust < leastSure {
			continue
		}
		place := [4]int{v[1], v[2], v[3], v[4]}
		left, top := float64(v[6])*scale, s.height-float64(v[7])*scale
		w := word{text, box{left, top - float64(v[9])*scale, left + float64(v[8])*scale, top}}
		if len(out) == 0 || place != at {
			out, at, sure = append(out, line{}), place, 0
		}
		l := &out[len(out)-1]
		l.words, l.box = append(l.words, w), l.box.with(w.box)
		sure += int(trust)
		l.trust = max(1, sure/len(l.words))
	}
	return joinLevel(out)
}
