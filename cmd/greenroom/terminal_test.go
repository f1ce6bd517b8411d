package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// terminal is a tmux session of its own: a person in front of a screen.
type terminal struct {
	t      *testing.T
	socket string
}

// need passes over a test on a machine that lacks a program; in CI, which
// installs it, the test fails.
func need(t *testing.T, program string) {
	t.Helper()
	_, err := exec.LookPath(program)
	switch {
	case err == nil:
	case os.Getenv("CI") != "":
		t.Fatalf("%s is not installed; .ci/run should have done so", program)
	default:
		t.Skipf("needs %s: apt-get install %s", program, program)
	}
}

func openTerminal(t *testing.T, cols, rows int, env []string, argv ...string) *terminal {
	t.Helper()
	need(t, "tmux")
	term := &terminal{t: t, socket: filepath.Join(t.TempDir(), "tmux")}
	args := []string{"-f", "/dev/null", "start-server", ";", "set-option", "-g", "history-limit", "20000", ";", "new-session", "-d", "-x", fmt.Sprint(cols), "-y", fmt.Sprint(rows)}
	cmd := exec.Command("tmux", append(append([]string{"-S", term.socket}, args...), argv...)...)
	cmd.Env = append(env, "PATH="+os.Getenv("PATH"), "TERM=xterm-256color", "LANG=C.UTF-8")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("tmux: %v\n%s", err, out)
	}
	t.Cleanup(term.close)
	return term
}

// close ends what runs in the terminal, which may have files to write yet.
func (term *terminal) close() {
	out, _ := exec.Command("tmux", "-S", term.socket, "list-panes", "-a", "-F", "#{pane_pid}").Output() // none: it has ended
	_ = exec.Command("tmux", "-S", term.socket, "kill-server").Run()
	deadline := time.Now().Add(patience)
	for _, word := range strings.Fields(string(out)) {
		pid, err := strconv.Atoi(word)
		for err == nil && syscall.Kill(pid, 0) == nil && time.Now().Before(deadline) {
			time.Sleep(20 * time.Millisecond)
		}
	}
}

func (term *terminal) tmux(args ...string) string {
	term.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-S", term.socket}, args...)...).CombinedOutput()
	if err != nil {
		term.t.Fatalf("tmux %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func (term *terminal) typeLine(text string) {
	term.t.Helper()
	term.tmux("send-keys", "-l", text)
	term.tmux("send-keys", "Enter")
}

func (term *terminal) screen() string {
	term.t.Helper()
	return term.tmux("capture-pane", "-p")
}

// all is what the terminal has shown since it was opened, the lines unwrapped.
func (term *terminal) all() string {
	term.t.Helper()
	return term.tmux("capture-pane", "-p", "-J", "-S", "-")
}

// see waits until the screen shows all the texts.
func (term *terminal) see(texts ...string) {
	term.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		screen, missing := term.screen(), ""
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				missing = text
			}
		}
		if missing == "" {
			return
		}
		if time.Now().After(deadline) {
			term.t.Fatalf("never saw %q on\n%s", missing, screen)
		}
	}
}

// sees tells whether the screen shows a text within a while.
func (term *terminal) sees(text string, while time.Duration) bool {
	term.t.Helper()
	for deadline := time.Now().Add(while); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if strings.Contains(term.screen(), text) {
			return true
		}
	}
	return false
}

// end waits until what runs in the terminal has ended.
func (term *terminal) end() {
	term.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		if exec.Command("tmux", "-S", term.socket, "has-session").Run() != nil {
			return
		}
		if time.Now().After(deadline) {
			term.t.Fatalf("it does not end:\n%s", term.screen())
		}
	}
}

func TestTwoPeopleRegisterTalkAndReadWhatTheyMissed(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--listen", "127.0.0.1:0")
	chat := func(home, user string) *terminal {
		env := []string{"HOME=" + home}
		return openTerminal(t, 80, 24, env, program(t), "chat", s.Addr, "--user", user, "--room", "#lobby")
	}
	newcomer := func(user string) (*terminal, string) {
		home := t.TempDir()
		term := chat(home, user)
		term.see("SHA256:")
		term.typeLine("yes")
		term.see("assword")
		term.typeLine("")
		term.see("assword")
		term.typeLine(password)
		term.see("again")
		term.typeLine(password)
		term.see("#lobby>")
		return term, home
	}
	ann, _ := newcomer("ann")
	bob, home := newcomer("bob")
	ann.see("bob")
	ann.tmux("send-keys", "-l", "half a thought")
	bob.typeLine("hello ann")
	ann.see("hello ann", "#lobby> half a thought")
	ann.tmux("send-keys", "Enter")
	bob.see("half a thought")
	bob.typeLine("/quit")
	ann.see("hello ann")
	ann.typeLine("this one you will have to catch up with")
	ann.see("catch up")

	back := chat(home, "bob")
	back.see("assword")
	back.typeLine(password)
	back.see("this one you will have to catch up with")
	for _, screen := range []string{ann.screen(), back.screen()} {
		if strings.Contains(screen, "herons") {
			t.Errorf("a password is shown:\n%s", screen)
		}
	}
}

