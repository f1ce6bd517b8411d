package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestShellsCompleteOurCommands: with a Tab in each shell, as it starts without
// any settings.
func TestShellsCompleteOurCommands(t *testing.T) {
	for _, c := range []struct {
		shell string
		argv  []string
		load  string
	}{
		{"bash", []string{"bash", "--norc", "--noprofile"}, "PS1='ready> '; source %"},
		{"zsh", []string{"zsh", "-f"}, "PS1='ready> '; autoload -U compinit && compinit -u -D && source %"},
		{"fish", []string{"fish", "--no-config"}, "function fish_prompt; echo -n 'ready> '; end; set -g fish_autosuggestion_enabled 0; source %"},
	} {
		t.Run(c.shell, func(t *testing.T) {
			t.Parallel()
			need(t, c.shell)
			home := t.TempDir()
			file := filepath.Join(home, "completion")
			out, err := command(t, home, "completion", c.shell).Output()
			if err == nil {
				err = os.WriteFile(file, out, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			term := openTerminal(t, 100, 24, []string{"HOME=" + home}, c.argv...)
			term.typeLine(expand(c.load, file))
			term.see("ready> ")
			for _, step := range []struct{ typed, completed string }{
				{"greenroom reg", "> greenroom register"},
				{"greenroom chat --pl", "> greenroom chat --plaintext"},
				{"greenroom config ch", "> greenroom config check"},
				{"greenroom bench fan-out --limit wa", "> greenroom bench fan-out --limit wakeup"},
				{"greenroom completion z", "> greenroom completion zsh"},
				{"greenroom serve --config comp", "> greenroom serve --config completion"}, // a file that is there
			} {
				term.completes(step.typed, step.completed)
			}
		})
	}
}

func expand(load, file string) string {
	return load[:len(load)-1] + "'" + file + "'; cd '" + filepath.Dir(file) + "'"
}

// completes types and presses Tab until the shell, which may still be about to
// start, has completed.
func (term *terminal) completes(typed, completed string) {
	term.t.Helper()
	for deadline := time.Now().Add(patience); ; {
		term.tmux("send-keys", "C-u")
		term.tmux("send-keys", "-l", typed)
		term.see("> " + typed)
		term.tmux("send-keys", "Tab")
		if term.sees(completed, time.Second) {
			term.tmux("send-keys", "C-u")
			return
		}
		if time.Now().After(deadline) {
			term.t.Fatalf("%q is not completed:\n%s", typed, term.screen())
		}
	}
}
