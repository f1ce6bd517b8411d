package conn

import (
	"testing"
	"time"
)

func TestAttack66WhatIsLookedAtCostsThoughNothingIsToldOfIt(t *testing.T) {
	cfg := Defaults()
	cfg.Rate, cfg.Burst, cfg.AnswerBytes = 10, 100, 4096
	now := time.Now()
	k := newCredit(&cfg)
	k.spend(now, 100)
	if got := k.debt(now); got != 100*time.Millisecond {
		t.Errorf("with all credit used up the next command waits %v, want that of one command", got)
	}
	k.looked(100_000)
	want := 100*time.Millisecond + 100_000*lookBytes/4096*100*time.Millisecond
	if got := k.debt(now); got < want-time.Millisecond || got > want+time.Millisecond {
		t.Errorf("the next command waits %v, want %v", got, want)
	}
	if got := k.debt(now.Add(want)); got > 0 {
		t.Errorf("after that time it waits %v more", got)
	}
}
