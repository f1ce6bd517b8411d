//go:build !unix

package screen

import "errors"

// ErrUnsuitable is returned by Open where only plain lines are possible.
var ErrUnsuitable = errors.New("not a terminal that a line can be edited on")

// Suitable tells whether Open can work on this process's standard input and output.
func Suitable() bool { return false }

// Open takes over the terminal on standard input and output, until Close.
func Open() (*Screen, error) { return nil, ErrUnsuitable }

// Editing tells whether the user's editor has the terminal.
func Editing() bool { return false }
