package irc

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// MaxLine is the longest input without a line end that is still waited on.
const MaxLine = 16 << 10

// firstBuffer is what an idle connection holds.
const firstBuffer = 512

// ErrLineTooLong: more than the maximum came without a line end. The reader
// cannot find the next line; the connection is to be closed.
var ErrLineTooLong = errors.New("irc: no line end in sight")

// LineReader cuts a stream into lines. Its buffer is small while nothing
// arrives and never larger than the maximum. It belongs to one goroutine.
type LineReader struct {
	src     io.Reader
	max     int
	buf     []byte
	start   int // first byte not yet given out
	scanned int // no line end before this index
	end     int // end of what was read
	err     error
}

// NewLineReader reads lines of at most max bytes, their ending included.
func NewLineReader(src io.Reader, max int) *LineReader {
	return &LineReader{src: src, max: max}
}

// ReadLine returns the next line without its ending, LF or CRLF. The slice is
// good until the next call. An error that is os.ErrDeadlineExceeded does not
// end the stream: reading may go on. What precedes the end of the stream without a line
// end is not a line: the error is then io.ErrUnexpectedEOF.
func (r *LineReader) ReadLine() ([]byte, error) {
	for {
		if i := bytes.IndexByte(r.buf[r.scanned:r.end], '\n'); i >= 0 {
			line := r.buf[r.start : r.scanned+i]
			r.start = r.scanned + i + 1
			r.scanned = r.start
			return bytes.TrimSuffix(line, []byte{'\r'}), nil
		}
		r.scanned = r.end
		if r.err != nil {
			return nil, r.ended()
		}
		if r.end-r.start >= r.max {
			return nil, ErrLineTooLong
		}
		r.makeRoom()
		n, err := r.src.Read(r.buf[r.end:])
		r.end += n
		if n == 0 && errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, r.pause(err)
		}
		r.err = err
	}
}

// pause gives the buffer up while there is nothing in it.
func (r *LineReader) pause(err error) error {
	if r.end == r.start {
		r.buf, r.start, r.scanned, r.end = nil, 0, 0, 0
	}
	return err
}

func (r *LineReader) ended() error {
	if r.err == io.EOF && r.end > r.start {
		return io.ErrUnexpectedEOF
	}
	return r.err
}

// makeRoom moves what is left to the front, and doubles or shrinks the buffer.
func (r *LineReader) makeRoom() {
	held := r.end - r.start
	switch {
	case held == len(r.buf):
		r.replace(min(max(2*len(r.buf), firstBuffer), r.max))
	case held == 0 && len(r.buf) > firstBuffer:
		r.replace(firstBuffer)
	case r.start > 0:
		copy(r.buf, r.buf[r.start:r.end])
	}
	r.start, r.scanned, r.end = 0, held, held
}

func (r *LineReader) replace(size int) {
	buf := make([]byte, size)
	copy(buf, r.buf[r.start:r.end])
	r.buf = buf
}
