package prove

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
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
	closed bool

	mu  sync.Mutex
	now *incarnation  // nil while there is none
	up  chan struct{} // closed when there is one
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
	if s.closed {
		return errClosed
	}
	return s.launch(ctx)
}

var errClosed = errors.New("no server is to be started any more")

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

// again ends the process and starts another one on the same data; between the
// two it calls ended.
func (s *server) again(ctx context.Context, sig syscall.Signal, ended func()) (took time.Duration, code int, err error) {
	s.life.Lock()
	defer s.life.Unlock()
	if s.closed {
		return 0, 0, errClosed
	}
	if took, code, err = s.end(sig); err != nil {
		return took, code, err
	}
	ended()
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
	s.closed = true
	close(s.thread)
}
