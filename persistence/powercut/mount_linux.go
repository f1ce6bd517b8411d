package powercut

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// Only the kernel changes what is here, so it may remember what it has seen
// for as long as it is mounted.
var remember = time.Hour

// Mount shows the disk at a directory. It wants root.
func (d *Disk) Mount(at string) error {
	// Opened here, since go-fuse would leave it open in every process that is
	// started: then none of them would hear of our end.
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open /dev/fuse: %w", err)
	}
	options := fmt.Sprintf("fd=%d,rootmode=%o,user_id=0,group_id=0", fd, unix.S_IFDIR)
	if err := unix.Mount("powercut", at, "fuse.powercut", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		return errors.Join(fmt.Errorf("mount: %w", err), unix.Close(fd))
	}
	server, err := fs.Mount(fmt.Sprint("/dev/fd/", fd), &inode{disk: d, node: d.root}, &fs.Options{
		EntryTimeout: &remember,
		AttrTimeout:  &remember,
		MountOptions: fuse.MountOptions{
			DisableXAttrs:            true,
			ExplicitDataCacheControl: true, // a page that is newer than the file must stay
		},
	})
	if err != nil {
		return errors.Join(err, unix.Unmount(at, unix.MNT_DETACH))
	}
	if err := refusePolls(at); err != nil {
		return errors.Join(err, unix.Unmount(at, unix.MNT_DETACH))
	}
	d.unmount = func() error {
		if err := unmount(at); err != nil {
			return err
		}
		server.Wait()
		return nil
	}
	return nil
}

// refusePolls lets the kernel hear once that nothing here can be polled. Go asks
// for each file that it opens, and holds a processor while it waits for the
// answer: where the one who answers is in the same process, they may wait for
// each other. go-fuse serves a file for this, and asks for it itself unless the
// mount is made by hand.
func refusePolls(at string) error {
	fd, err := unix.Open(filepath.Join(at, ".go-fuse-epoll-hack"), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("refuse polls: %w", err)
	}
	_, polled := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
	return errors.Join(polled, unix.Close(fd))
}

// unmount tries for a while: whoever looks through all mounts keeps one busy.
func unmount(at string) (err error) {
	for pause := time.Millisecond; pause < 100*time.Millisecond; pause *= 2 {
		if err = unix.Unmount(at, 0); !errors.Is(err, unix.EBUSY) {
			break
		}
		time.Sleep(pause)
	}
	if err != nil {
		return fmt.Errorf("unmount %s: %w", at, err)
	}
	return nil
}

// Unmount ends the mount, and with it what the kernel remembers. All that had
// a file open on it must have ended.
func (d *Disk) Unmount() error { return d.unmount() }

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
