package repl

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/greenroom-chat/greenroom/net/client"
	"github.com/greenroom-chat/greenroom/net/irc"
)

const (
	mostUnread = 500  // kept of a room that is not current; more is in the history
	mostSeen   = 4096 // ids remembered, against showing a line twice
	mostNicks  = 20_000
)

// room is what the loop knows of a room, or of a conversation with one person, which is named after that person.
type room struct {
	name     string
	wanted   bool           // the user is in it: to be joined again after a reconnect
	left     bool           // the user was in it and is no longer; it stays current until the user goes elsewhere
	leaving  bool           // the user has said /part here
	joining  bool           // asked for, not yet answered
	entered  *client.Client // the connection on which its history has been asked for
	filling  bool           // that history is on its way, and what happens meanwhile waits
	untitled bool           // current, and its heading is still to be shown
	topic    string
	typists  []typist
	silent   bool              // the server takes no typing notices
	marked   *client.Client    // the connection on which the server has told how far it was read
	marker   time.Time         // and how far
	awaiting bool              // the server is about to tell; filling, too
	unasked  bool              // meanwhile: the server has put us there
	away     string            // what the other one has left word of, as last shown
	nicks    map[string]string // by folded nick, as they are written
	unread   []event
	unseen   int  // lines of the current room that were shown while nobody looked
	news     int  // of unread: lines of others that the user has not seen
	more     bool // and there is still more in the history, between these and the newest
	missed   int  // unread beyond mostUnread
	waiting  []event
	first    string    // id of the earliest line that was shown
	last     mark      // the latest line
	read     mark      // the latest line that the user was shown, and all before it
	since    time.Time // when the user has entered it
	resumed  bool      // last is from an earlier login: what is newer is unread
	seen     map[string]bool
	seenIn   []string // seen in order of arrival
}

// mark is a place in the history.
type mark struct {
	id string
	at time.Time
}

func newRoom(name string) *room {
	return &room{name: name, nicks: map[string]string{}, seen: map[string]bool{}}
}

// fresh notes an event's id and tells whether it is seen for the first time. An event without an id is always new.
func (r *room) fresh(e event) bool {
	if e.id == "" {
		return true
	}
	if r.seen[e.id] {
		return false
	}
	r.seen[e.id] = true
	if r.seenIn = append(r.seenIn, e.id); len(r.seenIn) > mostSeen {
		delete(r.seen, r.seenIn[0])
		r.seenIn = r.seenIn[1:]
	}
	if e.kind == reacted || e.kind == undone {
		return true // its id may be in no history
	}
	if r.first == "" {
		r.first = e.id
	}
	if !e.at.Before(r.last.at) {
		r.last = mark{e.id, e.at}
	}
	return true
}

func (r *room) addUnread(e event) {
	r.news += isNews(e)
	if r.unread = append(r.unread, e); len(r.unread) > mostUnread {
		r.missed += isNews(r.unread[0])
		r.news -= isNews(r.unread[0])
		r.unread = r.unread[1:]
	}
}

// saw notes that the user was shown an event.
func (r *room) saw(e event) {
	if e.speech() && e.id != "" && r.unreadCount() == 0 && !e.at.Before(r.read.at) {
		r.read = mark{e.id, e.at}
	}
}

// takeUnread gives what the user has not seen, and how many more there were before it.
func (r *room) takeUnread() (events []event, missed int) {
	events, missed = r.unread, r.missed
	r.unread, r.news, r.missed, r.more = nil, 0, 0, false
	if !r.last.at.IsZero() {
		r.read = r.last
	}
	return events, missed
}

// unsay drops what was deleted from what the user has not seen; what was shown is shown.
func (r *room) unsay(id string) {
	gone := func(e event) bool { return e.id == id }
	r.dropUnread(gone)
	r.waiting = slices.DeleteFunc(r.waiting, gone)
}

func (r *room) dropUnread(drop func(event) bool) {
	r.unread = slices.DeleteFunc(r.unread, drop)
	r.news = 0
	for _, e := range r.unread {
		r.news += isNews(e)
	}
}

// isNews is 1 for what counts as new.
func isNews(e event) int {
	if e.known || e.self {
		return 0
	}
	return 1
}

// unreadCount is how many lines of others are new to the user.
func (r *room) unreadCount() int { return r.missed + r.news }

// unreadText is unreadCount for people.
func (r *room) unreadText() string {
	if n := r.unreadCount(); r.more && n > 0 {
		return fmt.Sprint(n, "+")
	} else {
		return fmt.Sprint(n)
	}
}

// takeWaiting gives what waited for its place, as far as it happened before a moment; the zero time is the end.
func (r *room) takeWaiting(before time.Time) []event {
	i := len(r.waiting)
	if !before.IsZero() {
		i = 0
		for i < len(r.waiting) && r.waiting[i].at.Before(before) {
			i++
		}
	}
	taken := r.waiting[:i:i]
	r.waiting = r.waiting[i:]
	return taken
}

// present keeps the list of who is there. It tells whether the event concerns somebody in this room.
func (r *room) present(e event) bool {
	switch e.kind {
	case joined:
		r.add(e.nick)
	case left:
		r.remove(e.nick)
	case kicked:
		r.remove(e.whom)
	case gone:
		return r.remove(e.nick)
	case renamed:
		was := r.remove(e.nick)
		if was {
			r.add(e.whom)
		}
		return was
	case topicSet:
		r.topic = e.text
	}
	return true
}

func (r *room) add(nick string) {
	if len(r.nicks) < mostNicks {
		r.nicks[irc.Fold(nick)] = nick
	}
}

func (r *room) remove(nick string) bool {
	_, was := r.nicks[irc.Fold(nick)]
	delete(r.nicks, irc.Fold(nick))
	return was
}

// names reads one line of RPL_NAMREPLY.
func (r *room) names(line string) {
	for _, word := range strings.Fields(line) {
		nick, _, _ := strings.Cut(strings.TrimLeft(word, "~&@%+"), "!")
		r.add(nick)
	}
}

func (r *room) sortedNicks() []string {
	return slices.SortedFunc(maps.Values(r.nicks), func(a, b string) int { return strings.Compare(irc.Fold(a), irc.Fold(b)) })
}
