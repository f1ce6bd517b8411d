package repl

import (
	"context"
	"fmt"
	"strings"
)

// pipe is Chat for programs: lines in, lines out.
func pipe(ctx context.Context, o Options) int {
	if len(o.Rooms) != 1 {
		fmt.Fprintln(o.Err, "greenroom: standard input is not a terminal: give one --room for its lines")
		return exitUsage
	}
	return talk(ctx, o, o.Rooms[0])
}

// Send sends a text, or each line of standard input where there is none, to a room, which is joined first when need
// be, or to a person. It returns 0 only when all of it is stored.
func Send(ctx context.Context, o Options, target string, text []string) int {
	o, err := o.configured(false)
	if err != nil {
		return misused(o, err)
	}
	ctx, stop := untilSignal(ctx)
	defer stop()
	return exitCode(ctx, sendText(ctx, o, target, text))
}

func sendText(ctx context.Context, o Options, target string, text []string) int {
	o.quick = true
	o.Rooms = nil
	if isRoom(target) {
		o.Rooms = []string{target}
	}
	if len(text) > 0 && strings.TrimSpace(strings.Join(text, "")) == "" {
		return nothing(o)
	}
	if len(text) > 0 {
		o.In = strings.NewReader(strings.Join(text, " ") + "\n")
	}
	return talk(ctx, o, target)
}

// talk connects, sends the lines of standard input to target, and waits until the last one is stored.
func talk(ctx context.Context, o Options, target string) int {
	u := newPlainUI(o.In, o.Out)
	s := newSession(o, newPlainUI(o.In, o.Err))
	conn, login, err := s.signIn(ctx, false)
	if err != nil {
		return s.explain(ctx, err)
	}
	c := newChat(o, u, conn, login)
	c.piped = true
	c.current = c.room(target)
	code := c.run(ctx)
	if code == exitOK && o.quick && !c.outbox.used {
		return nothing(o)
	}
	return code
}

func nothing(o Options) int {
	fmt.Fprintln(o.Err, "greenroom: nothing to send")
	return exitRefused
}

// Register makes an account. The password comes from the environment, or is asked for.
func Register(ctx context.Context, o Options) int {
	o, err := o.configured(false)
	if err != nil {
		return misused(o, err)
	}
	ctx, stop := untilSignal(ctx)
	defer stop()
	return exitCode(ctx, register(ctx, o))
}

func register(ctx context.Context, o Options) int {
	u := o.ui
	if u == nil {
		u = newPlainUI(o.In, o.Out)
	}
	defer u.Close()
	defer context.AfterFunc(ctx, u.Close)()
	s := newSession(o, u)
	err := s.makeAccount(ctx, o.ui != nil || isTerminal(o.In))
	if err != nil {
		s.ui = newPlainUI(o.In, o.Err)
		return s.explain(ctx, err)
	}
	return exitOK
}
