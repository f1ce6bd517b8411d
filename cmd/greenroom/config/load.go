package config

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// Fault is one thing wrong with a configuration.
type Fault struct {
	File string // empty: a flag or the environment
	Line int    // 0: not known
	Key  string
	What string // says what to do
}

func (f Fault) Error() string {
	where := f.File
	if f.Line > 0 {
		where = fmt.Sprintf("%s:%d", f.File, f.Line)
	}
	if where != "" {
		where += ": "
	}
	if f.Key == "" {
		return where + f.What
	}
	return where + f.Key + ": " + f.What
}

// maxFaults bounds the report, and the passes that Load makes over a file.
const maxFaults = 100

// Load reads a file over the defaults. The error joins every Fault that was
// found; the values of the faulty keys are the defaults'.
func Load(path string) (Config, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return Default(), Fault{What: fmt.Sprintf("cannot read the configuration: %v", err)}
	}
	return parse(path, string(raw))
}

func parse(path, text string) (Config, error) {
	cfg, faults := decode(path, text)
	for _, f := range cfg.Validate() {
		f.File, f.Line = path, lineOf(text, f.Key)
		faults = append(faults, f)
	}
	return cfg, join(faults)
}

// decode takes out one wrongly typed line after the other, so that all of
// them are reported.
func decode(path, text string) (Config, []Fault) {
	var faults []Fault
	for {
		cfg := Default()
		cfg.Listen = nil
		meta, err := toml.Decode(text, &cfg)
		if err != nil {
			fault := ofTable(text, faultOf(path, err))
			if !slices.Contains(faults, fault) { // one of syntax stays when its line is gone
				faults = append(faults, fault)
			}
			next, ok := without(text, fault.Line)
			if !ok || len(faults) >= maxFaults {
				return Default(), faults
			}
			text = next
			continue
		}
		for _, key := range meta.Undecoded() {
			faults = append(faults, Fault{path, lineOf(text, key.String()), key.String(), "there is no such key; see the README for all of them"})
		}
		cfg.Web.Explicit = meta.IsDefined("web", "address")
		if !meta.IsDefined("listen") {
			cfg.Listen = Default().Listen
		}
		return cfg, faults
	}
}

// wrongType is how the library prints a value of the wrong type; only its
// syntax errors are a type of their own.
var wrongType = regexp.MustCompile(`^toml: line (\d+) \(last key "(.*)"\): (.*)$`)

func faultOf(path string, err error) Fault {
	var at toml.ParseError
	if errors.As(err, &at) {
		return Fault{path, at.Position.Line, at.LastKey, at.Message}
	}
	if m := wrongType.FindStringSubmatch(err.Error()); m != nil {
		line, _ := strconv.Atoi(m[1])
		return Fault{path, line, m[2], inWords(m[3])}
	}
	return Fault{File: path, What: err.Error()}
}

var incompatible = regexp.MustCompile(`^incompatible types: TOML value has type (\S+); destination has type (\S+)$`)

// kinds are the types of TOML and Go as people call them.
var kinds = map[string]string{
	"string": "a text", "int64": "a number", "integer": "a number", "float64": "a number with a point",
	"bool": "true or false", "boolean": "true or false", "slice": "a list", "[]interface": "a list",
}

func inWords(fault string) string {
	m := incompatible.FindStringSubmatch(fault)
	if m == nil || kinds[m[1]] == "" || kinds[m[2]] == "" {
		return fault
	}
	return "is " + kinds[m[1]] + ", but must be " + kinds[m[2]]
}

// ofTable puts a value of the wrong type where it is, if several tables have
// that name: the library knows only the last of them.
func ofTable(text string, f Fault) Fault {
	table, name, _ := strings.Cut(f.Key, ".")
	var all map[string]any
	if _, err := toml.Decode(text, &all); err != nil {
		return f
	}
	tables, _ := all[table].([]map[string]any)
	for i, t := range tables {
		kind := kinds[strings.TrimSuffix(fmt.Sprintf("%T", t[name]), " {}")]
		if kind == "" || !strings.HasPrefix(f.What, "is "+kind+", but") {
			continue
		}
		f.Key = fmt.Sprintf("%s[%d].%s", table, i, name)
		f.Line = lineOf(text, f.Key)
		return f
	}
	return f
}

func without(text string, line int) (string, bool) {
	lines := strings.SplitAfter(text, "\n")
	if line < 1 || line > len(lines) || strings.TrimSpace(lines[line-1]) == "" {
		return "", false
	}
	lines[line-1] = "\n"
	return strings.Join(lines, ""), true
}

// lineOf finds the line that sets a dotted key; "listen[1].tls" is the second
// [[listen]]. It returns 0 when there is none.
func lineOf(text, key string) int {
	table, name := "", key
	if i := strings.LastIndexByte(key, '.'); i >= 0 {
		table, name = key[:i], key[i+1:]
	}
	at, seen := "", map[string]int{}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "[["):
			at = strings.Trim(strings.SplitN(line, "]]", 2)[0], "[ ")
			seen[at]++
			if indexed := fmt.Sprintf("%s[%d]", at, seen[at]-1); table == indexed || key == indexed {
				at = table
			}
		case strings.HasPrefix(line, "["):
			at = strings.Trim(strings.SplitN(line, "]", 2)[0], "[ ")
		}
		if at == key {
			return i + 1
		}
		left, _, isPair := strings.Cut(line, "=")
		if isPair && at == table && strings.Trim(strings.TrimSpace(left), `"'`) == name {
			return i + 1
		}
	}
	return 0
}

func join(faults []Fault) error {
	if len(faults) == 0 {
		return nil
	}
	slices.SortStableFunc(faults, func(a, b Fault) int { return a.Line - b.Line })
	all := make([]error, len(faults))
	for i, f := range faults {
		all[i] = f
	}
	return errors.Join(all...)
}
