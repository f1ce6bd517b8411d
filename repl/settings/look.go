package settings

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Colours says how things look. Empty: as always. A style is words as "bold red": of style, and one of the sixteen
// colours by name or one of the 256 by number.
type Colours struct {
	Nicks   []int  `toml:"nicks"`   // of the 256; everybody has one of them
	Self    string `toml:"self"`    // one's own name
	Mention string `toml:"mention"` // what calls for one
	Quiet   string `toml:"quiet"`   // what stands back
	Alert   string `toml:"alert"`   // what was refused
}

// Look is what the renderer is told. Styles are parameters of SGR, such as "1;31"; empty: as always.
type Look struct {
	Colour    bool     // colours and styles are shown at all
	Nicks     []int    // of the 256 colours
	Highlight []string // words that are to be noticed like one's own name
	Self      string
	Mention   string
	Quiet     string
	Alert     string
}

// Look resolves the settings. capable: the output shows colours; unwanted: NO_COLOR is set, which the file may overrule
// (no-color.org).
func (s Settings) Look(capable, unwanted bool) Look {
	colour := capable && !unwanted
	switch s.Colour {
	case always:
		colour = capable
	case never:
		colour = false
	}
	style := func(text string) string {
		sgr, _ := sgrOf(text) // checked when it was read
		return sgr
	}
	return Look{
		Colour: colour, Nicks: slices.Clone(s.Colours.Nicks), Highlight: slices.Clone(s.Highlight),
		Self: style(s.Colours.Self), Mention: style(s.Colours.Mention), Quiet: style(s.Colours.Quiet), Alert: style(s.Colours.Alert),
	}
}

var (
	styles = map[string]int{"bold": 1, "dim": 2, "italic": 3, "underline": 4, "reverse": 7}
	hues   = []string{"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"}
)

const (
	sgrHue    = 30
	sgrBright = 90
	mostHues  = 256
)

// sgrOf reads a style.
func sgrOf(text string) (string, error) {
	var codes []string
	bright := false
	for _, word := range strings.Fields(strings.ToLower(text)) {
		n, err := strconv.Atoi(word)
		hue := slices.Index(hues, word)
		switch {
		case styles[word] > 0:
			codes = append(codes, strconv.Itoa(styles[word]))
		case word == "bright":
			bright = true
			continue
		case hue >= 0 && bright:
			codes = append(codes, strconv.Itoa(sgrBright+hue))
		case hue >= 0:
			codes = append(codes, strconv.Itoa(sgrHue+hue))
		case err == nil && n >= 0 && n < mostHues:
			codes = append(codes, "38;5;"+word)
		default:
			return "", fmt.Errorf("%q is neither a style nor a colour", word)
		}
		bright = false
	}
	return strings.Join(codes, ";"), nil
}

func (c *checker) colours(k Colours) {
	if slices.ContainsFunc(k.Nicks, func(n int) bool { return n < 0 || n >= mostHues }) {
		c.fault("colours", 0, "nicks", "The colours of nicks are numbers from 0 to 255.")
	}
	for _, style := range []struct{ key, text string }{{"self", k.Self}, {"mention", k.Mention}, {"quiet", k.Quiet}, {"alert", k.Alert}} {
		if _, err := sgrOf(style.text); err != nil {
			c.fault("colours", 0, style.key, fmt.Sprintf("In %s %v; there are %s, bright, %s, and numbers to 255.",
				style.key, err, "bold, dim, italic, underline, reverse", strings.Join(hues, ", ")))
		}
	}
}
