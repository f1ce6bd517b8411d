package settings

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

const (
	mostWords   = 100
	longestWord = 100 // bytes
	mostServers = 100
	mostRooms   = 100
)

// checker gathers faults.
type checker struct {
	file, text string
	faults     []error
}

// fault notes one at a key, of the nth table of its name.
func (c *checker) fault(table string, nth int, key, what string) {
	c.faults = append(c.faults, Fault{c.file, lineOf(c.text, table, nth, key), what})
}

// unknown refuses a key, and names the one that was probably meant: British and American spelling differ here.
func (c *checker) unknown(key toml.Key) {
	table := strings.Join(key[:len(key)-1], ".")
	what := fmt.Sprintf("There is no key %s; the README lists them all.", key)
	if meant := strings.ReplaceAll(key.String(), "color", "colour"); meant != key.String() {
		what = fmt.Sprintf("There is no key %s: it is written %s.", key, meant)
	}
	c.fault(table, -1, key[len(key)-1], what)
}

func (c *checker) settings(s Settings) {
	if !slices.Contains([]string{"", auto, always, never}, s.Colour) {
		c.fault("", 0, "colour", "The value of colour is auto, always or never.")
	}
	if s.User != "" && !name(s.User) {
		c.fault("", 0, "user", "A user has a name without spaces, at most 64 bytes long.")
	}
	if len(s.Highlight) > mostWords || slices.ContainsFunc(s.Highlight, func(w string) bool { return strings.TrimSpace(w) == "" || len(w) > longestWord }) {
		c.fault("", 0, "highlight", fmt.Sprintf("The list highlight has at most %d words, none empty or longer than %d bytes.", mostWords, longestWord))
	}
	c.colours(s.Colours)
	if len(s.Servers) > mostServers {
		c.fault("server", 0, "", fmt.Sprintf("There are more than %d servers.", mostServers))
		return
	}
	for i, server := range s.Servers {
		c.server(i, server)
		if server.Name != "" && slices.ContainsFunc(s.Servers[:i], func(o Server) bool { return o.Name == server.Name }) {
			c.fault("server", i, "name", fmt.Sprintf("There are two servers of the name %q.", server.Name))
		}
	}
}

func (c *checker) server(i int, s Server) {
	if s.Address == "" || strings.ContainsAny(s.Address, " \t\r\n") {
		c.fault("server", i, "address", "A server needs an address, as chat.example.org:6697.")
	}
	if strings.ContainsAny(s.Name, ": \t\r\n") {
		c.fault("server", i, "name", "The name of a server has neither spaces nor a colon.")
	}
	if s.User != "" && !name(s.User) {
		c.fault("server", i, "user", "A user has a name without spaces, at most 64 bytes long.")
	}
	if len(s.Rooms) > mostRooms || slices.ContainsFunc(s.Rooms, func(r string) bool { return !room(r) }) {
		c.fault("server", i, "rooms", fmt.Sprintf("A room begins with # and has no spaces or commas; a server has at most %d here.", mostRooms))
	}
	if s.Pin != "" && !Fingerprint(s.Pin) {
		c.fault("server", i, "pin", "A pin is a fingerprint as the server prints it: SHA256: and 43 letters, digits, + or /.")
	}
	if s.Pin != "" && s.Plaintext {
		c.fault("server", i, "pin", "There is no key to pin where plaintext is true.")
	}
}

func name(s string) bool { return len(s) <= 64 && !strings.ContainsAny(s, " \t\r\n,*?!@#") }

func room(s string) bool {
	return len(s) > 1 && (s[0] == '#' || s[0] == '&') && !strings.ContainsAny(s, " ,\t\r\n\x07")
}

var fingerprint = regexp.MustCompile(`^SHA256:[A-Za-z0-9+/]{43}$`)

// Fingerprint tells whether a text is one, as package pin prints them.
func Fingerprint(text string) bool { return fingerprint.MatchString(text) }

// lineOf finds the line that sets a key in the nth table of a name; of any, if nth is negative. Without a key, that of
// the table itself. 0: not found.
func lineOf(text, table string, nth int, key string) int {
	at, seen, found := "", -1, 0
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			if at = strings.Trim(strings.SplitN(line, "]", 2)[0], "[ "); at == table {
				seen++
			}
		}
		here := at == table && (nth < 0 || table == "" || seen == nth)
		if here && found == 0 {
			found = i + 1 // of a key that is lacking, the table's
		}
		word, _, pair := strings.Cut(line, "=")
		if here && pair && strings.Trim(strings.TrimSpace(word), `"'`) == key {
			return i + 1
		}
	}
	if table == "" {
		return 0
	}
	return found
}

// wrongType is how the library prints a value of the wrong type.
var wrongType = regexp.MustCompile(`^toml: line (\d+) \(last key "(.*)"\): (.*)$`)

func misfit(text string) (line int, what string) {
	m := wrongType.FindStringSubmatch(text)
	if m == nil {
		return 0, strings.TrimPrefix(text, "toml: ")
	}
	line, _ = strconv.Atoi(m[1])
	if t := incompatible.FindStringSubmatch(m[3]); t != nil && kinds[t[1]] != "" && kinds[t[2]] != "" {
		return line, "the value of " + m[2] + " is " + kinds[t[1]] + ", but must be " + kinds[t[2]]
	}
	return line, "the value of " + m[2] + " does not fit: " + m[3]
}

var incompatible = regexp.MustCompile(`^incompatible types: TOML value has type (\S+); destination has type (\S+)$`)

// kinds are the types of TOML and Go as people call them.
var kinds = map[string]string{
	"string": "a text", "int64": "a number", "integer": "a number", "float64": "a number with a point",
	"bool": "true or false", "boolean": "true or false", "slice": "a list", "[]interface": "a list",
}