func TestPipesSendAndRegisterExitAsScriptsExpect(t *testing.T) {
	s := serve(t, t.TempDir(), "--listen-plain", "127.0.0.1:0")
	home := t.TempDir()
	run := func(stdin string, args ...string) (string, int) {
		cmd := command(t, home, args...)
		cmd.Env = append(cmd.Env, "GREENROOM_PASSWORD="+password, "GREENROOM_PLAINTEXT=true")
		cmd.Stdin = strings.NewReader(stdin)
		out, err := cmd.CombinedOutput()
		if err != nil && cmd.ProcessState == nil {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	for _, step := range []struct {
		stdin string
		args  []string
		code  int
		says  string
	}{
		{"", []string{"register", s.Addr, "--user", "ann"}, 0, ""},
		{"", []string{"register", s.Addr, "--user", "ann"}, 1, "taken"},
		{"", []string{"send", "#ops", "disk", "is", "full", "--server", s.Addr, "--user", "ann"}, 0, ""},
		{"one\ntwo\n", []string{"send", "#ops", "--server", s.Addr, "--user", "ann"}, 0, ""},
		{"", []string{"send", "nobody", "hi", "--server", s.Addr, "--user", "ann"}, 1, "nobody"},
		{"three\n", []string{"chat", s.Addr, "--user", "ann", "--room", "#ops", "--json"}, 0, "three"},
		{"", []string{"send", "#ops", "hi", "--server", s.Addr, "--user", "stranger"}, 1, ""},
		{"", []string{"nonsense"}, 2, "nonsense"},
	} {
		out, code := run(step.stdin, step.args...)
		if code != step.code || !strings.Contains(out, step.says) {
			t.Errorf("%v: exit %d, want %d, saying %q\n%s", step.args, code, step.code, step.says, out)
		}
	}
	sock, err := net.Dial("tcp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	bob := newWire(t, sock)
	bob.register("bob").send("JOIN #ops")
	bob.until(" 366 ")
	got := strings.Join(pages(bob, "#ops"), "\n")
	for _, text := range []string{":disk is full", ":one", ":two", ":three"} {
		if strings.Count(got, text) != 1 {
			t.Errorf("%q is stored %d times in\n%s", text, strings.Count(got, text), got)
		}
	}
}

func TestIrssiRegistersJoinsAndTalks(t *testing.T) {
	need(t, "irssi")
	s := serve(t, t.TempDir(), "--listen", "127.0.0.1:0")
	dialTLS(t, s.Addr).register("carol").send("QUIT")
	host, port, _ := strings.Cut(s.Addr, ":")
	home := t.TempDir()
	config := fmt.Sprintf(`servers = ({ address = "%s"; port = "%s"; chatnet = "g"; use_tls = "yes"; tls_verify = "no"; autoconnect = "yes"; });
chatnets = { g = { type = "IRC"; sasl_mechanism = "PLAIN"; sasl_username = "carol"; sasl_password = "%s"; }; };
settings = { core = { real_name = "Carol"; user_name = "carol"; nick = "carol"; }; };
`, host, port, password)
	if err := os.WriteFile(filepath.Join(home, "config"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	irssi := openTerminal(t, 100, 30, []string{"HOME=" + home}, "irssi", "--home", home)
	irssi.see("logged in as carol")
	irssi.typeLine("/join #tea")
	irssi.see("[@carol]")
	ann := dialTLS(t, s.Addr).register("ann")
	ann.send("JOIN #tea")
	ann.until(" 366 ")
	irssi.see("ann")
	ann.send("PRIVMSG #tea :the kettle is on")
	irssi.see("the kettle is on")
	irssi.typeLine("two sugars please")
	ann.until("PRIVMSG #tea :two sugars please")
	irssi.typeLine("/topic biscuits")
	ann.until("TOPIC #tea biscuits")
	irssi.typeLine("/whois ann")
	irssi.typeLine("/window 1") // where irssi answers
	irssi.see("End of WHOIS")
	irssi.typeLine("/quit")
	ann.until("QUIT")
}
