package powercut

import (
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// Only the kernel changes what is here, so it may remember what it has seen
// for as long as it is mounted.
var remember = time.Hour

// Mount shows the disk at a directory. It wants root.
func (d *Disk) Mount(at string) error {
	server, err := fs.Mount(at, &inode{disk: d, node: d.root}, &fs.Options{
		EntryTimeout: &remember,
		AttrTimeout:  &remember,
		MountOptions: fuse.MountOptions{
			FsName:                   "powercut",
			Name:                     "powercut",
			DirectMountStrict:        true,
			DisableXAttrs:            true,
			ExplicitDataCacheControl: true, // a page that is newer than the file must stay
		},
	})
	if err != nil {
		return err
	}
	d.server = server
	return nil
}

// Unmount ends the mount, and with it what the kernel remembers. All that had
// a file open on it must have ended.
func (d *Disk) Unmount() error { return d.server.Unmount() }

// inode is a node as the kernel knows it.
type inode struct {
	fs.Inode
	disk *Disk
	node *node
}

var (
	_ fs.NodeGetattrer = (*inode)(nil)
	_ fs.NodeSetattrer = (*inode)(nil)
	_ fs.NodeStatfser  = (*inode)(nil)
	_ fs.NodeOpener    = (*inode)(nil)
	_ fs.NodeReader    = (*inode)(nil)
	_ fs.NodeWriter    = (*inode)(nil)
	_ fs.NodeAllocater = (*inode)(nil)
	_ fs.NodeFsyncer   = (*inode)(nil)
	_ fs.NodeLookuper  = (*inode)(nil)
	_ fs.NodeReaddirer = (*inode)(nil)
	_ fs.NodeCreater   = (*inode)(nil)
	_ fs.NodeMkdirer   = (*inode)(nil)
	_ fs.NodeUnlinker  = (*inode)(nil)
	_ fs.NodeRmdirer   = (*inode)(nil)
	_ fs.NodeRenamer   = (*inode)(nil)
)

func (i *inode) fill(out *fuse.Attr) {
	out.Ino, out.Mode, out.Nlink, out.Blksize = i.node.ino, i.node.mode, 1, pageBytes
	if i.node.file != nil {
		out.Size = uint64(len(i.node.file.now))
		out.Blocks = (out.Size + sectorBytes - 1) / sectorBytes
	}
	out.SetTimes(&i.node.modified, &i.node.modified, &i.node.modified)
}
