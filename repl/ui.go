package repl

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/greenroom-chat/greenroom/repl/screen"
)

// ui is where the chat talks with the person: *screen.Screen, or plainUI where that cannot be. The methods that read
// are called by one goroutine, the others by any.
type ui interface {
	Print(text string)
	Bell()
	SetPrompt(prompts ...string)
	SetNotes(notes []string)
	SetPasteLimit(lines int)
	SetHint(hint string)
	SetTitle(title string)
	OnKey(func(screen.Key))
	OnEdit(func(line string))
	OnLook(func(here bool))
	Edit(text string)
	Complete(screen.Completer)
	Remember(line string)
	ReadLine(text string) (string, error)
	Ask(question string) (string, error)
	AskSecret(question string) (string, error)
	Recover()
	Close()
}

// plainUI reads and writes lines and leaves editing to the terminal, if there is one.
type plainUI struct {
	file   *os.File // standard input, where it is a terminal
	in     *bufio.Reader
	out    io.Writer
	closed chan struct{}
	once   sync.Once
}

func newPlainUI(in io.Reader, out io.Writer) *plainUI {
	u := &plainUI{in: bufio.NewReader(in), out: out, closed: make(chan struct{})}
	if f, ok := in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		u.file = f
	}
	return u
}

// Print writes lines.
func (u *plainUI) Print(text string) { fmt.Fprintln(u.out, text) }

// Ask asks a question in a line.
func (u *plainUI) Ask(question string) (string, error) {
	fmt.Fprint(u.out, question)
	return u.ReadLine("")
}

// AskSecret asks without an echo, where there is a terminal to tell.
func (u *plainUI) AskSecret(question string) (string, error) {
	fmt.Fprint(u.out, question)
	if u.file == nil {
		return u.ReadLine("")
	}
	found, err := term.GetState(int(u.file.Fd()))
	if err != nil {
		return "", err
	}
	secret, err := u.read(func() (string, error) {
		secret, err := term.ReadPassword(int(u.file.Fd()))
		return string(secret), err
	})
	fmt.Fprintln(u.out)
	u.awaitChange(found)
	return secret, errors.Join(err, term.Restore(int(u.file.Fd()), found)) // also where Close has cut it short
}

// awaitChange is for a question that Close has cut short: the terminal may be about to be changed only now, and that
// must not come after it is restored.
func (u *plainUI) awaitChange(found *term.State) {
	select {
	case <-u.closed:
	default:
		return
	}
	for range changeTries {
		now, err := term.GetState(int(u.file.Fd()))
		if err != nil || !reflect.DeepEqual(now, found) {
			return
		}
		time.Sleep(changePause)
	}
}

const (
	changeTries = 100
	changePause = time.Millisecond
)

// ReadLine reads a line. One that is too long for any message is read as an empty one.
func (u *plainUI) ReadLine(string) (string, error) {
	line, err := u.read(func() (string, error) { return readLine(u.in, longestInput) })
	if err != nil && line == "" {
		return "", err
	}
	return strings.TrimRight(line, "\r"), nil
}

// read waits for input or for Close.
func (u *plainUI) read(input func() (string, error)) (string, error) {
	got := make(chan typed, 1)
	go func() { // ends with the input; after Close perhaps only with the process
		line, err := input()
		got <- typed{line: line, err: err}
	}()
	select {
	case t := <-got:
		return t.line, t.err
	case <-u.closed:
		return "", io.EOF
	}
}

// longestInput bounds what a line may take of memory; what is beyond is far more than a message may hold.
const longestInput = 64 << 10

// The rest is for a terminal that can do more.

// Bell rings no bell.
func (u *plainUI) Bell() {}

// SetPrompt shows no prompt.
func (u *plainUI) SetPrompt(...string) {}

// SetNotes shows no notes.
func (u *plainUI) SetNotes([]string) {}

// SetPasteLimit limits nothing: here a paste cannot be told from typing.
func (u *plainUI) SetPasteLimit(int) {}

// SetHint shows no hint.
func (u *plainUI) SetHint(string) {}

// SetTitle names nothing.
func (u *plainUI) SetTitle(string) {}

// OnKey knows no keys.
func (u *plainUI) OnKey(func(screen.Key)) {}

// OnEdit sees no line before it is entered.
func (u *plainUI) OnEdit(func(string)) {}

// OnLook knows no windows.
func (u *plainUI) OnLook(func(bool)) {}

// Edit has no terminal to lend.
func (u *plainUI) Edit(string) {
	u.Print("! There is no editor on this terminal; /paste takes several lines.")
}

// Complete completes nothing.
func (u *plainUI) Complete(screen.Completer) {}

// Remember recalls nothing.
func (u *plainUI) Remember(string) {}

// Recover lets a panic be.
func (u *plainUI) Recover() {}

// Close ends a question that waits for its answer.
func (u *plainUI) Close() { u.once.Do(func() { close(u.closed) }) }
