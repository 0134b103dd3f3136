package doctor

import (
	"bufio"
	"io"
	"os"
	"runtime"
	"strings"
)

// zoneData says where the rules of time zones come from: the machine's own are
// taken before those in the program.
func zoneData() string {
	const folder = "/usr/share/zoneinfo"
	if _, err := os.Stat(folder + "/Asia/Jakarta"); err != nil {
		return "the data in the program (of " + runtime.Version() + ")"
	}
	f, err := os.Open(folder + "/tzdata.zi")
	if err != nil {
		return "the machine's data"
	}
	defer f.Close()
	line, err := bufio.NewReader(io.LimitReader(f, 100)).ReadString('\n')
	version, ok := strings.CutPrefix(strings.TrimSpace(line), "# version ")
	if err != nil || !ok {
		return "the machine's data"
	}
	return "the machine's data, version " + version
}
