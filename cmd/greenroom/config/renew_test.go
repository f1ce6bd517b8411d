package config

import (
	"reflect"
	"slices"
	"testing"
)

func TestWhatIsLoadedAgainChangesWhatItMayAndTellsTheRest(t *testing.T) {
	before, err := parse("x.toml", "motd = \"old\"\n[limits]\nnick_length = 20\n")
	if err != nil {
		t.Fatal(err)
	}
	after, err := parse("x.toml", "motd = \"new\"\nserver_password = \"pond\"\n[limits]\nnick_length = 30\naway_length = 100\n"+
		"[[listen]]\naddress = \"127.0.0.1:1\"\n")
	if err != nil {
		t.Fatal(err)
	}
	now, changed, later := before.Renew(after)
	if want := []string{"motd", "server_password", "limits.away_length"}; !slices.Equal(changed, want) {
		t.Errorf("changed %v, want %v", changed, want)
	}
	if want := []string{"listen", "limits.nick_length"}; !slices.Equal(later, want) {
		t.Errorf("later %v, want %v", later, want)
	}
	if now.MOTD != "new" || now.ServerPassword != "pond" || now.Limits.AwayLength != 100 || now.Limits.NickLength != 20 || now.Listen[0].Address != before.Listen[0].Address {
		t.Errorf("%+v", now)
	}
	if before.MOTD != "old" {
		t.Error("what was in force has been changed")
	}
}

func TestEveryKeyThatMayChangeIsAKey(t *testing.T) {
	var keys []string
	here, there := Default(), Default()
	visit(reflect.ValueOf(&here).Elem(), reflect.ValueOf(there), "", func(key string, _, _ reflect.Value) { keys = append(keys, key) })
	for key := range renewable {
		if !slices.Contains(keys, key) {
			t.Errorf("%s is no key", key)
		}
	}
}
