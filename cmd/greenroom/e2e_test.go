package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestTwoTalkAndTheAbsentOneCatchesUp(t *testing.T) {
	s := serve(t, t.TempDir(), "--listen", "127.0.0.1:0")
	ann := dialTLS(t, s.Addr).register("ann")
	bob := dialTLS(t, s.Addr).register("bob")
	ann.send("JOIN #tea")
	ann.until(" 366 ")
	bob.send("JOIN #tea")
	bob.until(" 366 ")
	ann.until("JOIN #tea")

	ann.send("PRIVMSG #tea :is anyone here?")
	ann.until("PRIVMSG #tea :is anyone here?") // echo: it is stored
	bob.until("PRIVMSG #tea :is anyone here?")
	bob.send("QUIT :off")
	bob.until("ERROR")

	ann.send("PRIVMSG #tea :you missed this")
	ann.send("PRIVMSG bob :and this is for you alone")
	ann.fence()

	back := dialTLS(t, s.Addr).login("bob")
	back.send("CHATHISTORY LATEST #tea * 10")
	got := strings.Join(back.until("BATCH -"), "\n")
	for _, want := range []string{"is anyone here?", "you missed this"} {
		if !strings.Contains(got, want) {
			t.Errorf("history lacks %q:\n%s", want, got)
		}
	}
	back.send("CHATHISTORY LATEST ann * 10")
	if got := strings.Join(back.until("BATCH -"), "\n"); !strings.Contains(got, "for you alone") {
		t.Errorf("a message to somebody offline was not kept:\n%s", got)
	}
}

func TestRememberedRoomsAreRejoinedAtLogin(t *testing.T) {
	s := serve(t, t.TempDir(), "--listen", "127.0.0.1:0")
	ann := dialTLS(t, s.Addr).register("ann")
	ann.send("JOIN #tea")
	ann.until(" 366 ")
	ann.send("QUIT")
	ann.until("ERROR")

	again := dialTLS(t, s.Addr).login("ann")
	again.send("NAMES #tea")
	if got := strings.Join(again.until(" 366 "), "\n"); !strings.Contains(got, "ann") {
		t.Errorf("not in the room:\n%s", got)
	}
}

func TestServerKilledAtAnyInstantKeepsWhatItEchoed(t *testing.T) {
	data, free := t.TempDir(), configured(t, "[rate_limits]\nenabled = false\n")
	var echoed []string
	for round := range 3 {
		s := serve(t, data, "--config", free, "--listen", "127.0.0.1:0")
		w := dialTLS(t, s.Addr)
		if round == 0 {
			w.register("ann")
		} else {
			w.login("ann")
		}
		w.send("JOIN #tea")
		w.fence()
		for i := range 200 {
			w.send("PRIVMSG #tea :round %d line %d.", round, i)
		}
		for i := range 100 + 30*round {
			line := fmt.Sprintf("round %d line %d.", round, i)
			w.until(line)
			echoed = append(echoed, line)
		}
		s.stop(t, syscall.SIGKILL)
	}

	s := serve(t, data, "--listen", "127.0.0.1:0")
	w := dialTLS(t, s.Addr).login("ann")
	w.fence()
	history := pages(w, "#tea")
	at := -1
	for _, line := range echoed {
		found := -1
		for i, got := range history {
			if strings.HasSuffix(got, ":"+line) {
				if found >= 0 {
					t.Fatalf("%q is there twice", line)
				}
				found = i
			}
		}
		if found <= at {
			t.Fatalf("%q is lost or out of order (place %d after %d) among %d", line, found, at, len(history))
		}
		at = found
	}
}

