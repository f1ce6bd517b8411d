// Package powercut is a file system for tests that can lose its power.
//
// A Disk keeps two states of each file and directory: what processes see, and
// what has been synced. Each change is of the first alone; fsync and fdatasync
// of a file make its contents last, fsync of a directory its entries. Nothing
// else does: no close, no rename, no sync of something near it. A page that a
// process has changed through a map is not even seen here before the kernel
// writes it.
//
// Cut makes every operation fail from that instant on. Restart throws away
// what was not synced: all of it, or a random part, since a disk may have
// written any of it, whole or torn.
//
// Mount needs Linux and root. The process that mounts must not use the mounted
// files itself: a page fault would wait for a goroutine of the same process.
package powercut

import (
	"math/rand/v2"
	"sync"
	"syscall"
	"time"
)

// Disk is such a file system. Its contents last as long as it does, over any
// number of mounts.
type Disk struct {
	mu      sync.Mutex
	root    *node
	inodes  uint64
	ops     int // changes and syncs since the last Restart
	cutAt   int // of ops; 0 is never
	after   synced
	off     bool // the power is gone
	told    func()
	deaf    func(name string) bool
	unmount func() error
}

// synced is the nth sync of a name.
type synced struct {
	name string
	n    int
}

// node is a file or a directory.
type node struct {
	ino      uint64
	name     string // that it was given last
	mode     uint32 // kept as it is: nothing here rests on when that is synced
	modified time.Time
	dir      *dir  // nil for a file
	file     *file // nil for a directory
}

// New makes an empty disk.
func New() *Disk {
	d := &Disk{}
	d.root = d.newNode("/", syscall.S_IFDIR|0o755)
	return d
}

func (d *Disk) newNode(name string, mode uint32) *node {
	d.inodes++
	n := &node{ino: d.inodes, name: name, mode: mode, modified: time.Now()}
	if mode&syscall.S_IFMT == syscall.S_IFDIR {
		n.dir = &dir{now: map[string]*node{}, synced: map[string]*node{}}
	} else {
		n.file = &file{}
	}
	return n
}

// Cut takes the power away and returns when nothing more can become durable.
func (d *Disk) Cut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cut()
}

// CutAfter cuts at the nth change or sync from now, which already fails.
func (d *Disk) CutAfter(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cutAt = d.ops + n
}

// CutAfterSync cuts when a file or directory of that name has been synced for
// the nth time from now.
func (d *Disk) CutAfterSync(name string, n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.after = synced{name, n}
}

// OnCut has fn called at the instant of the next cut, before an operation has
// failed. It must not use the disk.
func (d *Disk) OnCut(fn func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.told = fn
}

// Deaf has the syncs of those files and directories do nothing to whose name fn
// says yes, as if the program had left them out. The root is "/".
func (d *Disk) Deaf(fn func(name string) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.deaf = fn
}

// Ops counts the changes and syncs since New or Restart.
func (d *Disk) Ops() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ops
}

// Files is what processes see, by path; the value of a directory, whose path
// ends with a slash, is empty.
func (d *Disk) Files() map[string]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	files := map[string]string{}
	d.root.list("", files)
	return files
}

func (n *node) list(at string, files map[string]string) {
	for name, child := range n.dir.now {
		if child.dir == nil {
			files[at+name] = string(child.file.now)
			continue
		}
		files[at+name+"/"] = ""
		child.list(at+name+"/", files)
	}
}

func (d *Disk) cut() {
	if d.off {
		return
	}
	d.off = true
	if d.told != nil {
		d.told()
	}
}

// Restart gives the power back after a cut. Without a source of chance nothing
// has survived that was not synced; with one, a random part has. The disk must
// not be mounted.
func (d *Disk) Restart(chance *rand.Rand) {
	d.mu.Lock()
	defer d.mu.Unlock()
	luck := &luck{chance: chance, kept: map[*node]*node{}}
	if chance != nil {
		luck.survival = []float64{0.1, 0.5, 0.9, 1}[chance.IntN(4)]
	}
	d.root = luck.node(d.root)
	d.ops, d.cutAt, d.after, d.off, d.told = 0, 0, synced{}, false, nil
}

// operation begins a change or a sync; the caller holds the lock.
func (d *Disk) operation() syscall.Errno {
	d.ops++
	if d.cutAt != 0 && d.ops >= d.cutAt {
		d.cut()
	}
	return d.power()
}

func (d *Disk) power() syscall.Errno {
	if d.off {
		return syscall.EIO
	}
	return 0
}

func (d *Disk) sync(n *node) {
	switch {
	case d.deaf != nil && d.deaf(n.name):
	case n.dir != nil:
		n.dir.sync()
	default:
		n.file.sync()
	}
	if d.after.name == n.name {
		if d.after.n--; d.after.n == 0 {
			d.cut()
		}
	}
}
