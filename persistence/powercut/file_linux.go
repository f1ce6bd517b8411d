package powercut

import (
	"context"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// What the kernel asks of a file.

// handle is an open file. One that was opened to be written through needs no
// fsync.
type handle struct{ through bool }

// Getattr implements fs.NodeGetattrer.
func (i *inode) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	i.disk.mu.Lock()
	defer i.disk.mu.Unlock()
	i.fill(&out.Attr)
	return i.disk.power()
}

// Setattr implements fs.NodeSetattrer.
func (i *inode) Setattr(_ context.Context, _ fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	i.disk.mu.Lock()
	defer i.disk.mu.Unlock()
	if errno := i.disk.operation(); errno != 0 {
		return errno
	}
	if mode, ok := in.GetMode(); ok {
		i.node.mode = i.node.mode&syscall.S_IFMT | mode&^syscall.S_IFMT
	}
	if size, ok := in.GetSize(); ok {
		i.node.file.resize(int64(size))
		i.node.modified = time.Now()
	}
	i.fill(&out.Attr)
	return 0
}

// Statfs implements fs.NodeStatfser: there is always room.
func (i *inode) Statfs(_ context.Context, out *fuse.StatfsOut) syscall.Errno {
	const blocks = 1 << 28
	*out = fuse.StatfsOut{Bsize: pageBytes, Frsize: pageBytes, Blocks: blocks, Bfree: blocks, Bavail: blocks, NameLen: 255}
	return 0
}

// Open implements fs.NodeOpener.
func (i *inode) Open(_ context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	i.disk.mu.Lock()
	defer i.disk.mu.Unlock()
	if errno := i.disk.power(); errno != 0 {
		return nil, 0, errno
	}
	if flags&syscall.O_TRUNC != 0 {
		if errno := i.disk.operation(); errno != 0 {
			return nil, 0, errno
		}
		i.node.file.resize(0)
	}
	return handle{flags&syscall.O_DSYNC != 0}, fuse.FOPEN_KEEP_CACHE, 0
}

// Read implements fs.NodeReader.
func (i *inode) Read(_ context.Context, _ fs.FileHandle, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	i.disk.mu.Lock()
	defer i.disk.mu.Unlock()
	now := i.node.file.now
	n := copy(dest, now[min(off, int64(len(now))):])
	return fuse.ReadResultData(dest[:n]), i.disk.power()
}

// Write implements fs.NodeWriter.
func (i *inode) Write(_ context.Context, f fs.FileHandle, data []byte, off int64) (uint32, syscall.Errno) {
	i.disk.mu.Lock()
	defer i.disk.mu.Unlock()
	if errno := i.disk.operation(); errno != 0 {
		return 0, errno
	}
	i.node.file.write(off, data)
	i.node.modified = time.Now()
	if h, ok := f.(handle); ok && h.through {
		i.disk.sync(i.node)
	}
	return uint32(len(data)), 0
}

// Allocate implements fs.NodeAllocater.
func (i *inode) Allocate(_ context.Context, _ fs.FileHandle, off, size uint64, mode uint32) syscall.Errno {
	i.disk.mu.Lock()
	defer i.disk.mu.Unlock()
	if mode&^unix.FALLOC_FL_KEEP_SIZE != 0 {
		return syscall.EOPNOTSUPP
	}
	if errno := i.disk.operation(); errno != 0 {
		return errno
	}
	if end := int64(off + size); mode == 0 && end > int64(len(i.node.file.now)) {
		i.node.file.resize(end)
	}
	return 0
}

// Fsync implements fs.NodeFsyncer, of files and directories. That of a file
// is the kernel's answer to fsync, fdatasync and msync alike, and it comes
// when the dirty pages have been written.
func (i *inode) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	i.disk.mu.Lock()
	defer i.disk.mu.Unlock()
	if errno := i.disk.operation(); errno != 0 {
		return errno
	}
	i.disk.sync(i.node)
	return 0
}
