package screen

import (
	"bytes"
	"strings"
	"unicode"
)

const (
	pasteOn    = "\x1b[?2004h"
	pasteOff   = "\x1b[?2004l"
	pasteBegin = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
	focusOn    = "\x1b[?1004h" // the terminal tells whether its window is the one in front
	focusOff   = "\x1b[?1004l"
	focusIn    = "\x1b[I"
	focusOut   = "\x1b[O"
	ctrlL      = 0x0c
	ctrlN      = 0x0e
	ctrlZ      = 0x1a
	maxPaste   = 256 << 10

	maxPastedLines = 1000 // unless SetPasteLimit says otherwise
)

// Key is a key that means something to the chat and nothing to the line editor.
type Key int

// The keys. Alt with a digit is that number.
const (
	KeyNext Key = 0 // Ctrl-N
	keyMost Key = 9 // Alt-9
)

// keys sorts what is typed: bytes for liner, and what liner cannot do.
type keys struct {
	pass    func([]byte)
	paste   func(text string, whole bool)
	clear   func()
	suspend func()
	key     func(Key) bool // false: liner may have it
	focus   func(in bool)

	buf     []byte
	pasting bool
	cut     bool // the paste is longer than maxPaste
}

// feed takes bytes from the terminal. Afterwards unfinished tells whether the rest of a sequence may still come.
func (k *keys) feed(p []byte) {
	k.buf = append(k.buf, p...)
	for len(k.buf) > 0 && k.next() {
	}
}

// unfinished: what is held is the beginning of a paste mark, or just the Escape key; flush decides.
func (k *keys) unfinished() bool { return len(k.buf) > 0 && !k.pasting }

func (k *keys) flush() {
	p := k.buf
	k.buf = nil
	if len(p) > 0 {
		k.pass(p)
	}
}

func (k *keys) next() bool {
	switch {
	case k.pasting:
		return k.endPaste()
	case bytes.HasPrefix(k.buf, []byte(pasteBegin)):
		k.buf, k.pasting = k.buf[len(pasteBegin):], true
	case bytes.HasPrefix(k.buf, []byte(focusIn)), bytes.HasPrefix(k.buf, []byte(focusOut)):
		k.focus(bytes.HasPrefix(k.buf, []byte(focusIn)))
		k.buf = k.buf[len(focusIn):]
	case k.buf[0] == 0x1b && strings.HasPrefix(pasteBegin, string(k.buf)):
		return false
	case k.buf[0] == ctrlL:
		k.buf = k.buf[1:]
		k.clear()
	case k.buf[0] == ctrlZ:
		k.buf = k.buf[1:]
		k.suspend()
	case k.buf[0] == ctrlN:
		k.offer(KeyNext, 1)
	case k.buf[0] == 0x1b && len(k.buf) > 1 && k.buf[1] > '0' && Key(k.buf[1]-'0') <= keyMost:
		k.offer(Key(k.buf[1]-'0'), 2)
	default:
		n := 1 + bytes.IndexAny(k.buf[1:], "\x1b\x0c\x0e\x1a")
		if n == 0 {
			n = len(k.buf)
		}
		k.give(n)
	}
	return true
}

// offer gives n bytes to the chat as a key, or else to liner.
func (k *keys) offer(key Key, n int) {
	if !k.key(key) {
		k.give(n)
		return
	}
	k.buf = k.buf[n:]
}

func (k *keys) give(n int) {
	p := k.buf[:n:n]
	k.buf = k.buf[n:]
	k.pass(p)
}

func (k *keys) endPaste() bool {
	i := bytes.Index(k.buf, []byte(pasteEnd))
	if i < 0 {
		if len(k.buf) > maxPaste {
			k.cut = true
			k.buf = append(k.buf[:maxPaste:maxPaste], k.buf[len(k.buf)-len(pasteEnd):]...)
		}
		return false
	}
	text, whole := string(k.buf[:min(i, maxPaste)]), !k.cut && i <= maxPaste
	k.buf, k.pasting, k.cut = k.buf[i+len(pasteEnd):], false, false
	k.paste(text, whole)
	return true
}

// pastedLines makes text fit to be sent: lines without control characters; none is empty at either end.
func pastedLines(text string) []string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", "    ").Replace(text)
	text = strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || r == unicode.ReplacementChar) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	var lines []string
	empty := 0
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, " \n"); line == "" {
			empty++
			continue
		}
		if len(lines) > 0 {
			lines = append(lines, make([]string, empty)...)
		}
		empty = 0
		lines = append(lines, line)
	}
	return lines
}
