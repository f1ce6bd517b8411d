package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// benched runs `greenroom bench`, and returns its exit code.
func benched(t *testing.T, env []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("greenroom bench needs Linux")
	}
	cmd := command(t, t.TempDir(), append([]string{"bench"}, args...)...)
	var out, errs bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = append(cmd.Env, env...), &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func TestBenchNeedsNothingButStart(t *testing.T) {
	for _, args := range [][]string{
		{"fan-out", "--members", "30", "--for", "200ms", "--warm-up", "0s", "--limit", "write,wakeup"},
		{"fan-out", "--members", "10", "--messages", "200", "--warm-up", "0s", "--complete", "echo", "--tls"},
		{"rooms", "--rooms", "3", "--members", "5", "--for", "200ms", "--warm-up", "0s"},
		{"latency", "--members", "10", "--messages", "50", "--warm-up", "0s"},
		{"join", "--members", "40"},
		{"idle", "--members", "40", "--for", "100ms"},
		{"connect", "--members", "100", "--tls", "--window", "8"},
		{"restart", "--members", "60", "--tls", "--kill"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			data := t.TempDir()
			out, errs, code := benched(t, nil, append(args, "--start", "--data", data, "--rounds", "1", "--json")...)
			if code != 0 {
				t.Fatalf("exit %d\n%s%s", code, out, errs)
			}
			var row map[string]any
			if err := json.Unmarshal([]byte(out[:strings.IndexByte(out, '\n')]), &row); err != nil {
				t.Fatalf("%v in\n%s", err, out)
			}
			if row["kind"] != "round" || row["workload"] != args[0] || !(row["rss_mib"].(float64) > 1) {
				t.Errorf("the first row is %v", row)
			}
			if left, _ := filepath.Glob(data + "/*"); len(left) > 0 {
				t.Errorf("it left %v", left)
			}
		})
	}
}

func TestBenchMakesAccountsWhereTheServerDemandsThem(t *testing.T) {
	file := filepath.Join(t.TempDir(), "greenroom.toml")
	const config = "[accounts]\npassword_hash = \"test\"\n[rate_limits]\nenabled = false\n[login_throttling]\nenabled = false\n"
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serve(t, t.TempDir(), "--config", file, "--listen-plain", "127.0.0.1:0")
	for _, name := range []string{"loader0", "loader1", "loader2"} {
		out, err := registered(t, name, s.Addr)
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	args := []string{"fan-out", s.Addr, "--members", "3", "--senders", "2", "--messages", "20", "--warm-up", "0s", "--rounds", "1", "--pid", fmt.Sprint(s.Process.Pid)}
	for _, c := range []struct {
		name string
		args []string
		env  []string
		code int
		says string
	}{
		{"made for the run", nil, nil, 0, "deliveries"},
		{"that are there", []string{"--account", "loader"}, []string{"GREENROOM_PASSWORD=" + password}, 0, "deliveries"},
		{"with a wrong password", []string{"--account", "loader"}, []string{"GREENROOM_PASSWORD=nonsense"}, 1, "at registration"},
		{"without a password", []string{"--account", "loader"}, nil, 2, "GREENROOM_PASSWORD"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, errs, code := benched(t, c.env, append(args, c.args...)...)
			if code != c.code || !strings.Contains(out+errs, c.says) {
				t.Errorf("exit %d, want %d, saying %q:\n%s%s", code, c.code, c.says, out, errs)
			}
			if strings.Contains(out+errs, "nonsense") || strings.Contains(out+errs, password) {
				t.Errorf("a password is told:\n%s%s", out, errs)
			}
		})
	}
}

// registered makes an account as people do.
func registered(t *testing.T, user, addr string) (string, error) {
	t.Helper()
	cmd := command(t, t.TempDir(), "register", addr, "--user", user, "--plaintext")
	cmd.Env = append(cmd.Env, "GREENROOM_PASSWORD="+password)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestBenchRefusesFlagsThatMakeNoSenseAndSaysWhich(t *testing.T) {
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"fan-out", 2, "--start"},
		{"restart 127.0.0.1:1", 2, "give --start"},
		{"fan-out 127.0.0.1:1 --start", 2, "leave the address"},
		{"fan-out 127.0.0.1:1 --senders 2000", 2, "--senders is 2000; it can be from 1 to 1000"},
		{"fan-out 127.0.0.1:1 --limit all", 2, "--limit"},
		{"join 127.0.0.1:1 --limit write", 2, "--limit"},
		{"fan-out 127.0.0.1:1", 1, "connection refused"},
	} {
		out, errs, code := benched(t, nil, strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(errs, c.says) || out != "" {
			t.Errorf("%s: exit %d, want %d, saying %q:\n%s%s", c.args, code, c.code, c.says, out, errs)
		}
	}
}

func TestWhatBenchHasStartedEndsWithIt(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("greenroom bench needs Linux")
	}
	data := t.TempDir()
	cmd := command(t, t.TempDir(), "bench", "fan-out", "--start", "--data", data, "--members", "8", "--for", "1h", "--limit", "write")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	children := func() (pids []string) {
		tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", cmd.Process.Pid))
		for _, task := range tasks {
			raw, _ := os.ReadFile(task)
			pids = append(pids, strings.Fields(string(raw))...)
		}
		return pids
	}
	var pids []string
	await(t, "both children run", func() bool { pids = children(); return len(pids) == 2 })
	cmd.Process.Signal(syscall.SIGKILL)
	cmd.Wait()
	await(t, "both children have ended", func() bool {
		for _, pid := range pids {
			if stat, err := os.ReadFile("/proc/" + pid + "/stat"); err == nil && !bytes.Contains(stat, []byte(") Z ")) {
				return false
			}
		}
		return true
	})
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}
