// Package screen lets a line be edited at the bottom of a terminal while messages scroll by above it.
//
// liner does the editing, unmodified, on an inner pseudo-terminal so wide that it never scrolls its line. One
// goroutine owns the real terminal: it replays liner's output into a shadow of one row, and draws messages and that
// row in one write per update. Nothing else writes to the terminal. CLIENTS.md tells what was tried and dropped.
package screen

import (
	"context"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	escapeWait = 30 * time.Millisecond // after which an Escape is a key and not the beginning of a sequence
	closeWait  = time.Second           // for an owner that is stuck in a write to a stalled terminal
	perUpdate  = 256                   // events that are taken together into one write, at most
)

// Terminal is the real one: where updates are written, and how large it is.
type Terminal interface {
	io.Writer
	Size() (cols, rows int)
}

// Screen is the owner of a terminal. Its methods may be called from any goroutine, before and after Close.
type Screen struct {
	term     Terminal
	core     *core
	requests chan func(*core) // what is typed, what liner draws, what is to be shown: in order of arrival
	toLiner  chan<- []byte
	drafts   chan string   // texts of several lines that are to be sent
	reading  <-chan answer // of ReadLine's goroutine: what liner has not answered yet
	external func(text string) (string, error)
	pause    func()        // gives the terminal back, stops the process, and takes it again when the shell continues it
	restore  func()        // gives the terminal back as it was found
	quit     chan struct{} // one value for each Close
	done     chan struct{} // closed when the owner has ended
	once     sync.Once
	failing  atomic.Bool // a panic is about to end the process
	editor   editor
}

// newScreen starts the owner; it ends at Close, or when the terminal fails.
func newScreen(term Terminal, toLiner chan<- []byte, pause, restore func()) *Screen {
	s := &Screen{
		term: term, core: newCore(), requests: make(chan func(*core), perUpdate), toLiner: toLiner,
		drafts: make(chan string), pause: pause, restore: restore, quit: make(chan struct{}), done: make(chan struct{}),
	}
	go s.own()
	return s
}

// Print shows text above the line being edited, for good. It may hold colour sequences and nothing else below 0x20
// but newlines: whoever renders remote text cleans it.
func (s *Screen) Print(text string) {
	s.request(func(c *core) {
		cols, _ := s.term.Size()
		c.print(text, cols)
	})
}

// SetPrompt changes the prompt, also of a line that is being edited. Of several, ordered from long to short, the
// first that leaves half of a row to the text is shown.
func (s *Screen) SetPrompt(prompts ...string) {
	s.request(func(c *core) { c.prompts, c.dirty = prompts, true })
}

// SetNotes shows lines, dim and cut to a row each, between the messages and the prompt, until they are set again.
func (s *Screen) SetNotes(notes []string) {
	s.request(func(c *core) { c.notes, c.dirty = notes, true })
}

// SetHint shows a few words, dim, at the right edge of the line being edited, as long as it leaves them room.
func (s *Screen) SetHint(hint string) {
	s.request(func(c *core) { c.hint, c.dirty = hint, true })
}

// SetTitle names the terminal's window, until Close gives it its own name back.
func (s *Screen) SetTitle(title string) {
	s.request(func(c *core) { c.setTitle(title) })
}

// OnKey tells what to do at a Key while a line is being read. It must not wait, nor call the screen.
func (s *Screen) OnKey(f func(Key)) {
	s.request(func(c *core) { c.onKey = f })
}

// OnEdit tells what to do when the line being read has changed. It must not wait, nor call the screen.
func (s *Screen) OnEdit(f func(line string)) {
	s.request(func(c *core) { c.onEdit = f })
}

// OnLook tells what to do when the user turns to another window, or back, on a terminal that knows. It must not wait,
// nor call the screen.
func (s *Screen) OnLook(f func(here bool)) {
	s.request(func(c *core) { c.onLook = f })
}

