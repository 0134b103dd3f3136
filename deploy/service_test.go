package deploy

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// mostExposed is what the unit may be rated by systemd itself, from 0 to 10.
const mostExposed = 2.0

func TestServiceIsHardened(t *testing.T) {
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed (apt-get install systemd)")
	}
	out, err := exec.Command(tool, "security", "--offline=true", "--no-pager", "pantau.service").CombinedOutput()
	m := regexp.MustCompile(`Overall exposure level for pantau\.service: ([0-9.]+)`).FindSubmatch(out)
	if m == nil {
		t.Fatalf("no rating: %v\n%s", err, out)
	}
	level, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil || level > mostExposed {
		t.Errorf("rated %s, at most %.1f is wanted\n%s", m[1], mostExposed, out)
	}
	t.Logf("rated %s", m[1])
}

// TestServiceFitsTheProgram: what the unit says of the program is true.
func TestServiceFitsTheProgram(t *testing.T) {
	text, err := os.ReadFile("pantau.service")
	if err != nil {
		t.Fatal(err)
	}
	set := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(line, "#") {
			set[key] = value
		}
	}
	_, command, _ := strings.Cut(set["ExecStart"], " ")
	if out, err := exec.Command(release(t), append(strings.Fields(command), "--help")...).CombinedOutput(); err != nil || !strings.Contains(string(out), "pantau "+command) {
		t.Errorf("ExecStart runs %q: %v\n%s", command, err, out)
	}
	c := exec.Command(release(t), "validate")
	c.Env = []string{"PANTAU_CONFIG=/nonexistent"}
	if _, err := c.Output(); err == nil || c.ProcessState.ExitCode() != 2 || set["RestartPreventExitStatus"] != "2" {
		t.Errorf("a wrong configuration exits with %d, and restarts are prevented at %q", c.ProcessState.ExitCode(), set["RestartPreventExitStatus"])
	}
	if set["StateDirectory"] != "pantau" || set["DynamicUser"] != "yes" {
		t.Errorf("the state lies in %q, DynamicUser=%s", set["StateDirectory"], set["DynamicUser"])
	}
}
