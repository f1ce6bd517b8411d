package room

import (
	"slices"
	"strings"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/names"
)

// maskBytes is the longest mask that is kept.
const maskBytes = 192

// fullMask completes what was typed to nick!user@host, or returns "" for what
// cannot be a mask.
func fullMask(typed string) string {
	if typed == "" || len(typed) > maskBytes || strings.ContainsAny(typed, " ,\x00\r\n") || typed[0] == ':' {
		return ""
	}
	nick, rest, hasUser := strings.Cut(typed, "!")
	if !hasUser {
		if user, host, hasHost := strings.Cut(typed, "@"); hasHost {
			nick, rest = "*", user+"@"+host
		}
	}
	user, host, _ := strings.Cut(rest, "@")
	full := or(nick) + "!" + or(user) + "@" + or(host)
	if len(full) > maskBytes {
		return ""
	}
	return full
}

func or(part string) string {
	if part == "" {
		return "*"
	}
	return part
}

// matches tells whether one of the masks matches who.
func matches(list []journal.Mask, who string) bool {
	return slices.ContainsFunc(list, func(m journal.Mask) bool { return names.Glob(names.Fold(m.Mask), who) })
}

// isBanned tells whether a ban holds for who, as maskOf prints it.
func (r *room) isBanned(who string) bool {
	return matches(r.state.Bans, who) && !matches(r.state.Excepts, who)
}

// isBannedSince is isBanned for the bans that are not among the earlier ones.
func (r *room) isBannedSince(earlier []journal.Mask, who string) bool {
	return r.isBanned(who) && slices.ContainsFunc(r.state.Bans, func(m journal.Mask) bool {
		return !slices.Contains(earlier, m) && names.Glob(names.Fold(m.Mask), who)
	})
}

// isMuted is isBanned for a member, remembered until the lists or the member
// change.
func (r *room) isMuted(m *member) bool {
	if m.judged != r.banned+1 {
		m.judged, m.muted = r.banned+1, r.isBanned(m.mask)
	}
	return m.muted
}
