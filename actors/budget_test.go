package actors_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// TestTheSixthFailureOfAPartInAMinuteEndsTheServer, and no earlier one, and
// none of many that are spread over more than that. The end is one call of
// Fatal and a stop in order, from the bottom; clients are told.
func TestTheSixthFailureOfAPartInAMinuteEndsTheServer(t *testing.T) {
	parts := []string{"storage", "journal", "records", "registry", "account", "net"}
	for _, who := range parts {
		t.Run(who, func(t *testing.T) {
			serve(t, nil, func(s *server) {
				c := s.client("ann", true)
				for range 12 {
					s.crash(who)
					s.pass(13 * time.Second)
				}
				s.pass(2 * time.Minute)
				for n := 1; n <= 6; n++ {
					if len(s.fatals) > 0 {
						t.Fatalf("before the failure %d of a minute: %v", n, s.fatals)
					}
					s.crash(who)
					s.pass(8 * time.Second)
				}
				if len(s.fatals) != 1 || !strings.Contains(s.fatals[0].Error(), who) {
					t.Errorf("fatal: %v", s.fatals)
				}
				here := !c.ended()
				s.inOrder(len(s.ends), who)
				if here && !c.has("ERROR ") {
					t.Errorf("the client was told %q", c.take())
				}
			})
		})
	}
}

// inOrder stops the server, of which a part may have ended before.
func (s *server) inOrder(before int, ended string) {
	s.t.Helper()
	begin := time.Now()
	if err := s.tree.Stop(5 * time.Second); err != nil || time.Since(begin) > 5*time.Second {
		s.t.Errorf("stop: %v after %v", err, time.Since(begin))
	}
	want := slices.DeleteFunc([]string{"net", "account", "registry", "storage"}, func(part string) bool { return part == ended })
	if got := s.ends[before:]; !slices.Equal(got, want) {
		s.t.Errorf("ended in the order %v, want %v", got, want)
	}
	if n := supervise.Live(s.sys); n != 0 {
		s.t.Errorf("%d actors are left", n)
	}
}

// TestAPartRestartsEverLater: the delay doubles with each failure.
func TestAPartRestartsEverLater(t *testing.T) {
	serve(t, nil, func(s *server) {
		var delays []time.Duration
		s.sys.EventStream.Subscribe(func(event any) {
			if d, ok := event.(supervise.Decision); ok {
				delays = append(delays, d.Delay)
			}
		})
		for range 5 {
			starts := s.census.Starts()[s.pid("account").Id]
			s.crash("account")
			s.pass(6 * time.Second)
			if got := s.census.Starts()[s.pid("account").Id]; got != starts+1 {
				t.Errorf("started %d times after one failure", got-starts)
			}
		}
		ms := time.Millisecond
		if got, want := fmt.Sprint(delays), fmt.Sprint([]time.Duration{100 * ms, 200 * ms, 400 * ms, 800 * ms, 1600 * ms}); got != want {
			t.Errorf("delays %v, want %v", got, want)
		}
	})
}
