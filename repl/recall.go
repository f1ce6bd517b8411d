package repl

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/greenroom-chat/greenroom/net/client"
)

const (
	mostRecalled = 1000
	longestLine  = 8 << 10
)

// recall is the file of typed lines that the arrow keys bring back. liner's own reader gives up at a long or damaged
// line, and its writer knows no secrets.
type recall struct {
	file    string
	secrets []client.Secret // typed in this session; a line with one of them in it is not kept
	failed  bool            // the last line could not be kept, which was told
}

// secretCommands take a password, here or on other chat servers; people type them everywhere.
var secretCommands = []string{"/register", "/login", "/identify", "/pass", "/passwd", "/password", "/oper", "/ns", "/nickserv", "/quote", "/raw", "/auth"}

// load reads the newest lines, oldest first. A file that has grown to twice the limit is cut.
func (r *recall) load() ([]string, error) {
	f, err := os.Open(r.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	defer f.Close()
	var lines []string
	total := 0
	in := bufio.NewReader(f)
	for {
		line, err := readLine(in, longestLine)
		if line = recallable(line); line != "" {
			total++
			lines = append(lines, line)
			if len(lines) > 2*mostRecalled {
				lines = slices.Clone(lines[mostRecalled:])
			}
		}
		if err != nil {
			break
		}
	}
	lines = lines[max(0, len(lines)-mostRecalled):]
	if total > 2*mostRecalled {
		return lines, replaceFile(r.file, strings.Join(lines, "\n")+"\n")
	}
	return lines, f.Chmod(0o600)
}

// keep appends a line, unless it holds a secret. It tells whether the line may be recalled.
func (r *recall) keep(line string) (bool, error) {
	line = recallable(line)
	if line == "" || r.secret(line) {
		return false, nil
	}
	if err := os.MkdirAll(filepath.Dir(r.file), 0o700); err != nil {
		return true, fmt.Errorf("keep history: %w", err)
	}
	f, err := os.OpenFile(r.file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return true, fmt.Errorf("keep history: %w", err)
	}
	_, err = f.WriteString(line + "\n")
	return true, errors.Join(err, f.Close())
}

// secret tells whether a line must not be kept: a command that takes a password, a password that was typed in the
// wrong place, or a line that the user has begun with a space, as in a shell.
func (r *recall) secret(line string) bool {
	word, _, _ := strings.Cut(strings.ToLower(line), " ")
	if line[0] == ' ' || slices.Contains(secretCommands, word) {
		return true
	}
	return slices.ContainsFunc(r.secrets, func(s client.Secret) bool { return s != "" && strings.Contains(line, string(s)) })
}

// recallable is line as it may be put into the line editor.
func recallable(line string) string {
	line = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(line, ""))
	if strings.TrimSpace(line) == "" || len(line) > longestLine {
		return ""
	}
	return line
}

// readLine reads a line without its end; of one that is longer than most it returns nothing.
func readLine(in *bufio.Reader, most int) (string, error) {
	var line []byte
	tooLong := false
	for {
		part, more, err := in.ReadLine()
		if tooLong = tooLong || len(line)+len(part) > most; !tooLong {
			line = append(line, part...)
		}
		if err != nil || !more {
			if tooLong {
				line = nil
			}
			return string(line), err
		}
	}
}
