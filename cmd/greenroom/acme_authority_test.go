package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/net/listen"
)

// authority is Pebble, an ACME authority to test with, which .ci/run builds.
type authority struct {
	Directory string
	Trust     string         // file of the certificate of its own address
	Root      *x509.CertPool // who signs the certificates that it gives
	process   *os.Process
	ended     chan struct{}
}

func startAuthority(t *testing.T, tlsPort int, resolver string) *authority {
	t.Helper()
	program := os.Getenv("GREENROOM_PEBBLE")
	if _, err := os.Stat(program); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("GREENROOM_PEBBLE does not name Pebble; .ci/run should have built it: %v", err)
		}
		t.Skip("needs Pebble: go install github.com/letsencrypt/pebble/v2/cmd/pebble@v2.10.3, and GREENROOM_PEBBLE=the binary")
	}
	dir := t.TempDir()
	host := fmt.Sprintf("127.%d.%d.1", 1+os.Getpid()>>8&0x7f, os.Getpid()&0xff) // it cannot be told to choose a port
	if _, err := listen.LoadOrMake(dir, []string{host}, time.Now); err != nil {
		t.Fatal(err)
	}
	trust := filepath.Join(dir, "cert.pem")
	settings, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": host + ":14000", "managementListenAddress": host + ":15000",
		"certificate": trust, "privateKey": filepath.Join(dir, "key.pem"), "tlsPort": tlsPort, "httpPort": 5002,
		"keyAlgorithm": "ecdsa", "retryAfter": map[string]int{"authz": 1, "order": 1},
	}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "pebble.json")
	if err := os.WriteFile(file, settings, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-config", file, "-dnsserver", resolver, "-strict")
	cmd.Env = []string{"PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0"}
	said, err := os.Create(filepath.Join(dir, "said"))
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	a := &authority{Directory: "https://" + host + ":14000/dir", Trust: trust, Root: x509.NewCertPool(), process: cmd.Process, ended: make(chan struct{})}
	go func() { cmd.Wait(); close(a.ended) }()
	t.Cleanup(func() {
		a.stop()
		if text, _ := os.ReadFile(said.Name()); t.Failed() {
			t.Logf("the authority says:\n%s", text)
		}
	})
	a.learnRoot(t, "https://"+host+":15000/roots/0")
	return a
}

func (a *authority) stop() {
	a.process.Kill()
	<-a.ended
}

// learnRoot waits until the authority is there.
func (a *authority) learnRoot(t *testing.T, from string) {
	t.Helper()
	own, err := os.ReadFile(a.Trust)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(own)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}}
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		answer, err := client.Get(from)
		if err == nil {
			root, _ := io.ReadAll(answer.Body)
			answer.Body.Close()
			if a.Root.AppendCertsFromPEM(root) {
				return
			}
		}
		select {
		case <-a.ended:
			t.Fatal("the authority has ended")
		default:
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// resolver answers that every name is at 127.0.0.1, by TCP (RFC 1035 4.2.2).
func resolver(t *testing.T) string {
	t.Helper()
	l := localListener(t)
	go func() {
		for {
			sock, err := l.Accept()
			if err != nil {
				return
			}
			go resolve(sock)
		}
	}()
	return l.Addr().String()
}

func resolve(sock net.Conn) {
	defer sock.Close()
	for size := make([]byte, 2); ; {
		if _, err := io.ReadFull(sock, size); err != nil {
			return
		}
		query := make([]byte, int(size[0])<<8|int(size[1]))
		if _, err := io.ReadFull(sock, query); err != nil {
			return
		}
		answer := resolved(query)
		sock.Write(append([]byte{byte(len(answer) >> 8), byte(len(answer))}, answer...))
	}
}

func localListener(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// resolved is the answer to a question: an address to one for addresses,
// nothing to another (RFC 1035 4.1).
func resolved(query []byte) []byte {
	const header, inAddress = 12, 1
	end := header
	for end < len(query) && query[end] != 0 { // the labels of the name
		end += 1 + int(query[end])
	}
	end += 5 // its end, type and class
	if end > len(query) {
		return nil
	}
	answer := append([]byte(nil), query[:end]...)
	answer[2], answer[3] = 0x85, 0x80 // an answer, authoritative, with recursion
	clear(answer[6:header])
	if query[end-4] == 0 && query[end-3] == inAddress {
		answer[7] = 1
		answer = append(answer, 0xc0, header, 0, inAddress, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1)
	}
	return answer
}

// forward is an address whose connections go to where it is told later.
func forward(t *testing.T) (port int, to chan<- string) {
	t.Helper()
	l := localListener(t)
	target := make(chan string, 1)
	go func() {
		addr := <-target
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", addr)
			if err != nil {
				in.Close()
				continue
			}
			go func() { io.Copy(out, in); out.Close() }()
			go func() { io.Copy(in, out); in.Close() }()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port, target
}
