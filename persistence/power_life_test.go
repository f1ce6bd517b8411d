package persistence

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/persistence/powercut"
)

// lifetime is longer than a child ever lives.
const lifetime = 2 * time.Minute

// powered is a disk with what must be on it.
type powered struct {
	testing.TB
	*known
	disk  *powercut.Disk
	at    string
	lives int

	opsOfLife int // of the last life
}

func newPowered(t testing.TB) *powered {
	return &powered{TB: t, known: &known{facts: map[string]string{}}, disk: powercut.New(), at: t.TempDir()}
}

// life is one mount: children live on it one after the other, each but the
// last is killed after it has acknowledged so much, and then the power is cut.
type life struct {
	way    string
	kills  []int      // lines after which a child is killed
	cut    int        // the operation at which the power goes; 0: when the last child ends
	synced string     // the power goes after so many syncs of this name instead
	chance *rand.Rand // of survival; nil: none
}

func (l life) String() string {
	how := "nothing unsynced survives"
	if l.chance != nil {
		how = "some of what is unsynced survives"
	}
	return fmt.Sprintf("%s, killed after %v lines, cut at operation %d %s, %s", l.way, l.kills, l.cut, l.synced, how)
}

// live plays a life, and fails when a promise is broken.
func (p *powered) live(l life) {
	p.Helper()
	if out := p.play(l); len(p.broken) > 0 {
		p.Fatalf("%v:\n%s\n%s", l, strings.Join(p.broken[:min(len(p.broken), 20)], "\n"), out)
	}
}

// play plays a life and compares what its children found and said. It returns
// what they wrote besides.
func (p *powered) play(l life) (out string) {
	p.Helper()
	if err := p.disk.Mount(p.at); err != nil {
		p.Fatal(err)
	}
	switch {
	case l.synced != "":
		p.disk.CutAfterSync(l.synced, l.cut)
	case l.cut > 0:
		p.disk.CutAfter(l.cut)
	}
	var children []*witness
	for _, lines := range append(l.kills, 0) {
		c := p.start(l.way)
		c.read(lines)
		children = append(children, c)
		if c.dark {
			break
		}
	}
	p.disk.Cut()
	if err := p.disk.Unmount(); err != nil {
		p.Fatal(err)
	}
	p.opsOfLife = p.disk.Ops()
	p.disk.Restart(l.chance)
	for i, c := range children {
		p.compareChild(fmt.Sprintf("child %d", i), c, l.cut == 0)
		out += c.stderr.String()
	}
	return out
}

func (p *powered) compareChild(what string, c *witness, mayEnd bool) {
	p.broken = append(p.broken, c.damage...)
	if c.ready {
		p.compare(what, c.found)
	} else if !c.dark {
		p.broke("%s: it ended before it was ready", what)
	}
	if c.ended && !c.dark && !mayEnd {
		p.broke("%s: it ended by itself", what)
	}
	p.learn(c.stored)
	p.acknowledged += len(c.stored)
}

// witness reads what a child says, as long as there is power.
type witness struct {
	cmd    *exec.Cmd
	out    *bufio.Reader
	stderr bytes.Buffer
	ended  bool
	cut    chan struct{} // closed when the power is gone

	mu     sync.Mutex
	dark   bool // the power is gone: what comes now does not count
	ready  bool
	found  []string
	stored []string
	damage []string
}

func (p *powered) start(way string) *witness {
	p.Helper()
	p.lives++
	c := &witness{cmd: exec.Command(os.Args[0], "-test.run=^TestPowerChild$"), cut: make(chan struct{})}
	c.cmd.Env = append(os.Environ(), powerEnv+"="+p.at, powerEnvRound+"="+fmt.Sprint(p.lives, way), powerEnvWay+"="+way)
	c.cmd.Stderr = &c.stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		p.Fatal(err)
	}
	c.out = bufio.NewReader(out)
	p.disk.OnCut(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.dark = true
		close(c.cut)
	})
	if err := c.cmd.Start(); err != nil {
		p.Fatal(err)
	}
	return c
}

// read returns when the child has ended: by itself, with the power, or killed
// after so many lines since it was ready; 0 is never.
func (c *witness) read(lines int) {
	gone := make(chan struct{})
	defer close(gone)
	go func() {
		select {
		case <-gone:
		case <-c.cut:
			c.cmd.Process.Kill()
		case <-time.After(lifetime):
			c.cmd.Process.Kill()
		}
	}()
	for n := 0; ; {
		line, err := c.out.ReadString('\n')
		if err != nil {
			break
		}
		if c.hear(line[0], line[1:len(line)-1]); c.ready {
			n++
		}
		if n == lines && n > 0 {
			c.cmd.Process.Kill()
		}
	}
	c.cmd.Wait()
	c.ended = c.cmd.ProcessState.Exited()
}

func (c *witness) hear(mark byte, fact string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.dark:
	case mark == saysReady:
		c.ready = true
	case mark == saysFound:
		c.found = append(c.found, fact)
	case mark == saysStored:
		c.stored = append(c.stored, fact)
	default:
		c.damage = append(c.damage, string(mark)+fact)
	}
}
