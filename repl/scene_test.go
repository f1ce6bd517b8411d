package repl

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/greenroom-chat/greenroom/repl/screen"
)

const password = "correct horse battery"

// person is a ui at which the test sits.
type person struct {
	lines   chan string
	answers []string // to Ask and AskSecret, in order
	closed  chan struct{}
	once    sync.Once

	mu       sync.Mutex
	shown    strings.Builder
	asked    []string
	prompt   string
	notes    []string
	limit    int
	hint     string
	title    string
	edited   string
	press    func(screen.Key)
	edit     func(string)
	look     func(bool)
	bells    int
	complete screen.Completer
	kept     []string
}

func newPerson(answers ...string) *person {
	return &person{lines: make(chan string), answers: answers, closed: make(chan struct{})}
}

func (p *person) locked(f func()) { p.mu.Lock(); defer p.mu.Unlock(); f() }

func (p *person) Print(text string)           { p.locked(func() { p.shown.WriteString(text + "\n") }) }
func (p *person) Bell()                       { p.locked(func() { p.bells++ }) }
func (p *person) SetPrompt(prompts ...string) { p.locked(func() { p.prompt = prompts[0] }) }
func (p *person) SetNotes(notes []string)     { p.locked(func() { p.notes = notes }) }
func (p *person) SetPasteLimit(lines int)     { p.locked(func() { p.limit = lines }) }
func (p *person) SetHint(hint string)         { p.locked(func() { p.hint = hint }) }
func (p *person) SetTitle(title string)       { p.locked(func() { p.title = title }) }
func (p *person) OnKey(f func(screen.Key))    { p.press = f }
func (p *person) OnEdit(f func(string))       { p.edit = f }
func (p *person) OnLook(f func(bool))         { p.look = f }
func (p *person) Edit(text string)            { p.locked(func() { p.edited = text }) }
func (p *person) Complete(f screen.Completer) { p.complete = f }
func (p *person) Remember(line string)        { p.locked(func() { p.kept = append(p.kept, line) }) }
func (p *person) Recover()                    {}
func (p *person) Close()                      { p.once.Do(func() { close(p.closed) }) }

func (p *person) ReadLine(string) (string, error) {
	select {
	case line, ok := <-p.lines:
		if !ok {
			return "", io.EOF
		}
		return line, nil
	case <-p.closed:
		return "", io.EOF
	}
}

func (p *person) Ask(question string) (string, error) {
	p.locked(func() { p.asked = append(p.asked, question) })
	if len(p.answers) == 0 {
		return "", io.EOF
	}
	answer := p.answers[0]
	p.answers = p.answers[1:]
	return answer, nil
}

func (p *person) AskSecret(question string) (string, error) { return p.Ask(question) }

// scene is a chat of one person on a stage, in virtual time.
type scene struct {
	*testing.T
	*stage
	*person
	code chan int
	end  context.CancelFunc
}

// play runs f in a bubble with ann signed in to her rooms.
func play(t *testing.T, prepare func(*stage), o Options, f func(*scene)) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", dir)
	t.Setenv(PasswordVariable, "")
	synctest.Test(t, func(t *testing.T) {
		s := &scene{T: t, stage: newStage(t), person: newPerson(password), code: make(chan int, 1)}
		s.accounts["ann"] = password
		time.Sleep(time.Until(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)))
		if prepare != nil {
			prepare(s.stage)
		}
		ctx, end := context.WithCancel(t.Context())
		s.end = end
		o.User, o.Plaintext, o.dial, o.ui, o.zone = "ann", true, s.dial, s.person, time.UTC
		o.Err = io.Discard
		go func() { s.code <- converse(ctx, o.withDefaults()) }()
		synctest.Wait()
		f(s)
		end()
		s.person.Close()
		synctest.Wait()
		s.hangUp()
	})
}

// types enters a line and gives what is shown in answer.
func (s *scene) types(line string) string {
	s.lines <- line
	return s.seen()
}

// seen is what has been shown since it was last asked.
func (s *scene) seen() string {
	synctest.Wait()
	s.person.mu.Lock()
	defer s.person.mu.Unlock()
	text := s.shown.String()
	s.shown.Reset()
	return text
}

func (s *scene) want(got, want string) {
	s.Helper()
	if got != strings.TrimPrefix(want, "\n") {
		s.Errorf("shown is\n%s\nwant\n%s", got, want)
	}
}

func (s *scene) prompted() string {
	synctest.Wait()
	s.person.mu.Lock()
	defer s.person.mu.Unlock()
	return s.prompt
}

func (s *scene) noted() (text string) {
	synctest.Wait()
	s.locked(func() { text = fmt.Sprint(s.notes) })
	return text
}

var ops = Options{Rooms: []string{"#ops"}}
