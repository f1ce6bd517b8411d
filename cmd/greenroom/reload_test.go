package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestWhoIsConnectedIsToldWhatSIGHUPHasChanged: what is offered now, by CAP NEW and
// CAP DEL; and an account can be made on the connection that was there before.
func TestWhoIsConnectedIsToldWhatSIGHUPHasChanged(t *testing.T) {
	const text = "[[listen]]\naddress = \"127.0.0.1:0\"\ntls = false\n[history]\nallow_redaction = %REDACT%\n" +
		"[accounts]\nrequired = false\npassword_hash = \"test\"\npassword_policy = \"none\"\nregistration = \"%REG%\"\nscram = %SCRAM%\n"
	file := filepath.Join(t.TempDir(), "greenroom.toml")
	write := func(redact, registration, scram string) {
		all := strings.NewReplacer("%REDACT%", redact, "%REG%", registration, "%SCRAM%", scram).Replace(text)
		if err := os.WriteFile(file, []byte(all), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("true", "closed", "false")
	s := serve(t, t.TempDir(), "--config", file)
	sock, err := net.Dial("tcp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	ann := newWire(t, sock)
	ann.send("CAP LS 302\r\nNICK ann\r\nUSER u 0 * :u\r\nCAP END")
	ann.until(" 422 ann ")
	ann.send("REGISTER * * pond")
	ann.until("FAIL REGISTER ")
	write("false", "open", "true")
	s.Process.Signal(syscall.SIGHUP)
	ann.until(" CAP ann DEL draft/message-redaction")
	ann.until(" CAP ann NEW :draft/account-registration=before-connect,custom-account-name sasl=PLAIN,SCRAM-SHA-256")
	ann.send("REGISTER * * pond")
	ann.until("REGISTER SUCCESS ann")
}
