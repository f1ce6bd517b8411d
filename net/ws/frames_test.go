package ws

import (
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// frame is one as a client sends it, or should not.
func frame(first byte, length uint64, payload string) []byte {
	b := []byte{first, 0x80 | 127}
	switch {
	case length < 126:
		b[1] = 0x80 | byte(length)
	case length < 1<<16:
		b[1] = 0x80 | 126
		b = binary.BigEndian.AppendUint16(b, uint16(length))
	default:
		b = binary.BigEndian.AppendUint64(b, length)
	}
	b = append(b, 0, 0, 0, 0) // a mask that changes nothing
	return append(b, payload...)
}

// Opcodes, with FIN where nothing else is said.
const (
	fin        = 0x80
	rsv1       = 0x40
	contin     = 0x00
	textFrame  = 0x01
	closeFrame = 0x08
	pingFrame  = 0x09
)

func TestAttack74FramesThatAreTooMuchAreRefused(t *testing.T) {
	long := strings.Repeat("x", 1000)
	var fragments []byte
	for i := range 100 {
		op := byte(contin)
		if i == 0 {
			op = textFrame
		}
		fragments = append(fragments, frame(op, 1000, long)...)
	}
	for _, c := range []struct {
		name   string
		sent   []byte
		status websocket.StatusCode
	}{
		{"a gigabyte", append(frame(fin|textFrame, 1<<30, ""), strings.Repeat(long, 100)...), websocket.StatusMessageTooBig},
		{"endless fragments", fragments, websocket.StatusMessageTooBig},
		{"compressed, though that was not agreed on", frame(fin|rsv1|textFrame, 5, "hello"), websocket.StatusProtocolError},
		{"a control frame over 125 bytes", frame(fin|pingFrame, 126, long[:126]), websocket.StatusProtocolError},
		{"a control frame in fragments", frame(pingFrame, 2, "hi"), websocket.StatusProtocolError},
		{"a continuation of nothing", frame(fin|contin, 2, "hi"), websocket.StatusProtocolError},
		{"an opcode that is none", frame(fin|0x03, 2, "hi"), websocket.StatusProtocolError},
		{"a length below zero", frame(fin|textFrame, 1<<63, ""), 0},
		{"no mask", []byte{fin | textFrame, 2, 'h', 'i'}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			addr, ends := listening(t)
			sock, answer := handshaken(t, addr, "Sec-WebSocket-Extensions: permessage-deflate\r\n")
			if got := answer.Header.Get("Sec-WebSocket-Extensions"); got != "" {
				t.Errorf("%s was agreed on", got)
			}
			server := (<-ends).conn
			read := make(chan int, 1)
			go func() { // ends with the connection
				n, _ := io.Copy(io.Discard, server)
				_ = server.NetConn().Close()
				read <- int(n)
			}()
			go func() { _, _ = sock.Write(c.sent) }() // ends when the server hangs up
			said, _ := io.ReadAll(sock)
			if n := <-read; n > irc.MaxLine+2 {
				t.Errorf("%d bytes came through", n)
			}
			if c.status == 0 {
				return
			}
			if len(said) < 4 || said[0] != fin|closeFrame || websocket.StatusCode(binary.BigEndian.Uint16(said[2:])) != c.status {
				t.Errorf("the server said % x", said[:min(len(said), 40)])
			}
		})
	}
}

func TestAPingIsAnswered(t *testing.T) {
	addr, ends := listening(t)
	sock, _ := handshaken(t, addr, "")
	server := (<-ends).conn
	go func() { _, _ = io.Copy(io.Discard, server) }() // ends with the connection
	if _, err := sock.Write(frame(fin|pingFrame, 5, "hello")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 7)
	if _, err := io.ReadFull(sock, got); err != nil || string(got) != "\x8a\x05hello" {
		t.Errorf("% x, %v", got, err)
	}
}

func TestALineAsLongAsItMayBeComesThrough(t *testing.T) {
	addr, ends := listening(t)
	client := dial(t, addr, nil)
	server := (<-ends).conn
	line := strings.Repeat("x", irc.MaxLine-2)
	if err := client.Write(t.Context(), websocket.MessageText, []byte(line)); err != nil {
		t.Fatal(err)
	}
	got, err := irc.NewLineReader(server, irc.MaxLine).ReadLine()
	if string(got) != line {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	go func() { _ = client.Write(t.Context(), websocket.MessageText, []byte(line+"xxx")) }() // ends when the server hangs up
	if _, err := io.Copy(io.Discard, server); !errors.Is(err, irc.ErrLineTooLong) {
		t.Errorf("it ended with %v", err)
	}
}
