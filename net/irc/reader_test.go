package irc

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func readAll(r *LineReader) (lines []string, err error) {
	for {
		line, err := r.ReadLine()
		if err != nil {
			return lines, err
		}
		lines = append(lines, string(line))
	}
}

func TestLinesEndInLFOrCRLFHoweverTheBytesArrive(t *testing.T) {
	long := strings.Repeat("x", 5000)
	stream := "a\r\nb\n\n" + long + "\r\nc\rd\r\n" + long + "\ne\r\n"
	want := []string{"a", "b", "", long, "c\rd", long, "e"}
	for name, src := range map[string]io.Reader{
		"at once": strings.NewReader(stream), "byte by byte": iotest.OneByteReader(strings.NewReader(stream)),
		"halves": iotest.HalfReader(strings.NewReader(stream)), "error with data": iotest.DataErrReader(strings.NewReader(stream)),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := readAll(NewLineReader(src, MaxLine))
			if err != io.EOF || strings.Join(got, "|") != strings.Join(want, "|") {
				t.Errorf("got %d lines, %v", len(got), err)
			}
		})
	}
}

func TestAnUnfinishedLineIsNotALine(t *testing.T) {
	got, err := readAll(NewLineReader(strings.NewReader("a\nPRIVMSG #a :half"), MaxLine))
	if len(got) != 1 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %q, %v", got, err)
	}
}

// ATTACKS 12.
func TestAHundredKilobytesWithoutALineEndAreRefusedInBoundedMemory(t *testing.T) {
	sent := strings.NewReader(strings.Repeat("x", 100_000))
	r := NewLineReader(sent, MaxLine)
	_, err := r.ReadLine()
	if !errors.Is(err, ErrLineTooLong) || len(r.buf) > MaxLine || sent.Len() < 100_000-MaxLine {
		t.Errorf("%v with a buffer of %d, %d not read", err, len(r.buf), sent.Len())
	}
}

func TestTheLongestLineIsRead(t *testing.T) {
	line := strings.Repeat("x", MaxLine-1)
	got, err := NewLineReader(strings.NewReader(line+"\n"), MaxLine).ReadLine()
	if err != nil || string(got) != line {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	_, err = NewLineReader(strings.NewReader(line+"x\n"), MaxLine).ReadLine()
	if !errors.Is(err, ErrLineTooLong) {
		t.Errorf("one byte more: %v", err)
	}
}

func TestAnIdleReaderIsSmallAgain(t *testing.T) {
	src, sink := io.Pipe()
	go func() {
		_, _ = io.WriteString(sink, strings.Repeat("x", 10_000)+"\n")
		_, _ = io.WriteString(sink, "y\n")
		_ = sink.Close()
	}()
	r := NewLineReader(src, MaxLine)
	for range 2 {
		if _, err := r.ReadLine(); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.buf) != firstBuffer || r.end != r.start {
		t.Errorf("buffer of %d bytes", len(r.buf))
	}
}

func BenchmarkReadLine(b *testing.B) {
	b.ReportAllocs()
	r := NewLineReader(&endless{line: []byte("@+greenroom/id=abc PRIVMSG #room :hello there, how is it going?\r\n")}, MaxLine)
	for b.Loop() {
		if _, err := r.ReadLine(); err != nil {
			b.Fatal(err)
		}
	}
}

// endless repeats one line for ever.
type endless struct {
	line []byte
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		c := copy(p[n:], e.line[e.at:])
		n += c
		e.at = (e.at + c) % len(e.line)
	}
	return n, nil
}
