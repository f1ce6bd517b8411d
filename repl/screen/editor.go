package screen

import (
	"errors"
	"io"

	"github.com/peterh/liner"
)

// ErrInterrupted is returned when Ctrl-C is pressed in a prompt.
var ErrInterrupted = errors.New("interrupted")

// Completer is given the line and where the caret is in it, in runes, and returns what stands before the word being
// completed, the candidates for it, and what stands behind.
type Completer func(line string, pos int) (head string, candidates []string, tail string)

// editor is liner on the inner terminal. All its methods are called by one goroutine, the one that reads lines.
type editor struct {
	liner *liner.State
}

func newEditor() editor {
	l := liner.NewLiner()
	l.SetCtrlCAborts(true)
	l.SetTabCompletionStyle(liner.TabCircular)
	return editor{l}
}

// Complete sets what the Tab key does.
func (s *Screen) Complete(f Completer) { s.editor.liner.SetWordCompleter(liner.WordCompleter(f)) }

// Remember puts a line into the history that the arrow keys and Ctrl-R go through. Not while a line is being read;
// a text of several lines, which ReadLine returns while one is, is not remembered.
func (s *Screen) Remember(line string) {
	if s.reading == nil { // or liner waits for its own answer
		s.editor.liner.AppendHistory(line)
	}
}

// ReadLine lets a line be edited behind the prompt of SetPrompt, beginning with text. The line leaves the screen when
// Enter is pressed. A text with line feeds is one that was pasted, or comes from the user's editor; the line stays as
// it is meanwhile. io.EOF: Ctrl-D, or the terminal is gone.
func (s *Screen) ReadLine(text string) (string, error) {
	if s.reading == nil {
		s.reading = s.begin(func() (string, error) { return s.editor.liner.PromptWithSuggestion(marker, text, -1) })
	}
	s.request(func(c *core) { c.hot = true })
	defer s.request(func(c *core) { c.hot = false })
	select {
	case a := <-s.reading:
		s.reading = nil
		if a.err != nil && s.failing.Load() {
			return s.over()
		}
		return a.line, readError(a.err)
	case text := <-s.drafts:
		return text, nil
	case <-s.done:
		return s.over()
	}
}

// answer is what liner has read.
type answer struct {
	line string
	err  error
}

func (s *Screen) begin(read func() (string, error)) <-chan answer {
	answers := make(chan answer, 1)
	go func() { // ends with the answer; after Close perhaps only with the process
		defer s.Recover()
		line, err := read()
		answers <- answer{line, err}
	}()
	return answers
}

// prompt waits for an answer, or for the screen to be closed: liner itself may wait for ever then.
func (s *Screen) prompt(read func() (string, error)) (string, error) {
	select {
	case <-s.done:
		return s.over()
	default:
	}
	select {
	case a := <-s.begin(read):
		if a.err != nil && s.failing.Load() {
			return s.over()
		}
		return a.line, readError(a.err)
	case <-s.done:
		return s.over()
	}
}

// over is what is read of a closed screen. While a panic is on its way nobody is to end the process before it, as if
// it were all in order.
func (s *Screen) over() (string, error) {
	if s.failing.Load() {
		select {}
	}
	return "", io.EOF
}

// Ask asks a question and leaves it on the screen with its answer.
func (s *Screen) Ask(question string) (string, error) {
	answer, err := s.prompt(func() (string, error) { return s.editor.liner.Prompt(question) })
	if err != nil {
		return "", err
	}
	s.Print(question + string(harmless([]rune(answer))))
	return answer, nil
}

// AskSecret asks a question and shows nothing of the answer.
func (s *Screen) AskSecret(question string) (string, error) {
	answer, err := s.prompt(func() (string, error) { return s.editor.liner.PasswordPrompt(question) })
	if err != nil {
		return "", err
	}
	s.Print(question)
	return answer, nil
}

func readError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, liner.ErrPromptAborted):
		return ErrInterrupted
	}
	return io.EOF // whatever else liner reports, the inner terminal is gone
}
