package conn

import (
	"testing"
	"time"
)

func TestAttack65UnderStrainAFloodIsSlowedDownAndNobodyElse(t *testing.T) {
	cfg := Defaults()
	cfg.Rate, cfg.Burst, cfg.Strain = 10, 100, func() int { return 8 }
	now := time.Now()
	talking, flooding := newCredit(&cfg), newCredit(&cfg)
	for range 50 {
		talking.spend(now, 1)
	}
	if got := talking.debt(now); got > 0 || talking.rate.TokensAt(now) < 49 {
		t.Errorf("who has used up half waits %v, and has %v left", got, talking.rate.TokensAt(now))
	}
	for range 100 {
		flooding.spend(now, 1)
	}
	calm := cfg
	calm.Strain = nil
	before := newCredit(&calm)
	for range 100 {
		before.spend(now, 1)
	}
	if got, without := flooding.debt(now), before.debt(now); got < 30*time.Second || without > time.Second {
		t.Errorf("a flood waits %v, and %v without strain", got, without)
	}
}
