package powercut

import (
	"bytes"
	"maps"
	"math/rand/v2"
)

// Units in which a disk writes: a page of the cache, and a sector, of which it
// is said that they are not torn.
const (
	pageBytes   = 4096
	sectorBytes = 512
)

// luck decides what survives a cut. Without chance it is what was synced, and
// nothing else.
type luck struct {
	chance   *rand.Rand
	survival float64         // how probably a change of a directory, or a unit of a file, has
	kept     map[*node]*node // what the nodes from before have become
}

// node returns what is left of a node.
func (l *luck) node(n *node) *node {
	if done, ok := l.kept[n]; ok {
		return done
	}
	left := &node{ino: n.ino, name: n.name, mode: n.mode, modified: n.modified}
	l.kept[n] = left
	if n.file != nil {
		contents := l.contents(n.file)
		left.file = &file{now: contents, synced: bytes.Clone(contents)}
		return left
	}
	names := maps.Clone(n.dir.synced)
	for _, c := range l.some(n.dir.changes) {
		c.apply(names)
	}
	for name, child := range names {
		names[name] = l.node(child)
	}
	left.dir = &dir{now: names, synced: maps.Clone(names)}
	return left
}

// some chooses from the changes of a directory: those up to one of them, as a
// journal would, or any.
func (l *luck) some(changes []entries) (chosen []entries) {
	if l.chance == nil || len(changes) == 0 {
		return nil
	}
	if l.survival < 1 && l.chance.IntN(2) == 0 {
		return changes[:l.chance.IntN(len(changes)+1)]
	}
	for _, c := range changes {
		if l.survives() {
			chosen = append(chosen, c)
		}
	}
	return chosen
}

func (l *luck) survives() bool { return l.chance.Float64() < l.survival }

// contents is what is left of a file. Each unit of it is as it was after some
// of the changes, and so is its size.
func (l *luck) contents(f *file) []byte {
	if l.chance == nil || len(f.changes) == 0 {
		return bytes.Clone(f.synced)
	}
	versions, size := l.versions(f)
	left := bytes.Clone(f.synced)
	for i, c := range f.changes {
		before := int64(len(left))
		left = sized(left, max(before, c.size(before)))
		versions.apply(c, i+1, left)
	}
	return sized(left, size)
}

// versions tells for the units of a file how many of the changes each has seen.
type versions struct {
	unit  int64
	after []int // by the unit's number
}

// versions chooses the units' and the size.
func (l *luck) versions(f *file) (v versions, size int64) {
	longest := int64(len(f.synced))
	sizes := []int64{longest}
	for _, c := range f.changes {
		size = c.size(sizes[len(sizes)-1])
		sizes, longest = append(sizes, size), max(longest, size)
	}
	v.unit = []int64{pageBytes, sectorBytes}[l.chance.IntN(2)]
	v.after = make([]int, (longest+v.unit-1)/v.unit)
	if l.survival < 1 && l.chance.IntN(2) == 0 {
		return l.torn(f, v, sizes)
	}
	for i := range v.after {
		v.after[i] = l.version(len(f.changes))
	}
	return v, sizes[l.version(len(f.changes))]
}

// version is the last one as often as something survives, and sometimes one
// in between.
func (l *luck) version(last int) int {
	switch {
	case l.survives():
		return last
	case l.chance.IntN(4) == 0:
		return l.chance.IntN(last)
	}
	return 0
}

// torn has the changes survive up to one, and of that one the first units.
func (l *luck) torn(f *file, v versions, sizes []int64) (versions, int64) {
	at := l.chance.IntN(len(f.changes))
	c := f.changes[at]
	end := c.off + l.chance.Int64N(int64(len(c.bytes))+1)
	for i := range v.after {
		v.after[i] = at
		if int64(i+1)*v.unit <= end {
			v.after[i] = at + 1
		}
	}
	return v, sizes[at+l.chance.IntN(2)]
}

// apply makes the nth change in the units that have seen it.
func (v versions) apply(c change, n int, contents []byte) {
	from, to := c.off, int64(len(contents)) // a new size leaves zeros behind it
	if !c.resize {
		to = c.off + int64(len(c.bytes))
	}
	for at := from; at < to; {
		i := at / v.unit
		end := min(to, (i+1)*v.unit)
		switch {
		case v.after[i] < n:
		case c.resize:
			clear(contents[at:end])
		default:
			copy(contents[at:end], c.bytes[at-c.off:])
		}
		at = end
	}
}