// Edit lets the user write in an editor of his own, beginning with text, and asks whether it is to be sent; ReadLine
// returns it then.
func (s *Screen) Edit(text string) {
	s.request(func(c *core) { c.editText(text) })
}

// SetPasteLimit says how many lines a paste may have from now on. A longer one is refused as a whole.
func (s *Screen) SetPasteLimit(lines int) {
	s.request(func(c *core) { c.limit = lines })
}

// Bell rings.
func (s *Screen) Bell() {
	s.request(func(c *core) { c.shadow.bells, c.dirty = 1, true })
}

// Redraw brings the screen up to date after the terminal has changed its size.
func (s *Screen) Redraw() {
	s.request(func(c *core) { c.dirty = true })
}

// Close shows what is still to be shown, takes the prompt off the terminal and restores it.
func (s *Screen) Close() {
	patience, enough := context.WithTimeout(context.Background(), closeWait)
	defer enough()
	select {
	case s.quit <- struct{}{}:
	case <-s.done:
	case <-patience.Done():
	}
	select {
	case <-s.done:
	case <-patience.Done():
	}
	s.once.Do(s.restore)
}

// Recover is deferred by every goroutine that runs while the screen is open, so that a panic is read on a sane terminal.
func (s *Screen) Recover() {
	if r := recover(); r != nil {
		s.failing.Store(true)
		s.Close()
		panic(r)
	}
}

// fail lets a panic of the owner go on, which restores the terminal by itself.
func (s *Screen) fail() {
	if r := recover(); r != nil {
		s.failing.Store(true)
		panic(r)
	}
}

func (s *Screen) request(f func(*core)) {
	select {
	case s.requests <- f:
	case <-s.done:
	}
}

// own is the goroutine that owns the terminal and the core.
func (s *Screen) own() {
	defer close(s.done) // who finds it closed finds the terminal restored
	defer s.once.Do(s.restore)
	defer s.fail()
	for s.next() {
		s.rest()
		if s.core.suspend {
			s.core.suspend = false
			s.leave()
			s.pause()
			s.core.dirty = true
		}
		if s.core.draft.open {
			s.openEditor()
		}
		if !s.write(s.core.update(s.term.Size())) {
			return
		}
	}
	s.rest()
	s.leave()
}

// openEditor gives the terminal to the user's editor. What is to be shown meanwhile waits.
func (s *Screen) openEditor() {
	d := &s.core.draft
	d.open, d.editing = false, true
	s.leave()
	text := strings.Join(d.lines, "\n")
	go func() { // ends with the editor, which Close ends
		defer s.Recover()
		text, err := s.external(text)
		s.request(func(c *core) { c.editorClosed(text, err) })
	}()
}

// next waits for one event; false: the screen is to be closed.
func (s *Screen) next() bool {
	var toLiner chan<- []byte
	if len(s.core.toLiner) > 0 {
		toLiner = s.toLiner
	}
	var drafts chan<- string
	var ready string
	if len(s.core.draft.ready) > 0 {
		drafts, ready = s.drafts, s.core.draft.ready[0]
	}
	var escape <-chan time.Time
	if s.core.keys.unfinished() {
		escape = time.After(escapeWait)
	}
	select {
	case f := <-s.requests:
		f(s.core)
	case toLiner <- s.core.toLiner:
		s.core.toLiner = nil
	case drafts <- ready:
		s.core.draft.ready = s.core.draft.ready[1:]
	case <-escape:
		s.core.keys.flush()
	case <-s.quit:
		return false
	}
	return true
}

// rest takes what has come meanwhile, which belongs into the same write.
func (s *Screen) rest() {
	for range perUpdate {
		select {
		case f := <-s.requests:
			f(s.core)
		default:
			return
		}
	}
}

func (s *Screen) leave() {
	cols, _ := s.term.Size()
	s.write(s.core.leave(cols))
}

func (s *Screen) write(p []byte) bool {
	if len(p) == 0 {
		return true
	}
	_, err := s.term.Write(p)
	return err == nil
}