// configured writes a configuration file.
func configured(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "greenroom.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// pages reads the whole history of a room, oldest first.
func pages(w *wire, room string) []string {
	var all []string
	since := "timestamp=2000-01-01T00:00:00.000Z"
	for {
		w.send("CHATHISTORY AFTER %s %s 100", room, since)
		var page []string
		for _, line := range w.until("BATCH -") {
			if strings.Contains(line, " PRIVMSG ") {
				page = append(page, line)
			}
		}
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
		_, id, _ := strings.Cut(page[len(page)-1], "msgid=")
		since = "msgid=" + strings.FieldsFunc(id, func(r rune) bool { return r == ';' || r == ' ' })[0]
	}
}

func TestSignalEndsInOrderWithinFiveSeconds(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) {
			s := serve(t, t.TempDir(), "--listen", "127.0.0.1:0")
			ann := dialTLS(t, s.Addr).register("ann")
			var silent []*wire
			for range 20 {
				silent = append(silent, dialTLS(t, s.Addr))
			}
			code, took := s.stop(t, sig)
			if code != 0 || took > 5*time.Second {
				t.Errorf("exit %d after %v\n%s", code, took, s.Log())
			}
			ann.until("ERROR")
			_ = silent
		})
	}
}

func TestAttack05PlainTextOnTheTLSPortGetsNoBanner(t *testing.T) {
	s := serve(t, t.TempDir(), "--listen", "127.0.0.1:0")
	sock, err := net.Dial("tcp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer sock.Close()
	fmt.Fprintf(sock, "NICK eve\r\nUSER eve 0 * :eve\r\n")
	sock.SetReadDeadline(time.Now().Add(patience))
	buf := make([]byte, 4096)
	n, _ := sock.Read(buf)
	if strings.Contains(string(buf[:n]), "greenroom") || strings.Contains(string(buf[:n]), "NOTICE") {
		t.Errorf("said %q", buf[:n])
	}
}

func TestAttack87SecondServerOnOneDirectoryIsRefused(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--listen", "127.0.0.1:0")
	second := launch(t, data, "--listen", "127.0.0.1:0")
	if second.Addr != "" || second.ProcessState.ExitCode() != 1 || !strings.Contains(second.Log(), "another") {
		t.Errorf("exit %v\n%s", second.ProcessState, second.Log())
	}
	dialTLS(t, s.Addr).register("ann")
}

func TestBadConfigurationExitsWith2AndNamesEveryFault(t *testing.T) {
	file := configured(t, "server_name = \"x\"\nnope = 1\n")
	for _, args := range [][]string{{"serve", "--config", file}, {"config", "check", file}} {
		cmd := command(t, t.TempDir(), args...)
		out, err := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); err == nil || code != 2 ||
			!strings.Contains(string(out), "greenroom.toml:1: server_name") || !strings.Contains(string(out), "greenroom.toml:2: nope") {
			t.Errorf("%v: exit %d\n%s", args, code, out)
		}
	}
}

func TestPlainTextIsRefusedBeyondLoopback(t *testing.T) {
	s := launch(t, t.TempDir(), "--listen-plain", "0.0.0.0:0")
	if s.Addr != "" || s.ProcessState.ExitCode() != 2 || !strings.Contains(s.Log(), "loopback") {
		t.Errorf("%v\n%s", s.ProcessState, s.Log())
	}
}

// "See for yourself" of the README.
func TestNoMessageNameOrPasswordIsReadableOnDisk(t *testing.T) {
	s := serve(t, t.TempDir(), "--listen", "127.0.0.1:0")
	ann := dialTLS(t, s.Addr).register("annabella")
	ann.send("JOIN #secretgarden")
	ann.until(" 366 ")
	ann.send("PRIVMSG #secretgarden :the password of the vault is kumquat")
	ann.until("kumquat")
	s.stop(t, syscall.SIGTERM)
	files := 0
	filepath.WalkDir(s.Data, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"kumquat", "annabella", "secretgarden", "herons"} {
			if bytes.Contains(bytes.ToLower(content), []byte(word)) {
				t.Errorf("%s holds %q", path, word)
			}
		}
		return nil
	})
	if files < 5 {
		t.Fatalf("only %d files in %s", files, s.Data)
	}
}
