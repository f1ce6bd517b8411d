package client

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// Point is a place in the history: a message, or a moment.
type Point string

// AtID is the place of a message.
func AtID(msgid string) Point { return Point("msgid=" + msgid) }

// AtTime is the place of a moment.
func AtTime(t time.Time) Point { return Point("timestamp=" + irc.FormatTime(t)) }

// Selector says which part of the history is wanted. Points are not part of it
// themselves.
type Selector struct{ words []string }

// Latest are the newest messages.
func Latest() Selector { return Selector{[]string{"LATEST", "*"}} }

// LatestSince are the newest messages after p.
func LatestSince(p Point) Selector { return Selector{[]string{"LATEST", string(p)}} }

// Before are the last messages before p.
func Before(p Point) Selector { return Selector{[]string{"BEFORE", string(p)}} }

// After are the first messages after p.
func After(p Point) Selector { return Selector{[]string{"AFTER", string(p)}} }

// Around are messages on both sides of p.
func Around(p Point) Selector { return Selector{[]string{"AROUND", string(p)}} }

// Between are the messages from a towards b.
func Between(a, b Point) Selector { return Selector{[]string{"BETWEEN", string(a), string(b)}} }

// History asks for at most limit messages of a room or of the conversation with
// a nick, oldest first.
func (c *Client) History(ctx context.Context, target string, s Selector, limit int) ([]irc.Message, error) {
	params := append([]string{s.words[0], target}, s.words[1:]...)
	return c.chatHistory(ctx, append(params, strconv.Itoa(limit)))
}

// Elided tells whether a page ended early, as there was so much in it that is not
// for this client: then one of its lines is the server's own.
func Elided(page []irc.Message) bool {
	return slices.ContainsFunc(page, func(m irc.Message) bool {
		return m.Command == "NOTICE" && !strings.Contains(m.Source, "!")
	})
}

// Target is a conversation, and when something was last said in it.
type Target struct {
	Name string
	Last time.Time
}

// Targets are the rooms and people with whom something was last said between
// the two moments.
func (c *Client) Targets(ctx context.Context, from, to time.Time, limit int) ([]Target, error) {
	got, err := c.chatHistory(ctx, []string{"TARGETS", string(AtTime(from)), string(AtTime(to)), strconv.Itoa(limit)})
	if err != nil {
		return nil, err
	}
	var targets []Target
	for _, m := range got {
		if m.Command != "CHATHISTORY" || m.Param(0) != "TARGETS" {
			continue
		}
		last, err := irc.ParseTime(m.Param(2))
		if err != nil {
			return nil, fmt.Errorf("target %s: %w", m.Param(1), err)
		}
		targets = append(targets, Target{Name: m.Param(1), Last: last})
	}
	return targets, nil
}

func (c *Client) chatHistory(ctx context.Context, params []string) ([]irc.Message, error) {
	if !c.Has(irc.CapChatHistory) {
		return nil, fmt.Errorf("%w: %s", ErrUnsupported, irc.CapChatHistory)
	}
	return c.Do(ctx, irc.New("CHATHISTORY", params...))
}
