package room

import (
	"slices"
	"strconv"
	"strings"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/names"
)

// draft is a state in the making: nothing of it holds unless all does. The
// slices of the state in force are never changed.
type draft struct {
	room  *room
	by    *member
	state journal.State
	done  []ModeChange
	roles []newRole
}

func (d *draft) take(c ModeChange) error {
	switch {
	case !isQuery(c) && !d.room.power(d.by).AtLeast(needed(c.Mode)) && !d.givesUp(c):
		return ErrNotOperator
	case strings.IndexByte(flagModes, c.Mode) >= 0:
		c.Param = ""
		d.flag(c)
		return nil
	case c.Mode == 'k':
		return d.key(c)
	case c.Mode == 'l':
		return d.limit(c)
	case roleOfMode(c.Mode) != NoRole:
		return d.role(c, roleOfMode(c.Mode))
	case isQuery(c):
		return nil
	case strings.IndexByte(listModes, c.Mode) >= 0:
		return d.list(c)
	}
	return ErrBadMode
}

// flag sets or clears a letter; a change of nothing is not one.
func (d *draft) flag(c ModeChange) {
	modes := []byte(d.state.Modes)
	i, set := slices.BinarySearch(modes, c.Mode)
	if set == c.Add {
		return
	}
	if c.Add {
		modes = slices.Insert(modes, i, c.Mode)
	} else {
		modes = slices.Delete(modes, i, i+1)
	}
	d.state.Modes = string(modes)
	d.done = append(d.done, c)
}

func (d *draft) key(c ModeChange) error {
	if !c.Add {
		c.Param = "*"
		d.state.Key = ""
		d.flag(c)
		return nil
	}
	if c.Param == "" || strings.ContainsAny(c.Param, " ,\x00\r\n") || c.Param[0] == ':' {
		return ErrBadMode
	}
	if len(c.Param) > d.room.Limits.Key {
		return ErrBadMode
	}
	if d.state.Key != c.Param {
		d.state.Key = c.Param
		d.set(c)
	}
	return nil
}

func (d *draft) limit(c ModeChange) error {
	if !c.Add {
		c.Param = ""
		d.state.Limit = 0
		d.flag(c)
		return nil
	}
	n, err := strconv.ParseInt(c.Param, 10, 32)
	if err != nil || n <= 0 {
		return ErrBadMode
	}
	c.Param = strconv.FormatInt(n, 10)
	if d.state.Limit != int(n) {
		d.state.Limit = int(n)
		d.set(c)
	}
	return nil
}

// set is flag for a letter whose parameter changed, whether or not it was set.
func (d *draft) set(c ModeChange) {
	before := len(d.done)
	d.flag(c)
	if len(d.done) == before {
		d.done = append(d.done, c)
	}
}

// role gives or takes a part of a role.
func (d *draft) role(c ModeChange, part Role) error {
	target := d.room.byNick(c.Param)
	if target == nil {
		return ErrNoTarget
	}
	had := d.roleNow(target)
	has := had | part
	if !c.Add {
		has = had &^ part
	}
	switch {
	case has == had:
		return nil
	case !c.Add && !d.room.outranks(d.by, target):
		return ErrNotOperator
	}
	c.Param = target.profile.Nick
	d.done = append(d.done, c)
	d.roles = append(d.roles, newRole{target.user, has})
	if !target.profile.Guest() {
		d.keepRole(target.profile.ID, has)
	}
	return nil
}

// givesUp tells whether a change takes a role from who asks for it.
func (d *draft) givesUp(c ModeChange) bool {
	return !c.Add && roleOfMode(c.Mode) != NoRole && d.room.byNick(c.Param) == d.by
}

// roleNow is the member's role with the changes so far.
func (d *draft) roleNow(m *member) Role {
	role := m.role
	for _, change := range d.roles {
		if change.user.Equal(m.user) {
			role = change.role
		}
	}
	return role
}

func (d *draft) keepRole(account string, role Role) {
	kept := slices.DeleteFunc(slices.Clone(d.state.Roles), func(k journal.RoleOf) bool { return k.Account == account })
	if role != NoRole {
		kept = append(kept, journal.RoleOf{Account: account, Role: uint8(role)})
	}
	d.state.Roles = kept
}

func (d *draft) list(c ModeChange) error {
	c.Param = fullMask(c.Mode, c.Param)
	if c.Param == "" {
		return ErrBadMode
	}
	list := listOf(&d.state, c.Mode)
	i := slices.IndexFunc(*list, func(m journal.Mask) bool { return names.Fold(m.Mask) == names.Fold(c.Param) })
	switch {
	case c.Add == (i >= 0):
		return nil
	case !c.Add:
		c.Param = (*list)[i].Mask
		*list = slices.Delete(slices.Clone(*list), i, i+1)
		d.release(c)
	case len(*list) >= d.room.Limits.List:
		return ErrListFull
	default:
		entry := journal.Mask{Mask: c.Param, By: d.by.profile.Nick, At: d.room.now()}
		*list = append(slices.Clone(*list), entry)
		d.catch(c)
	}
	d.done = append(d.done, c)
	return nil
}

// catch holds on to the accounts that a new ban meets, up to a limit.
func (d *draft) catch(c ModeChange) {
	if c.Mode != 'b' {
		return
	}
	caught := append(slices.Clone(d.state.Caught), d.room.catch(c.Param)...)
	d.state.Caught = caught[:min(len(caught), max(len(d.state.Caught), 2*d.room.Limits.List))]
}

func (d *draft) release(c ModeChange) {
	if c.Mode == 'b' {
		d.state.Caught = slices.DeleteFunc(slices.Clone(d.state.Caught), func(k journal.Caught) bool { return k.Mask == c.Param })
	}
}
