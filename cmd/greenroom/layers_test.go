package main

import (
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/greenroom-chat/greenroom/"

// Each row names a tree, an import that it may not have, directly or through
// others, and why.
var forbidden = []struct {
	tree, imports string
	why           string
}{
	{"actors", module + "net", "actors know nothing of the wire"},
	{"actors", module + "persistence", "actors speak the journal's words only"},
	{"actors", module + "repl", "dependencies run downward"},
	{"net", module + "persistence", "the wire reaches the disk through actors"},
	{"net", module + "repl", "dependencies run downward"},
	{"net/irc", module, "the grammar imports nothing of ours"},
	{"net/irc", "github.com/asynkron", "the grammar has never heard of an actor"},
	{"net/client", module + "actors", "a client speaks the protocol, not actors"},
	{"persistence", module + "net", "the store knows nothing of the wire"},
	{"repl", module + "actors", "a client speaks the protocol, not actors"},
	{"repl", module + "persistence", "a client has no database"},
}

// direct rows are about a package's own imports: badger, liner and zerolog
// have one door each.
var direct = []struct{ imports, door, why string }{
	{"github.com/dgraph-io/badger", "persistence", "badger has one door"},
	{"github.com/peterh/liner", "repl", "liner has one door"},
	{"github.com/creack/pty", "repl", "terminals have one door"},
	{"github.com/coder/websocket", "net/ws", "WebSocket has one door"},
	{"github.com/pires/go-proxyproto", "net/listen", "the PROXY protocol has one door"},
	{"github.com/rs/zerolog", "actors/supervise cmd", "logs are written by cmd and supervise only"},
}

func TestLayers(t *testing.T) {
	for _, f := range forbidden {
		for pkg, deps := range list(t, "{{range .Deps}} {{.}}{{end}}", "./"+f.tree+"/...") {
			for _, dep := range deps {
				if strings.HasPrefix(dep, f.imports) && !strings.HasPrefix(dep, module+f.tree) {
					t.Errorf("%s imports %s: %s", pkg, dep, f.why)
				}
			}
		}
	}
	for pkg, imports := range list(t, "{{range .Imports}} {{.}}{{end}}", "./...") {
		for _, d := range direct {
			for _, imported := range imports {
				if strings.HasPrefix(imported, d.imports) && !behind(pkg, d.door) {
					t.Errorf("%s imports %s: %s, %s", pkg, imported, d.why, d.door)
				}
			}
		}
	}
}

func behind(pkg, doors string) bool {
	for _, door := range strings.Fields(doors) {
		if strings.HasPrefix(pkg+"/", module+door+"/") {
			return true
		}
	}
	return false
}

// list asks the go command; keys are import paths.
func list(t *testing.T, format, pattern string) map[string][]string {
	t.Helper()
	cmd := exec.Command("go", "list", "-f", "{{.ImportPath}}"+format, pattern)
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		found[words[0]] = words[1:]
	}
	return found
}
