package main

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/storage"
	"github.com/greenroom-chat/greenroom/net/listen"
)

// operators is where a server started with --metrics 127.0.0.1:0 answers.
func (s *server) operators(t testing.TB) string {
	t.Helper()
	for line := range strings.Lines(s.Log()) {
		var entry struct{ Message, Address string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Message == "metrics" {
			return "http://" + entry.Address
		}
	}
	t.Fatalf("no metrics\n%s", s.Log())
	return ""
}

func get(t testing.TB, url string) (int, string) {
	t.Helper()
	client := http.Client{Timeout: patience}
	answer, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// scrape reads the metrics by name, labels included.
func scrape(t testing.TB, url string) map[string]float64 {
	t.Helper()
	code, text := get(t, url+"/metrics")
	if code != 200 {
		t.Fatalf("%d %s", code, text)
	}
	found := map[string]float64{}
	for line := range strings.Lines(text) {
		name, number, ok := strings.Cut(strings.TrimSpace(line), " ")
		if value, err := strconv.ParseFloat(number, 64); ok && err == nil {
			found[name] = value
		}
	}
	return found
}

func TestMetricsTellWhatTheServerDoes(t *testing.T) {
	s := serve(t, t.TempDir(), "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0")
	zac := dialTLS(t, s.Addr).register("zacharias")
	zac.send("JOIN #green")
	zac.send("PRIVMSG #green :what nobody may read in a metric")
	zac.fence()
	old := &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12}
	if _, err := tls.Dial("tcp", s.Addr, old); err == nil {
		t.Error("TLS 1.2 is spoken")
	}
	url := s.operators(t)
	var got map[string]float64
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		got = scrape(t, url)
		if got[`greenroom_tls_handshake_failures_total{reason="version"}`] == 1 {
			break
		}
	}
	for name, want := range map[string]float64{
		`greenroom_messages_total{outcome="stored"}`:               1,
		`greenroom_tls_handshake_failures_total{reason="version"}`: 1,
		`greenroom_net_connections`:                                1,
		`greenroom_registry_accounts`:                              1,
		`greenroom_registry_online`:                                1,
		`greenroom_registry_members`:                               1,
		`greenroom_registry_rooms_running`:                         1,
		`greenroom_part_answered{part="journal"}`:                  1,
		`greenroom_part_answered{part="records"}`:                  1,
		`greenroom_part_answered{part="registry"}`:                 1,
		`greenroom_part_answered{part="account"}`:                  1,
		`greenroom_part_answered{part="net"}`:                      1,
		`greenroom_journal_queue_operations`:                       0,
		`greenroom_output_queued_bytes`:                            0,
		`greenroom_commands_in_flight_bytes`:                       0,
		`greenroom_dead_letters_total`:                             0,
		`greenroom_stray_messages_total`:                           0,
		`greenroom_ready`:                                          1,
	} {
		if value, there := got[name]; !there || value != want {
			t.Errorf("%s is %v (there: %v), want %v", name, value, there, want)
		}
	}
	for _, name := range []string{"go_goroutines", "process_resident_memory_bytes", "greenroom_memory_ceiling_bytes", "greenroom_commit_seconds_count"} {
		if got[name] <= 0 {
			t.Errorf("%s is %v", name, got[name])
		}
	}
	_, text := get(t, url+"/metrics")
	for _, secret := range []string{"zacharias", "#green", "nobody may read", password} {
		if strings.Contains(text, secret) {
			t.Errorf("the metrics hold %q", secret)
		}
	}
	if code, text := get(t, url+"/readyz"); code != 200 || text != "ready\n" {
		t.Errorf("%d %s", code, text)
	}
}

func TestAttack77MetricsForAllAreRefusedWithWhatToDo(t *testing.T) {
	s := launch(t, t.TempDir(), "--listen", "127.0.0.1:0", "--metrics", "0.0.0.0:0")
	if s.Addr != "" {
		t.Fatal("it serves")
	}
	if code := s.ProcessState.ExitCode(); code != exitUsage || !strings.Contains(s.Log(), "use 127.0.0.1, or set allow_remote = true") {
		t.Errorf("exit %d\n%s", code, s.Log())
	}
}

func TestHealthTellsEachReasonAndForgetsItWhenItIsOver(t *testing.T) {
	h := newHealth()
	var stored error
	h.watch(func() error { return stored })
	for _, step := range []struct {
		what string
		do   func()
		want []string
	}{
		{"at first", func() {}, []string{"starting"}},
		{"ready", func() { h.enter("") }, nil},
		{"store down", func() { h.note(storage.Down{Reason: errors.New("fsync failed")}) }, []string{"nothing is stored: fsync failed"}},
		{"store up", func() { h.note(storage.Up{}) }, nil},
		{"disk low, and nobody writes", func() { stored = journal.ErrDiskLow }, []string{"nothing is stored: " + journal.ErrDiskLow.Error()}},
		{"space again", func() { stored = nil }, nil},
		{"no files", func() { h.note(listen.Paused{Address: "a:1", Reason: "too many open files"}) }, []string{"not accepting on a:1: too many open files"}},
		{"files again", func() { h.note(listen.Resumed{Address: "a:1"}) }, nil},
		{"socket broken", func() { h.note(listen.BindFailed{Address: "a:1", Err: errors.New("in use")}) }, []string{"cannot listen on a:1: in use"}},
		{"bound again", func() { h.note(listen.Bound{Address: "a:1"}) }, nil},
		{"the end", func() { h.enter("stopping") }, []string{"stopping"}},
	} {
		step.do()
		if got := h.reasons(); !slices.Equal(got, step.want) {
			t.Errorf("%s: %q, want %q", step.what, got, step.want)
		}
	}
}

// A disk that hangs must not hold up all who look.
func TestHealthAsksAHangingStoreOnce(t *testing.T) {
	h := newHealth()
	h.enter("")
	asked, let := make(chan struct{}), make(chan struct{})
	h.watch(func() error { close(asked); <-let; return nil })
	done := make(chan []string)
	go func() { done <- h.reasons() }() // ends with let
	<-asked
	if got := h.reasons(); len(got) != 0 {
		t.Errorf("got %q", got)
	}
	close(let)
	<-done
}

func TestActorsAreCountedByTheirKind(t *testing.T) {
	for id, want := range map[string]string{
		"$1": "root", "$1/storage": "storage", "$1/storage/journal": "journal", "$1/registry": "registry",
		"$1/registry/room-$3f": "room", "$1/registry/user-$a": "user", "$1/registry/room-$3f/relay-$b": "relay",
		"$1/net/listener-0": "listener", "$1/net/conn-$zz": "conn",
	} {
		if got := kindOf(&actor.PID{Id: id}); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
}
