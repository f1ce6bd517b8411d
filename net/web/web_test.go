package web

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func ask(t *testing.T, h http.Handler, host, path string) (int, string) {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	if host != "" {
		r.Host = host
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestReadyzTellsWhyTheServerIsNotReady(t *testing.T) {
	var reasons []string
	h := Handler(Config{Ready: func() []string { return reasons }})
	if code, text := ask(t, h, "", "/readyz"); code != 200 || text != "ready\n" {
		t.Errorf("%d %q", code, text)
	}
	reasons = []string{"the disk is nearly full", "stopping"}
	if code, text := ask(t, h, "", "/readyz"); code != 503 || text != "not ready: the disk is nearly full; stopping\n" {
		t.Errorf("%d %q", code, text)
	}
	if code, text := ask(t, h, "", "/healthz"); code != 200 || text != "alive\n" {
		t.Errorf("a server that is not ready is alive: %d %q", code, text)
	}
}

func TestAttack77ProfilesAreServedOnlyWhenToldTo(t *testing.T) {
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/profile?seconds=1", "/metrics"} {
		if code, _ := ask(t, Handler(Config{}), "", path); code != 404 {
			t.Errorf("%s: %d", path, code)
		}
	}
	if code, _ := ask(t, Handler(Config{Profiles: true}), "", "/debug/pprof/heap"); code != 200 {
		t.Errorf("told to: %d", code)
	}
	if code, _ := ask(t, Handler(Config{Profiles: true}), "", "/debug/pprof/cmdline"); code != 404 {
		t.Errorf("a command line may hold what is not for others: %d", code)
	}
}

func TestAttack77APageCannotAskThroughItsOwnName(t *testing.T) {
	h := LoopbackOnly(Handler(Config{}))
	for host, want := range map[string]int{
		"127.0.0.1:9090": 200, "localhost:9090": 200, "[::1]:9090": 200, "127.0.0.1": 200,
		"evil.example:9090": 403, "evil.example": 403, "10.0.0.1:9090": 403,
	} {
		if code, _ := ask(t, h, host, "/healthz"); code != want {
			t.Errorf("%s: %d, want %d", host, code, want)
		}
	}
}

func start(t *testing.T, h http.Handler) *Server {
	t.Helper()
	s, err := Start("127.0.0.1:0", h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(time.Second); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestAClientThatSaysNothingHoldsNothingUp(t *testing.T) {
	s := start(t, Handler(Config{}))
	for range maxOpen - 1 {
		sock, err := net.Dial("tcp", s.Addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { sock.Close() })
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}
	answer, err := client.Get("http://" + s.Addr() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, _ := io.ReadAll(answer.Body); string(text) != "alive\n" {
		t.Errorf("%q", text)
	}
}

func TestAHeaderWithoutEndIsRefused(t *testing.T) {
	s := start(t, Handler(Config{}))
	sock, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer sock.Close()
	io.WriteString(sock, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: "+strings.Repeat("x", 64<<10)) // the server may hang up in it
	sock.SetReadDeadline(time.Now().Add(time.Minute))
	answer, _ := io.ReadAll(sock)
	if !strings.HasPrefix(string(answer), "HTTP/1.1 431 ") {
		t.Errorf("%.80q", answer)
	}
}
