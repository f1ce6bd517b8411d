package powercut

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// process is the directory that a script works in. What fails ends it.
type process string

var opened []*os.File

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func (p process) path(name string) string { return filepath.Join(string(p), name) }

func (p process) open(name string, flags int) *os.File {
	f, err := os.OpenFile(p.path(name), flags, 0o600)
	must(err)
	opened = append(opened, f)
	return f
}

func (p process) write(name, text string) *os.File {
	f := p.open(name, os.O_CREATE|os.O_RDWR)
	_, err := f.WriteString(text)
	must(err)
	return f
}

// kept is a file that is durable.
func (p process) kept(name, text string) *os.File {
	f := p.write(name, text)
	must(f.Sync())
	p.syncDir(filepath.Dir(name))
	return f
}

func (p process) mapped(name, text string) []byte {
	m, err := unix.Mmap(int(p.kept(name, text).Fd()), 0, len(text), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	must(err)
	return m
}

func (p process) syncDir(name string) {
	f, err := os.Open(p.path(name))
	must(err)
	must(f.Sync())
	must(f.Close())
}

func (p process) mkdir(name string) { must(os.Mkdir(p.path(name), 0o700)) }

func (p process) rename(from, to string) { must(os.Rename(p.path(from), p.path(to))) }

func (p process) remove(name string) { must(os.Remove(p.path(name))) }

func (p process) closeAll() {
	for _, f := range opened {
		f.Close()
	}
	opened = nil
}
