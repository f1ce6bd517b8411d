package client

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// request is a question whose answer is being gathered by the reading goroutine.
type request struct {
	label string
	got   []irc.Message
	reply chan []irc.Message // one answer fits, so that nobody waits to give it
}

// Send hands over messages, which nothing comes between, with nothing known
// about their fate. What cannot be said in one line is refused here.
func (c *Client) Send(messages ...irc.Message) error {
	var lines []byte
	for _, m := range messages {
		if err := m.Check(sendLimits); err != nil {
			return fmt.Errorf("send %s: %w", m.Command, err)
		}
		lines = irc.Append(lines, m)
	}
	return c.enqueue(lines)
}

// sendLimits leave it to the server to say that a line is too long: REGISTER
// may be, and its answer is what a user should read.
var sendLimits = irc.Limits{Body: irc.MaxLine, TagData: irc.MaxClientTagData}

// Do sends a request and gathers its reply: one message, or those of a batch
// without the lines that open and close it; none for ACK. A refusal among them
// makes the error a *Fail; the messages are there all the same. A reply
// that begins after ctx has ended arrives on Events.
func (c *Client) Do(ctx context.Context, m irc.Message) ([]irc.Message, error) {
	return c.labelled(ctx, m.Command, func(label irc.Tag) error {
		m.Tags = append(slices.Clip(m.Tags), label)
		return c.Send(m)
	})
}

// labelled sends something with a label and gathers the answer to it.
func (c *Client) labelled(ctx context.Context, command string, send func(label irc.Tag) error) ([]irc.Message, error) {
	if !c.Has(irc.CapLabeledResponse) || !c.Has(irc.CapBatch) {
		return nil, fmt.Errorf("%w: %s", ErrUnsupported, irc.CapLabeledResponse)
	}
	r := c.newRequest()
	defer c.forget(r)
	if err := send(irc.Tag{Key: irc.TagLabel, Value: r.label}); err != nil {
		return nil, err
	}
	got, err := c.wait(ctx, r)
	if err != nil {
		return nil, err
	}
	if len(got) == 1 && got[0].Command == "ACK" {
		return nil, nil
	}
	for _, reply := range got {
		if fail := failOf(reply, command); fail != nil {
			return got, fail
		}
	}
	return got, nil
}

func (c *Client) wait(ctx context.Context, r *request) ([]irc.Message, error) {
	select {
	case got := <-r.reply:
		return got, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.done:
	}
	select {
	case got := <-r.reply: // it came before the end
		return got, nil
	default:
		return nil, c.Err()
	}
}

func (c *Client) newRequest() *request {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.labels++
	r := &request{label: strconv.FormatUint(c.labels, 36), reply: make(chan []irc.Message, 1)}
	c.requests[r.label] = r
	return r
}

func (c *Client) request(label string) *request {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.requests[label]
}

func (c *Client) forget(r *request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.requests, r.label)
}

// gather adds to an answer, but not without end.
func (c *Client) gather(r *request, m irc.Message) {
	if len(r.got) == mostReply {
		c.end(errReply)
		return
	}
	r.got = append(r.got, m)
}

// complete gives the answer. A server that answers twice is not waited for.
func (c *Client) complete(r *request) {
	c.forget(r)
	select {
	case r.reply <- r.got:
	default:
	}
}

// Receipt says that a message is stored.
type Receipt struct {
	MsgID string
	Time  time.Time
	Echo  irc.Message // as everybody sees it
	Away  string      // what the person it is for has left word of; empty: not away
}

// Post sends a message and returns when the server has stored it. With the same
// clientID it may be sent again after a failure, from a new connection too, and
// is stored once. Several may be under way at once.
func (c *Client) Post(ctx context.Context, target, text, clientID string) (Receipt, error) {
	return c.PostTagged(ctx, target, text, clientID, nil)
}

// PostTagged is Post with client-only tags, such as what it is a reply to.
func (c *Client) PostTagged(ctx context.Context, target, text, clientID string, tags irc.Tags) (Receipt, error) {
	if !c.Has(irc.CapEchoMessage) {
		return Receipt{}, fmt.Errorf("%w: %s", ErrUnsupported, irc.CapEchoMessage)
	}
	m := irc.New("PRIVMSG", target, text)
	m.Tags = withID(tags, clientID)
	return receipt(c.Do(ctx, m))
}

// receipt finds the echo among the answers.
func receipt(got []irc.Message, err error) (Receipt, error) {
	if err != nil {
		return Receipt{}, err
	}
	away := ""
	for _, reply := range got {
		if reply.Command == string(irc.RplAway) {
			away = reply.Last()
		}
	}
	for _, reply := range got {
		if reply.Command == "PRIVMSG" {
			at, _ := irc.ParseTime(reply.Tag(irc.TagTime)) // zero: the server told none
			return Receipt{MsgID: reply.Tag(irc.TagMsgID), Time: at, Echo: reply, Away: away}, nil
		}
	}
	return Receipt{}, ErrNoEcho
}

// Join joins a room; key may be empty. It returns the JOIN, the topic and the
// names.
func (c *Client) Join(ctx context.Context, room, key string) ([]irc.Message, error) {
	if key == "" {
		return c.Do(ctx, irc.New("JOIN", room))
	}
	return c.Do(ctx, irc.New("JOIN", room, key))
}

// Part leaves a room; reason may be empty.
func (c *Client) Part(ctx context.Context, room, reason string) error {
	m := irc.New("PART", room)
	if reason != "" {
		m = irc.New("PART", room, reason)
	}
	_, err := c.Do(ctx, m)
	return err
}
