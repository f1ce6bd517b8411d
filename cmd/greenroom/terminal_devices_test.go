package main

import (
	"net"
	"testing"
)

// talkers gives what opens a chat of somebody, who has an account, on a terminal of the size given.
func talkers(t *testing.T, s *server, names ...string) func(name string, cols, rows int) *terminal {
	t.Helper()
	env := []string{"GREENROOM_PASSWORD=" + password, "GREENROOM_PLAINTEXT=true"}
	for _, name := range names {
		cmd := command(t, t.TempDir(), "register", s.Addr, "--user", name)
		cmd.Env = append(cmd.Env, env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("register %s: %v\n%s", name, err, out)
		}
	}
	return func(name string, cols, rows int) *terminal {
		home := append([]string{"HOME=" + t.TempDir()}, env...)
		term := openTerminal(t, cols, rows, home, program(t), "chat", s.Addr, "--user", name, "--room", "#lobby")
		term.see("── #lobby ──", "#lobby>")
		return term
	}
}

func TestLinesAreAnsweredReactedToAndDeletedOnTerminalsOfManySizes(t *testing.T) {
	chat := talkers(t, serve(t, t.TempDir(), "--listen-plain", "127.0.0.1:0"), "ann", "bob", "carol")
	small, ann, bob := chat("carol", 20, 5), chat("ann", 80, 24), chat("bob", 40, 10)
	bob.typeLine("is the deploy out?")
	ann.see("bob  is the deploy out?")
	ann.typeLine("/reply bob since five minutes")
	bob.see("↪ bob “is the deploy out?”:")
	bob.typeLine("/react ^ 🎉")
	ann.see("bob reacts with 🎉 to ann “since five minutes”")
	ann.tmux("set-buffer", "-b", "draft", "the graphs:\n  p50\n  p99\n")
	ann.tmux("paste-buffer", "-p", "-b", "draft")
	ann.see("send 3 lines? [y/n/e]")
	ann.tmux("send-keys", "y")
	bob.see("the graphs:", "│   p99")
	ann.typeLine("/redact ^ wrong graphs")
	bob.see("(wrong graphs)")
	bob.typeLine("/search deploy")
	bob.see("until here")
	small.see("(wrong", "graphs)", "#lobby>")
}

func TestWhatIsReadOnOneDeviceIsNotNewOnTheOther(t *testing.T) {
	s := serve(t, t.TempDir(), "--listen-plain", "127.0.0.1:0")
	chat := talkers(t, s, "ann", "bob")
	desk := chat("ann", 80, 24)
	bob := chat("bob", 80, 24)
	desk.typeLine("/join #dev")
	desk.see("#dev>")
	sock, err := net.Dial("tcp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	other := newWire(t, sock).login("ann")
	other.send("CAP REQ :draft/read-marker")
	other.send("MARKREAD #lobby")
	other.until("MARKREAD #lobby timestamp=") // the answer, or what desk is about to say
	other.send("QUIT")
	bob.typeLine("read on the phone")
	desk.see("#dev (#lobby 1)>")
	phone := chat("ann", 60, 15)
	phone.see("1 new", "read on the phone")
	desk.see("#dev>") // the count is gone
	bob.typeLine("one more")
	phone.see("one more")
	phone.typeLine("/quit")
	bob.typeLine("nobody saw this")
	desk.see("#dev (#lobby 1)>")
}
