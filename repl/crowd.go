package repl

import (
	"slices"
	"time"
)

const (
	crowdWait = 5 * time.Second
	mostCrowd = 500 // events that are told of together
)

// comings collects who comes and goes in the current room. The first is shown at once; those that follow within
// crowdWait are told of together, before anything else is shown.
type comings struct {
	until  time.Time // while it lasts, events are collected
	events []event
}

// comesOrGoes tells whether an event is of the kind that comes in crowds.
func (e event) comesOrGoes() bool { return e.kind == joined || e.kind == left || e.kind == gone }

// come shows that somebody has come or gone, now or with others.
func (c *chat) come(e event) {
	now := c.o.now()
	if !now.Before(c.comings.until) {
		c.told()
		c.showNow(e, true)
		c.comings.until = now.Add(crowdWait)
		return
	}
	c.comings.events = append(c.comings.events, e)
	switch len(c.comings.events) {
	case 1:
		c.after(c.comings.until.Sub(now), c.told)
	case mostCrowd:
		c.told()
	}
}

// told shows those who were collected.
func (c *chat) told() {
	events := c.comings.events
	c.comings.events = nil
	switch len(events) {
	case 0:
	case 1:
		c.showNow(events[0], true)
	default:
		c.showNow(crowdOf(events), true)
	}
}

// crowdOf makes one event of many. Who has come and gone meanwhile is neither here nor there.
func crowdOf(events []event) event {
	e := event{kind: crowded, at: events[len(events)-1].at, room: events[0].room}
	drop := func(from *[]string, nick string) bool {
		i := slices.IndexFunc(*from, func(n string) bool { return same(n, nick) })
		if i >= 0 {
			*from = slices.Delete(*from, i, i+1)
		}
		return i >= 0
	}
	for _, one := range events {
		switch {
		case one.kind == joined && drop(&e.went, one.nick): // back again
		case one.kind == joined:
			drop(&e.passed, one.nick)
			e.came = append(e.came, one.nick)
		case drop(&e.came, one.nick):
			e.passed = append(e.passed, one.nick)
		default:
			e.went = append(e.went, one.nick)
		}
	}
	return e
}
