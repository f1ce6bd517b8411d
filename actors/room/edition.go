package room

import (
	"slices"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// item is one thing that members are shown.
type item struct {
	event Event
	min   Role   // shown to this role and above
	once  uint64 // as in Lines
	key   string // as in Lines
}

// edition is a series of items, encoded once for every class of sessions.
// Nobody changes it after encode; relays share it.
type edition struct {
	items   []item
	encoder Encoder
	levels  []int // the ranks at which more is shown; 0 alone: all is for everybody
	views   []view
}

// view is what the sessions of one class, and where it matters of one rank,
// are shown. The text of item i is text[ends[i-1]:ends[i]].
type view struct {
	class Class
	level int
	text  []byte
	ends  []int
	whole []*Lines
}

// textPerItem is a guess that saves growing the text of most editions.
const textPerItem = 320

func (e *edition) encode(encoder Encoder, classes []Class) {
	e.encoder = encoder
	if len(e.items) == 0 {
		return
	}
	e.levels = append(e.levels, 0)
	for _, it := range e.items {
		if rank := it.min.Rank(); !slices.Contains(e.levels, rank) {
			e.levels = append(e.levels, rank)
		}
	}
	for _, class := range classes {
		for _, level := range e.levels {
			e.views = append(e.views, e.render(class, level))
		}
	}
}

func (e *edition) render(class Class, level int) view {
	v := view{
		class: class, level: level,
		text: make([]byte, 0, textPerItem*len(e.items)),
		ends: make([]int, len(e.items)),
	}
	for i, it := range e.items {
		if it.min.Rank() <= level {
			v.text = e.encoder(v.text, class, it.event)
		}
		v.ends[i] = len(v.text)
	}
	v.whole = v.cut(e.items, nil, 0, len(e.items))
	return v
}

// view finds what a session of the class and role is shown. A class that came
// up after the encoding is encoded on the spot.
func (e *edition) view(class Class, role Role) *view {
	level := 0
	for _, l := range e.levels {
		if l <= role.Rank() {
			level = max(level, l)
		}
	}
	for i := range e.views {
		if v := &e.views[i]; v.class == class && v.level == level {
			return v
		}
	}
	v := e.render(class, level)
	return &v
}

// alone is one item as a session of the class is shown it, whatever its role.
func (e *edition) alone(class Class, at int) *Lines {
	return &Lines{Bytes: e.encoder(nil, class, e.items[at].event), Once: e.items[at].once}
}

// cut appends the items [from,to) to lines: together, but for those that not
// everybody cares for, which go alone.
func (v *view) cut(items []item, lines []*Lines, from, to int) []*Lines {
	for from < to {
		next := from + 1
		for items[from].key == "" && next < to && items[next].key == "" {
			next++
		}
		if l := v.piece(items, from, next); len(l.Bytes) > 0 {
			lines = append(lines, &l)
		}
		from = next
	}
	return lines
}

// piece is some items in one.
func (v *view) piece(items []item, from, to int) Lines {
	start, end := v.start(from), v.ends[to-1]
	l := Lines{Bytes: v.text[start:end:end], Once: items[from].once, Key: items[from].key}
	if to-from == 1 {
		return l
	}
	l.Once = 0
	if slices.ContainsFunc(items[from:to], func(it item) bool { return it.once != 0 }) {
		l.Parts = v.parts(items, from, to)
	}
	return l
}

// parts tells apart what is to be shown once.
func (v *view) parts(items []item, from, to int) (parts []Part) {
	begin := v.start(from)
	for i := from; i < to; i++ {
		p := Part{End: v.ends[i] - begin, Once: items[i].once}
		last := len(parts) - 1
		switch {
		case v.ends[i] == v.start(i): // this class is not shown it
		case p.Once == 0 && last >= 0 && parts[last].Once == 0:
			parts[last].End = p.End
		default:
			parts = append(parts, p)
		}
	}
	return parts
}

// start is where the text of an item begins.
func (v *view) start(i int) int {
	if i == 0 {
		return 0
	}
	return v.ends[i-1]
}

// classCount counts the sessions of a class.
type classCount struct {
	class Class
	n     int
}

func (r *room) countClass(class Class, n int) {
	i := slices.IndexFunc(r.classes, func(c classCount) bool { return c.class == class })
	if i < 0 {
		r.classes = append(r.classes, classCount{class, n})
		return
	}
	if r.classes[i].n += n; r.classes[i].n == 0 {
		r.classes = slices.Delete(r.classes, i, i+1)
	}
}

// classesWith lists the classes of all sessions that are to be shown the
// entries: those here and those that come with a JOIN.
func (r *room) classesWith(entries []journal.Entry) []Class {
	classes := make([]Class, 0, len(r.classes)+1)
	for _, c := range r.classes {
		classes = append(classes, c.class)
	}
	for _, e := range entries {
		m, ok := e.Intent.(Join)
		if !ok {
			continue
		}
		sessions := m.Member.Sessions
		if w := r.entrantOf(m.Member.User); w != nil {
			sessions = w.member.Sessions
		}
		for _, s := range sessions {
			if !slices.Contains(classes, s.Class) {
				classes = append(classes, s.Class)
			}
		}
	}
	return classes
}
