package deploy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// image is what the last stage of the Containerfile says.
type image struct {
	from     string
	copied   map[string]string // to -> from
	user     uint32
	dir      string
	env      []string
	volume   string
	start    []string
	health   []string
	builders []string // what the stages before are made from
}

// containerfile reads the few instructions that ours is made of, and fails for
// any other.
func containerfile(t *testing.T) image {
	t.Helper()
	text, err := os.ReadFile("Containerfile")
	if err != nil {
		t.Fatal(err)
	}
	var im image
	list := func(s string) (out []string) {
		if err := json.Unmarshal([]byte(s), &out); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		return out
	}
	var command []string
	for line := range strings.Lines(string(text)) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "", "#", "ARG", "RUN", "EXPOSE", "STOPSIGNAL":
		case "FROM":
			if im.from != "" {
				im.builders = append(im.builders, im.from)
			}
			im = image{from: strings.Fields(rest)[0], builders: im.builders, copied: map[string]string{}}
		case "COPY":
			f := strings.Fields(rest)
			im.copied[f[len(f)-1]] = f[len(f)-2]
		case "USER":
			uid, _, _ := strings.Cut(rest, ":")
			n, err := strconv.ParseUint(uid, 10, 32)
			if err != nil {
				t.Fatalf("USER %s is no number: an orchestrator cannot see that it is not root", rest)
			}
			im.user = uint32(n)
		case "WORKDIR":
			im.dir = rest
		case "ENV":
			im.env = append(im.env, strings.Fields(rest)...)
		case "VOLUME":
			im.volume = rest
		case "ENTRYPOINT":
			im.start = list(rest)
		case "CMD":
			command = list(rest)
		case "HEALTHCHECK":
			_, c, _ := strings.Cut(rest, " CMD ")
			im.health = list(c)
		default:
			if !strings.HasPrefix(word, "#") {
				t.Fatalf("an instruction that this test does not know: %s", line)
			}
		}
	}
	im.start = append(im.start, command...)
	return im
}

func TestContainerfile(t *testing.T) {
	im := containerfile(t)
	if im.from != "scratch" || im.user == 0 || im.volume == "" || im.dir != im.volume {
		t.Errorf("%+v", im)
	}
	module, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(module), "\ngo ")
	version := strings.Join(strings.SplitN(strings.Fields(rest)[0], ".", 3)[:2], ".")
	if len(im.builders) != 1 || im.builders[0] != "golang:"+version {
		t.Errorf("built in %v, go.mod wants Go %s", im.builders, version)
	}
}

// TestContainer lays the image out as the Containerfile says and runs it as an
// engine would, as its user, with nothing else of the machine but its network.
func TestContainer(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can change the root of a process")
	}
	im := containerfile(t)
	root := t.TempDir()
	for to, from := range im.copied {
		lay(t, root, to, from, im.user)
	}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/page" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, `<html><body><main><h1>Peraturan 5/2020</h1><p>Penyelenggara wajib melakukan pendaftaran sebelum sistem digunakan.</p></main></body></html>`)
	}))
	defer site.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	conf := fmt.Sprintf("database: %s/pantau.db\ntimezone: Asia/Makassar\nlisten: %s\nnetwork: {delay: 0s, allow: [127.0.0.0/8]}\nsources: [{id: page, type: page, url: %s/page, schedule: '@every 1s'}]\n",
		im.volume, l.Addr(), site.URL)
	settings := filepath.Join(root, "etc", "pantau")
	if err := errors.Join(os.MkdirAll(settings, 0o755), os.WriteFile(filepath.Join(settings, "pantau.yaml"), []byte(conf), 0o644), opened(root)); err != nil {
		t.Fatal(err)
	}
	before := outline(t, root, im.volume)

	inside := func(args []string) *exec.Cmd {
		c := exec.Command(args[0], args[1:]...)
		c.Path, c.Dir, c.Env = args[0], im.dir, im.env
		c.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: im.user, Gid: im.user, NoSetGroups: false}, Pdeathsig: syscall.SIGKILL}
		return c
	}
	var log bytes.Buffer
	run := inside(im.start)
	run.Stdout, run.Stderr = &log, &log
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- run.Wait() }()
	end := time.Now().Add(30 * time.Second)
	for {
		out, err := inside(append(im.health, "--ready")).CombinedOutput()
		if err == nil {
			break
		}
		if time.Now().After(end) {
			run.Process.Kill()
			<-ended
			t.Fatalf("never ready: %s\n%s", out, log.String())
		}
		time.Sleep(200 * time.Millisecond)
	}
	if out, err := inside(im.health).CombinedOutput(); err != nil {
		t.Errorf("healthcheck: %v: %s", err, out)
	}
	if out, err := inside([]string{im.start[0], "check", "--no-deliver"}).CombinedOutput(); err != nil {
		t.Errorf("check: %v: %s", err, out)
	}
	run.Process.Signal(syscall.SIGTERM)
	if err := <-ended; err != nil {
		t.Errorf("stopped with %v\n%s", err, log.String())
	}
	if out, err := inside(im.health).CombinedOutput(); err == nil {
		t.Errorf("what has stopped is healthy: %s", out)
	}
	if after := outline(t, root, im.volume); after != before {
		t.Errorf("something was written beside the volume:\n%s\nbefore\n%s", after, before)
	}
	if _, err := os.Stat(filepath.Join(root, im.volume, "pantau.db")); err != nil {
		t.Error(err)
	}
}

// lay copies one thing into the image, as its COPY line says.
func lay(t *testing.T, root, to, from string, user uint32) {
	t.Helper()
	target := filepath.Join(root, to)
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		t.Fatal(err)
	}
	switch from {
	case "/out/pantau":
		from = release(t)
	case "/out/data":
		if err := errors.Join(os.Mkdir(target, 0o700), os.Chown(target, int(user), int(user))); err != nil {
			t.Fatal(err)
		}
		return
	}
	text, err := os.ReadFile(from)
	if errors.Is(err, fs.ErrNotExist) { // the certificates: this machine has none, the builder's image has
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(target, text, 0o755); err != nil {
		t.Fatal(err)
	}
}

// opened lets the container's user come to the folder, and to nothing beside it.
func opened(root string) error {
	var errs []error
	for dir := root; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		errs = append(errs, os.Chmod(dir, 0o755))
	}
	return errors.Join(errs...)
}

// outline lists what is in the image outside of the volume.
func outline(t *testing.T, root, volume string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path == filepath.Join(root, volume) {
			return filepath.SkipDir
		}
		info, err := d.Info()
		fmt.Fprintln(&b, strings.TrimPrefix(path, root), info.Mode(), info.Size())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
