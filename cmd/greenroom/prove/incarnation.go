package prove

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/fault"
)

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

func (s *server) spawn() (*incarnation, error) {
	inc := &incarnation{
		cmd:   exec.Command(s.command[0], s.command[1:]...),
		ready: make(chan fault.Ready, 1), status: make(chan fault.Status, 1), exited: make(chan struct{}),
	}
	inc.cmd.Env, inc.cmd.Stderr = unconfigured(os.Environ()), s.log
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

// unconfigured is an environment that configures no server: neither its limits
// nor its master key.
func unconfigured(env []string) []string {
	return slices.DeleteFunc(env, func(v string) bool { return strings.HasPrefix(v, "GREENROOM_") })
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
