package room

import (
	"slices"
	"strings"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/names"
	"github.com/greenroom-chat/greenroom/actors/people"
)

// An entry of a list is a mask nick!user@host, or one of
//
//	a:bob   who is logged in to the account bob (ircv3 account-extban)
//	m:mask  of bans and exceptions: who is kept from speaking, not from
//	        coming in; mask is of either kind above
const (
	accountMask = "a:"
	muteMask    = "m:"
)

const (
	// maskBytes is the longest mask that is kept.
	maskBytes = 192
	// caughtByOne is how many accounts a ban holds on to.
	caughtByOne = 16
)

// identity is what masks are matched against, folded.
type identity struct{ mask, account string }

func identify(p people.Profile) identity {
	return identity{names.Fold(p.Nick + "!" + p.Username + "@" + p.Host), names.Fold(p.Account)}
}

// fullMask completes what was typed to nick!user@host, or returns "" for what
// cannot be a mask in the list of that mode.
func fullMask(mode byte, typed string) string {
	if typed == "" || len(typed) > maskBytes || strings.ContainsAny(typed, " ,\x00\r\n") || typed[0] == ':' {
		return ""
	}
	rest, mutes := strings.CutPrefix(typed, muteMask)
	account, logged := strings.CutPrefix(rest, accountMask)
	switch {
	case mutes && mode == 'I', logged && account == "":
		return ""
	case logged:
		return typed
	case len(rest) > 1 && rest[1] == ':':
		return "" // of a kind that is not known here
	}
	full := plainMask(rest)
	if mutes {
		full = muteMask + full
	}
	if rest == "" || len(full) > maskBytes {
		return ""
	}
	return full
}

func plainMask(typed string) string {
	nick, rest, hasUser := strings.Cut(typed, "!")
	if !hasUser {
		if user, host, hasHost := strings.Cut(typed, "@"); hasHost {
			nick, rest = "*", user+"@"+host
		}
	}
	user, host, _ := strings.Cut(rest, "@")
	return or(nick) + "!" + or(user) + "@" + or(host)
}

func or(part string) string {
	if part == "" {
		return "*"
	}
	return part
}

// fits tells whether a mask that is not of the muting kind matches.
func (who identity) fits(mask string) bool {
	mask = names.Fold(mask)
	if account, ok := strings.CutPrefix(mask, accountMask); ok {
		return who.account != "" && names.Glob(account, who.account)
	}
	// Other servers show a user name that nobody vouches for as ~name, and so
	// people write their masks.
	return names.Glob(strings.Replace(mask, "!~", "!", 1), who.mask)
}

// matches tells whether a mask of the list, of those that keep out, matches.
func matches(list []journal.Mask, who identity) bool {
	return slices.ContainsFunc(list, func(m journal.Mask) bool {
		return !strings.HasPrefix(m.Mask, muteMask) && who.fits(m.Mask)
	})
}

// silences is matches for the masks of either kind.
func silences(list []journal.Mask, who identity) bool {
	return slices.ContainsFunc(list, func(m journal.Mask) bool {
		return who.fits(strings.TrimPrefix(m.Mask, muteMask))
	})
}

// isCaught tells whether one of the bans has met the account before, under
// whatever nick it comes now.
func (r *room) isCaught(bans []journal.Mask, who identity) bool {
	return who.account != "" && slices.ContainsFunc(r.state.Caught, func(c journal.Caught) bool {
		return c.Account == who.account && slices.ContainsFunc(bans, func(m journal.Mask) bool { return m.Mask == c.Mask })
	})
}

// isBanned tells whether a ban keeps somebody out.
func (r *room) isBanned(who identity) bool { return r.isBannedBy(r.state.Bans, who) }

func (r *room) isBannedBy(bans []journal.Mask, who identity) bool {
	return (matches(bans, who) || r.isCaught(bans, who)) && !matches(r.state.Excepts, who)
}

// isBannedSince is isBanned for the bans that are not among the earlier ones.
func (r *room) isBannedSince(earlier []journal.Mask, who identity) bool {
	later := slices.DeleteFunc(slices.Clone(r.state.Bans), func(m journal.Mask) bool { return slices.Contains(earlier, m) })
	return r.isBannedBy(later, who)
}

// isSilenced tells whether a ban keeps somebody from speaking.
func (r *room) isSilenced(who identity) bool {
	return (silences(r.state.Bans, who) || r.isCaught(r.state.Bans, who)) && !silences(r.state.Excepts, who)
}

// isMuted is isSilenced for a member, remembered until the lists or the member
// change.
func (r *room) isMuted(m *member) bool {
	if m.judged != r.banned+1 {
		m.judged, m.muted = r.banned+1, r.isSilenced(m.who)
	}
	return m.muted
}

// catch lists the accounts that a new ban by nick holds on to, so that a
// change of the nick does not lift it: those of members whom it meets or, of a
// nick that is not here, the account of that name.
func (r *room) catch(mask string) []journal.Caught {
	nick, _, plain := strings.Cut(names.Fold(mask), "!")
	if !plain || strings.Trim(nick, "*") == "" {
		return nil
	}
	var caught []journal.Caught
	for _, m := range r.members {
		if !m.profile.Guest() && m.who.fits(mask) && len(caught) < caughtByOne {
			caught = append(caught, journal.Caught{Mask: mask, Account: m.who.account})
		}
	}
	if len(caught) == 0 && !strings.ContainsAny(nick, "*?") && r.byNick(nick) == nil {
		caught = append(caught, journal.Caught{Mask: mask, Account: nick})
	}
	return caught
}
