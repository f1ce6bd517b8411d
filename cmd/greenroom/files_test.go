package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// connectionsOf is what a server says at ready.
func connectionsOf(t *testing.T, s *server) int {
	t.Helper()
	for line := range strings.Lines(s.Log()) {
		var entry struct {
			Message     string
			Connections int
		}
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Message == "ready" {
			return entry.Connections
		}
	}
	t.Fatalf("not ready\n%s", s.Log())
	return 0
}

func TestTheServerTakesTheFilesThatItMayAndSaysHowManyCanConnect(t *testing.T) {
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	file := t.TempDir() + "/greenroom.toml"
	if err := os.WriteFile(file, []byte("[limits]\nconnections = 600\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serveUnder(t, "ulimit -Sn 300", "--config", file)
	if got := connectionsOf(t, s); got != 600 {
		t.Errorf("%d connections can be held, with %d files allowed to it", got, before.Max)
	}
	if limits := limitsOf(t, s.Process.Pid); limits != before.Max {
		t.Errorf("it may have %d files, and took %d", before.Max, limits)
	}
	few := serveUnder(t, "ulimit -n 700", "--config", file)
	if got, most := connectionsOf(t, few), 700-spareFiles(700); got != most && got != 600 { // root may raise it
		t.Errorf("%d connections can be held with 700 files; want %d", got, most)
	}
}

// serveUnder is serve by a shell that has done something before.
func serveUnder(t *testing.T, before string, args ...string) *server {
	t.Helper()
	return serveBy(t, t.TempDir(), func(args []string) *exec.Cmd {
		cmd := command(t, t.TempDir(), args...)
		cmd.Args = append([]string{"sh", "-c", before + ` && exec "$0" "$@"`, cmd.Path}, args...)
		cmd.Path = "/bin/sh"
		return cmd
	}, append(args, "--listen", "127.0.0.1:0")...)
}

// limitsOf is how many files a process may have open.
func limitsOf(t *testing.T, pid int) (soft uint64) {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "Max open files"); ok {
			if _, err := fmt.Sscan(rest, &soft); err != nil {
				t.Fatal(err)
			}
			return soft
		}
	}
	t.Fatal("no limit of open files")
	return 0
}
