package foreign

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf8"
)

// readArchive reads a backup of changedetection.io: older ones hold everything
// in url-watches.json, newer ones a watch.json or tag.json a folder. Nothing is
// unpacked onto a disk, and nothing else of the archive is opened.
func readArchive(data []byte) (*Import, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, errors.New("it begins like a zip archive, but cannot be read as one")
	}
	if len(z.File) > mostInArchive {
		return nil, fmt.Errorf("it holds more than %d files", mostInArchive)
	}
	r := &archive{changeDetection: &changeDetection{im: &Import{Format: ChangeDetection}}, budget: &budget{left: mostNodes}, left: largestText}
	for _, f := range z.File {
		if err := r.file(f); err != nil {
			return nil, err
		}
	}
	if r.skipped > 0 {
		r.im.Notes = append(r.im.Notes, Note{Keys: []string{"(archive)"}, Class: Record,
			Why: fmt.Sprintf("%d other files, the other program's history and settings", r.skipped)})
	}
	r.place = ""
	return r.finish()
}

type archive struct {
	*changeDetection
	budget  *budget
	left    int64 // bytes that may still be unpacked
	skipped int
}

func (r *archive) file(f *zip.File) error {
	name := path.Base(f.Name)
	folder := path.Base(path.Dir(f.Name))
	switch name {
	case "url-watches.json", "changedetection.json", "watch.json", "tag.json":
	default:
		if !strings.HasSuffix(f.Name, "/") {
			r.skipped++
		}
		return nil
	}
	text, err := r.unpack(f)
	if err != nil {
		return err
	}
	values, err := parseJSON(text, r.budget)
	if errors.Is(err, errTooMany) {
		return err
	}
	if err != nil || len(values) != 1 {
		r.note(clean(f.Name), "this file of the archive cannot be read as JSON")
		return nil
	}
	o, ok := values[0].(object)
	switch {
	case !ok:
		r.note(clean(f.Name), "this file of the archive holds no mapping")
	case name == "watch.json" && isWatch(o):
		r.add("watch "+clean(folder), o)
	case name == "watch.json":
		r.note(clean(f.Name), "this is no watch")
	case name == "tag.json":
		r.group("tag."+clean(folder), folder, o)
	default:
		r.changeDetection.file(o)
	}
	return nil
}

// unpack reads a file of the archive, as far as the bound of all of them goes:
// what its head says of its size may be a lie.
func (r *archive) unpack(f *zip.File) ([]byte, error) {
	tooLarge := fmt.Errorf("its watches are larger than %d MiB unpacked", largestText>>20)
	if f.UncompressedSize64 > uint64(r.left) {
		return nil, tooLarge
	}
	body, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%s in it cannot be opened", clean(f.Name))
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, r.left+1))
	if r.left -= int64(len(text)); r.left < 0 {
		return nil, tooLarge
	}
	if err != nil || !utf8.Valid(text) {
		return nil, fmt.Errorf("%s in it is damaged", clean(f.Name))
	}
	return text, nil
}
