package irc

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

// vector is a row of testdata/vectors.json, which the grammar of the web page
// has to read and write alike (cmd/greenroom: TestPageReadsLinesAsTheServerDoes).
type vector struct {
	Line    string
	Tags    [][2]string
	Source  string
	Command string
	Params  []string
	Empty   bool
}

func TestVectorsThatTheWebPageShares(t *testing.T) {
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Parse, Format []vector
		Fold          [][2]string
	}
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	for _, v := range all.Parse {
		m, err := Parse(v.Line, FromServer)
		if v.Empty {
			if !errors.Is(err, ErrEmpty) {
				t.Errorf("%q: %v, want ErrEmpty", v.Line, err)
			}
			continue
		}
		if err != nil || m.Source != v.Source || m.Command != v.Command || !slices.Equal(m.Params, v.Params) || !slices.Equal(m.Tags, v.tags()) {
			t.Errorf("%q: %v %+v", v.Line, err, m)
		}
	}
	for _, v := range all.Format {
		line := string(Append(nil, Message{Tags: v.tags(), Command: v.Command, Params: v.Params}))
		if got := strings.TrimSuffix(line, "\r\n"); got != v.Line {
			t.Errorf("%q, want %q", got, v.Line)
		}
	}
	for _, pair := range all.Fold {
		if got := Fold(pair[0]); got != pair[1] {
			t.Errorf("%q folds to %q, want %q", pair[0], got, pair[1])
		}
	}
}

func (v vector) tags() Tags {
	var tags Tags
	for _, pair := range v.Tags {
		tags = append(tags, Tag{pair[0], pair[1]})
	}
	return tags
}
