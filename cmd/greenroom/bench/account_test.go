package bench

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/greenroom-chat/greenroom/net/client"
)

func TestABusyServerIsAskedAgainForAnAccount(t *testing.T) {
	busy := fmt.Errorf("sign in: %w", &client.Fail{Command: "REGISTER", Code: "TEMPORARILY_UNAVAILABLE"})
	weak := &client.Fail{Command: "REGISTER", Code: "WEAK_PASSWORD"}
	for name, c := range map[string]struct {
		answers []error // the last one again and again
		want    error
		tries   int
	}{
		"made at once":                {[]error{nil}, nil, 1},
		"busy twice":                  {[]error{busy, busy, nil}, nil, 3},
		"made, but nobody could tell": {[]error{busy, client.ErrAccountExists}, nil, 2},
		"somebody else's":             {[]error{client.ErrAccountExists}, client.ErrAccountExists, 1},
		"refused":                     {[]error{busy, weak}, weak, 2},
		"busy for ever":               {[]error{busy}, busy, mostTries},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				err := patiently(context.Background(), func() error {
					tries++
					return c.answers[min(tries, len(c.answers))-1]
				})
				if !errors.Is(err, c.want) || tries != c.tries {
					t.Errorf("%v after %d tries, want %v after %d", err, tries, c.want, c.tries)
				}
			})
		})
	}
}
