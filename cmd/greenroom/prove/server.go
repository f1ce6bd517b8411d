package prove

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/fault"
)

const (
	readyWithin = 60 * time.Second // a start, on a busy machine
	endWithin   = 5 * time.Second  // what SIGTERM promises
	killAfter   = 20 * time.Second // when it has broken that promise
)

// server is the process that is put to the proof, started again whenever it
// was killed.
type server struct {
	command []string
	log     *os.File
	struck  func(fault.Struck)
	died    func(why string) // it ended though nobody told it to
	between func(fault.Ready) (fault.Ready, error)

	starts int
	life   sync.Mutex  // held while it is started or ended
	thread chan func() // see keep

	mu  sync.Mutex
	now *incarnation  // nil while there is none
	up  chan struct{} // closed when there is one
}

// incarnation is one process.
type incarnation struct {
	cmd      *exec.Cmd
	orders   io.WriteCloser
	ready    chan fault.Ready
	status   chan fault.Status
	exited   chan struct{} // closed after err is set
	err      error
	told     bool // to end; under the server's mu
	address  fault.Ready
	first    fault.Status // before anybody connected
	measured bool
}

func newServer(command []string, log *os.File) *server {
	s := &server{
		command: command, log: log, up: make(chan struct{}), thread: make(chan func()),
		between: func(r fault.Ready) (fault.Ready, error) { return r, nil },
	}
	go s.keep() // ends with close
	return s
}

// keep is one thread for all starts: that the process ends with its parent is
// on Linux a matter of the thread that has started it.
func (s *server) keep() {
	runtime.LockOSThread()
	for start := range s.thread {
		start()
	}
}

// start runs the process until it is ready. It is measured before anybody may
// connect.
func (s *server) start(ctx context.Context) error {
	s.life.Lock()
	defer s.life.Unlock()
	return s.launch(ctx)
}

func (s *server) launch(ctx context.Context) error {
	inc, err := s.spawn()
	if err != nil {
		return err
	}
	s.starts++
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	select {
	case r := <-inc.ready:
		inc.address, err = s.between(r)
	case <-inc.exited:
		err = fmt.Errorf("the server ended before it was ready: %w", inc.err)
	case <-ctx.Done():
		err = fmt.Errorf("the server was not ready: %w", ctx.Err())
	}
	if err != nil {
		s.kill(inc)
		return err
	}
	inc.first, err = inc.measure(ctx)
	inc.measured = err == nil
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = inc
	close(s.up)
	return nil
}

func (s *server) spawn() (*incarnation, error) {
	inc := &incarnation{
		cmd:   exec.Command(s.command[0], s.command[1:]...),
		ready: make(chan fault.Ready, 1), status: make(chan fault.Status, 1), exited: make(chan struct{}),
	}
	inc.cmd.Stderr = s.log
	inc.cmd.SysProcAttr = alone()
	var err error
	if inc.orders, err = inc.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := inc.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	started := make(chan error)
	s.thread <- func() { started <- inc.cmd.Start() }
	if err := <-started; err != nil {
		return nil, err
	}
	go s.follow(inc, out) // ends with the process
	return inc, nil
}

// follow reads what the process reports, and waits for its end.
func (s *server) follow(inc *incarnation, out io.Reader) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var r fault.Report
		if json.Unmarshal(lines.Bytes(), &r) != nil {
			continue
		}
		switch {
		case r.Ready != nil:
			offer(inc.ready, *r.Ready)
		case r.Status != nil:
			offer(inc.status, *r.Status)
		case r.Struck != nil:
			s.struck(*r.Struck)
		}
	}
	inc.err = inc.cmd.Wait()
	s.mu.Lock()
	told := inc.told
	if s.now == inc {
		s.now, s.up = nil, make(chan struct{})
	}
	s.mu.Unlock()
	close(inc.exited)
	if !told {
		s.died(exitText(inc.err))
	}
}

func offer[T any](to chan T, value T) {
	select {
	case to <- value:
	default: // nobody has asked
	}
}

func exitText(err error) string {
	if err == nil {
		return "exit status 0"
	}
	return err.Error()
}

// current is the process that runs; it waits for one.
func (s *server) current(ctx context.Context) (*incarnation, error) {
	for {
		s.mu.Lock()
		inc, up := s.now, s.up
		s.mu.Unlock()
		if inc != nil {
			return inc, nil
		}
		select {
		case <-up:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (inc *incarnation) order(o fault.Order) error {
	line, err := json.Marshal(o)
	if err == nil {
		_, err = inc.orders.Write(append(line, '\n'))
	}
	return err
}

// measure asks what is alive in the process.
func (inc *incarnation) measure(ctx context.Context) (fault.Status, error) {
	if err := inc.order(fault.Order{Report: true}); err != nil {
		return fault.Status{}, err
	}
	select {
	case m := <-inc.status:
		return m, nil
	case <-inc.exited:
		return fault.Status{}, errors.New("the server has ended")
	case <-ctx.Done():
		return fault.Status{}, ctx.Err()
	}
}

// end tells the process to end, and waits. It says how long that took and how
// it ended.
func (s *server) end(sig syscall.Signal) (took time.Duration, code int, err error) {
	s.mu.Lock()
	inc := s.now
	if inc != nil {
		inc.told = true
		s.now, s.up = nil, make(chan struct{})
	}
	s.mu.Unlock()
	if inc == nil {
		return 0, 0, errors.New("there is no server")
	}
	began := time.Now()
	if err := inc.cmd.Process.Signal(sig); err != nil {
		return 0, 0, err
	}
	select {
	case <-inc.exited:
	case <-time.After(killAfter):
		s.kill(inc)
	}
	return time.Since(began), inc.cmd.ProcessState.ExitCode(), nil
}

// again ends the process and starts another one on the same data.
func (s *server) again(ctx context.Context, sig syscall.Signal) (took time.Duration, code int, err error) {
	s.life.Lock()
	defer s.life.Unlock()
	if took, code, err = s.end(sig); err != nil {
		return took, code, err
	}
	return took, code, s.launch(ctx)
}

func (s *server) kill(inc *incarnation) {
	s.mu.Lock()
	inc.told = true
	s.mu.Unlock()
	inc.cmd.Process.Kill()
	<-inc.exited
}

// close ends what still runs, at once. Nothing can be started after it.
func (s *server) close() {
	s.life.Lock()
	defer s.life.Unlock()
	s.mu.Lock()
	inc := s.now
	s.mu.Unlock()
	if inc != nil {
		s.kill(inc)
	}
	close(s.thread)
}

// panics lists the panics in a server's log that nobody has injected.
func panics(log io.Reader) []string {
	var own []string
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		fatal := strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") ||
			strings.HasPrefix(line, "WARNING: DATA RACE")
		var entry struct{ Message, Err, Actor, During, Where string }
		panicked := json.Unmarshal([]byte(line), &entry) == nil && entry.Message == "panic"
		switch {
		case fatal:
			own = append(own, line)
		case panicked && !strings.Contains(entry.Err, "injected"):
			own = append(own, fmt.Sprintf("%s panicked during %s at %s: %s", entry.Actor, entry.During, entry.Where, entry.Err))
		}
	}
	return own
}
