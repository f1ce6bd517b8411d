package powercut

import (
	"context"
	"maps"
	"slices"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// What the kernel asks of a directory.

// known tells the kernel of a child; the caller holds the lock.
func (i *inode) known(ctx context.Context, child *node, out *fuse.EntryOut) *fs.Inode {
	of := &inode{disk: i.disk, node: child}
	of.fill(&out.Attr)
	return i.NewInode(ctx, of, fs.StableAttr{Mode: child.mode & syscall.S_IFMT, Ino: child.ino})
}

// Lookup implements fs.NodeLookuper.
func (i *inode) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	i.disk.mu.Lock()
	defer i.disk.mu.Unlock()
	if errno := i.disk.power(); errno != 0 {
		return nil, errno
	}
	child := i.node.dir.now[name]
	if child == nil {
		return nil, syscall.ENOENT
	}
	return i.known(ctx, child, out), 0
}

// Readdir implements fs.NodeReaddirer.
func (i *inode) Readdir(context.Context) (fs.DirStream, syscall.Errno) {
	i.disk.mu.Lock()
	defer i.disk.mu.Unlock()
	if errno := i.disk.power(); errno != 0 {
		return nil, errno
	}
	var list []fuse.DirEntry
	for _, name := range slices.Sorted(maps.Keys(i.node.dir.now)) {
		child := i.node.dir.now[name]
		list = append(list, fuse.DirEntry{Name: name, Mode: child.mode, Ino: child.ino})
	}
	return fs.NewListDirStream(list), 0
}

// Create implements fs.NodeCreater.
func (i *inode) Create(ctx context.Context, name string, flags, mode uint32, out *fuse.EntryOut) (
	*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	child, errno := i.create(ctx, name, syscall.S_IFREG|mode, out)
	return child, handle{flags&syscall.O_DSYNC != 0}, fuse.FOPEN_KEEP_CACHE, errno
}

// Mkdir implements fs.NodeMkdirer.
func (i *inode) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return i.create(ctx, name, syscall.S_IFDIR|mode, out)
}

func (i *inode) create(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	i.disk.mu.Lock()
	defer i.disk.mu.Unlock()
	if errno := i.disk.operation(); errno != 0 {
		return nil, errno
	}
	child := i.disk.newNode(name, mode)
	i.node.dir.change(entry{name, child})
	return i.known(ctx, child, out), 0
}

// Unlink implements fs.NodeUnlinker.
func (i *inode) Unlink(_ context.Context, name string) syscall.Errno {
	i.disk.mu.Lock()
	defer i.disk.mu.Unlock()
	if errno := i.disk.operation(); errno != 0 {
		return errno
	}
	if i.node.dir.now[name] == nil {
		return syscall.ENOENT
	}
	i.node.dir.change(entry{name: name})
	return 0
}

// Rmdir implements fs.NodeRmdirer.
func (i *inode) Rmdir(ctx context.Context, name string) syscall.Errno {
	i.disk.mu.Lock()
	child := i.node.dir.now[name]
	empty := child == nil || len(child.dir.now) == 0
	i.disk.mu.Unlock()
	if !empty {
		return syscall.ENOTEMPTY
	}
	return i.Unlink(ctx, name)
}

// Rename implements fs.NodeRenamer. From one directory into another it is two
// changes, of which either may be lost.
func (i *inode) Rename(_ context.Context, name string, to fs.InodeEmbedder, newName string, flags uint32) syscall.Errno {
	i.disk.mu.Lock()
	defer i.disk.mu.Unlock()
	if errno := i.disk.operation(); errno != 0 {
		return errno
	}
	into := to.(*inode).node.dir
	moved, replaced := i.node.dir.now[name], into.now[newName]
	switch {
	case moved == nil:
		return syscall.ENOENT
	case flags&^unix.RENAME_NOREPLACE != 0:
		return syscall.EINVAL
	case flags != 0 && replaced != nil:
		return syscall.EEXIST
	case replaced != nil && replaced.dir != nil && len(replaced.dir.now) > 0:
		return syscall.ENOTEMPTY
	case into == i.node.dir:
		into.change(entry{name: name}, entry{newName, moved})
	default:
		i.node.dir.change(entry{name: name})
		into.change(entry{newName, moved})
	}
	moved.name = newName
	return 0
}
