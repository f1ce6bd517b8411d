package persistence

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/greenroom-chat/greenroom/persistence/powercut"
)

const (
	powerCuts    = 12
	powerCutsEnv = "GREENROOM_CUTS" // another number of them
	cutsPerDisk  = 6

	opsOfStart = 300  // more than a first start takes
	opsOfLoad  = 4000 // several memtables
)

func cuts(t testing.TB) int {
	text := os.Getenv(powerCutsEnv)
	if text == "" {
		return powerCuts
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(powerCutsEnv, err)
	}
	return n
}

// TestAttack80PowerCutLosesNothingAcknowledged: children with a database on a
// disk say what has been acknowledged, and what they find when they start.
// The power goes at the first start, under load, and while another cut is
// being recovered from; some children were killed before. Each time all that
// was acknowledged, or was ever seen, is there: in order, once, no number left
// out, no half of a batch.
func TestAttack80PowerCutLosesNothingAcknowledged(t *testing.T) {
	powercut.NeedsMount(t)
	t.Parallel() // much of it is waiting for children
	acknowledged, left := 0, cuts(t)
	for seed := uint64(1); left > 0; seed++ {
		rng := rand.New(rand.NewPCG(seed, 80))
		n := min(left, cutsPerDisk)
		left -= n
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			p := newPowered(t)
			for i := range n {
				p.live(plan(rng, i == 0))
			}
			p.live(life{way: wayLook})
			p.live(life{way: wayLook})
			acknowledged += p.acknowledged
		})
	}
	t.Logf("%d cuts, %d acknowledged", cuts(t), acknowledged)
	if acknowledged < 100*cuts(t) {
		t.Error("the power went too early to tell anything")
	}
}

func plan(rng *rand.Rand, first bool) life {
	l := life{way: wayBatches}
	if rng.IntN(3) == 0 {
		l.way = wayActors
	}
	if rng.IntN(2) == 0 {
		l.chance = rand.New(rand.NewPCG(rng.Uint64(), 0))
	}
	if !first && rng.IntN(4) == 0 {
		l.kills = append(l.kills, 1+rng.IntN(2000))
	}
	switch {
	case first || rng.IntN(3) == 0:
		l.cut = 1 + rng.IntN(opsOfStart)
	default:
		l.cut = 1 + rng.IntN(opsOfLoad)
	}
	return l
}

// TestAttack80AFirstStartMayEndAnywhere cuts at operations of a first start,
// and of the first commits, on a new disk each. All of them with as many cuts.
func TestAttack80AFirstStartMayEndAnywhere(t *testing.T) {
	powercut.NeedsMount(t)
	t.Parallel() // much of it is waiting for children
	p := newPowered(t)
	p.live(life{way: wayLook})
	last := p.opsOfLife + 60
	step := max(1, 2*last/cuts(t))
	acknowledged := 0
	for at := 1; at <= last; at += step {
		for _, chance := range []*rand.Rand{nil, rand.New(rand.NewPCG(uint64(at), 80))} {
			p := newPowered(t)
			p.live(life{way: wayBatches, cut: at, chance: chance})
			p.live(life{way: wayLook})
			acknowledged += p.acknowledged
		}
	}
	t.Logf("%d operations in a first start; cut at each %d. of %d; %d acknowledged", p.opsOfLife, step, last, acknowledged)
}
