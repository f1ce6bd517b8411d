package powercut

import (
	"bytes"
	"maps"
	"slices"
)

// file is the contents of a file.
type file struct {
	now, synced []byte
	changes     []change // since the last sync, in order
}

// change is bytes that were written, or a new size.
type change struct {
	off    int64
	bytes  []byte
	resize bool // to off
}

func (f *file) write(off int64, p []byte) {
	f.change(change{off: off, bytes: bytes.Clone(p)})
}

func (f *file) resize(size int64) {
	f.change(change{off: size, resize: true})
}

func (f *file) change(c change) {
	f.now = c.apply(f.now)
	f.changes = append(f.changes, c)
}

func (f *file) sync() {
	for _, c := range f.changes {
		f.synced = c.apply(f.synced)
	}
	f.changes = nil
}

// size is the file's after the change.
func (c change) size(before int64) int64 {
	if c.resize {
		return c.off
	}
	return max(before, c.off+int64(len(c.bytes)))
}

func (c change) apply(contents []byte) []byte {
	contents = sized(contents, c.size(int64(len(contents))))
	if !c.resize {
		copy(contents[c.off:], c.bytes)
	}
	return contents
}

// sized makes contents longer, with zeros, or shorter.
func sized(contents []byte, size int64) []byte {
	if old := int64(len(contents)); size > old {
		contents = slices.Grow(contents, int(size-old))[:size]
		clear(contents[old:])
		return contents
	}
	return contents[:size]
}

// dir is the entries of a directory.
type dir struct {
	now, synced map[string]*node
	changes     []entries // since the last sync, in order
}

// entries are names that change together: a rename within a directory is one
// change, as on every file system with a journal.
type entries []entry

// entry is a name and what it stands for; nil is nothing.
type entry struct {
	name string
	node *node
}

func (d *dir) change(e ...entry) {
	c := entries(e)
	c.apply(d.now)
	d.changes = append(d.changes, c)
}

func (d *dir) sync() {
	d.synced = maps.Clone(d.now)
	d.changes = nil
}

func (c entries) apply(names map[string]*node) {
	for _, e := range c {
		if e.node == nil {
			delete(names, e.name)
		} else {
			names[e.name] = e.node
		}
	}
}
