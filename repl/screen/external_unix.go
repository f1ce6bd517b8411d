//go:build unix

package screen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync/atomic"

	"golang.org/x/term"
)

// maxEdited bounds what is read of the file that an editor has left.
const maxEdited = maxPaste

var editing atomic.Bool // there is one terminal

// Editing tells whether the user's editor has the terminal: then Ctrl-C is for the editor, though the terminal sends
// SIGINT to this process, too.
func Editing() bool { return editing.Load() }

// edit lets the user's editor change a text, on the terminal. Whatever ends the screen ends the editor.
func (r *real) edit(done <-chan struct{}, text string) (string, error) {
	file, err := os.CreateTemp("", "greenroom-*.txt") // 0600
	if err != nil {
		return "", err
	}
	defer os.Remove(file.Name())
	if text != "" {
		text += "\n"
	}
	if _, err := file.WriteString(text); err != nil {
		return "", errors.Join(err, file.Close())
	}
	if err := file.Close(); err != nil {
		return "", err
	}
	if err := r.lend(done, file.Name()); err != nil {
		return "", err
	}
	edited, err := os.Open(file.Name())
	if err != nil {
		return "", err
	}
	defer edited.Close()
	left, err := io.ReadAll(io.LimitReader(edited, maxEdited+1))
	if err == nil && len(left) > maxEdited {
		err = fmt.Errorf("the text is longer than %d KiB", maxEdited>>10)
	}
	return string(left), err
}

// lend runs the editor while nobody else reads from the terminal, and it is as it was found.
func (r *real) lend(done <-chan struct{}, file string) error {
	if _, err := r.wake.Write([]byte{0}); err != nil {
		return err
	}
	select {
	case <-r.resting:
	case <-done:
		return io.EOF
	}
	defer func() { r.waking <- struct{}{} }()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { // ends with the editor
		select {
		case <-done:
			cancel()
		case <-ctx.Done():
		}
	}()
	editing.Store(true)
	defer editing.Store(false)
	io.WriteString(r, pasteOff+focusOff)
	defer func() {
		select {
		case <-done: // the terminal is given back already
		default:
			r.raw()
		}
	}()
	if err := term.Restore(int(r.in.Fd()), r.found); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", "exec "+editorCommand()+` "$1"`, "editor", file)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = r.in, r.out, r.out
	return cmd.Run()
}

// editorCommand is what a shell runs, as other programs have it: it may have arguments.
func editorCommand() string {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if command := os.Getenv(name); command != "" {
			return command
		}
	}
	return "vi"
}
