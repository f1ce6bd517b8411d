package main

import (
	"os"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/term"
)

// newLog makes the one logger of the process. It is coloured only on a
// terminal, and not when NO_COLOR is set. The level has been validated.
func newLog(to *os.File, format, level string) zerolog.Logger {
	l, err := zerolog.ParseLevel(level)
	if err != nil {
		l = zerolog.InfoLevel
	}
	zerolog.TimeFieldFormat = time.RFC3339Nano
	if format == "json" {
		return zerolog.New(to).Level(l).With().Timestamp().Logger()
	}
	plain := os.Getenv("NO_COLOR") != "" || !term.IsTerminal(int(to.Fd()))
	w := zerolog.ConsoleWriter{Out: to, NoColor: plain, TimeFormat: time.TimeOnly}
	return zerolog.New(w).Level(l).With().Timestamp().Logger()
}
