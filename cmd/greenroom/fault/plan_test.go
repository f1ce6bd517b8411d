package fault

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden plan")

func allKinds() []Kind {
	return append(slices.Clone(inServer), Kill, Terminate, Reset, HalfOpen, Stall, Trickle)
}

func TestOneSeedGivesOnePlan(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(50) {
		first, again := NewPlan(seed, time.Minute), NewPlan(seed, time.Minute)
		if !reflect.DeepEqual(first, again) {
			t.Fatalf("seed %d:\n%v\n%v", seed, Plan(first), Plan(again))
		}
		seen[Plan(first).String()] = true
	}
	if len(seen) != 50 {
		t.Errorf("50 seeds gave %d plans", len(seen))
	}
}

func TestAMinuteHasEveryKindOfFault(t *testing.T) {
	twoAtOnce := 0
	for seed := range uint64(1000) {
		has, targets := map[Kind]int{}, map[string]bool{}
		plan := NewPlan(seed, time.Minute)
		for i, f := range plan {
			has[f.Kind]++
			if f.Kind == PanicBefore || f.Kind == PanicAfter {
				targets[f.Target] = true
			}
			if i > 0 && f.At == plan[i-1].At {
				twoAtOnce++
			}
		}
		for _, kind := range allKinds() {
			if has[kind] == 0 {
				t.Errorf("seed %d: no %s in\n%v", seed, kind, Plan(plan))
			}
		}
		for _, target := range []string{Room, Journal, Records, Storage, Registry, Account, User, Conn, Listener, Net} {
			if !targets[target] {
				t.Errorf("seed %d: no panic of %s", seed, target)
			}
		}
	}
	if twoAtOnce < 1000 {
		t.Errorf("only %d times two at once in 1000 plans", twoAtOnce)
	}
}

func TestPlansOfAnyLengthEndInQuiet(t *testing.T) {
	for seed := range uint64(20) {
		for _, length := range []time.Duration{10 * time.Second, 30 * time.Second, time.Minute, 10 * time.Minute} {
			plan := NewPlan(seed, length)
			if len(plan) == 0 || length >= time.Minute && len(plan) < 34 {
				t.Errorf("seed %d: %d faults in %v", seed, len(plan), length)
			}
			last := length - max(5*time.Second, length*15/100)
			for i, f := range plan {
				if f.ID != i+1 || i > 0 && f.At < plan[i-1].At {
					t.Fatalf("seed %d: entry %d is %+v", seed, i, f)
				}
				if f.At >= last || f.At+f.For > last+10*time.Millisecond {
					t.Errorf("seed %d, %v: %v does not end before %v", seed, length, f, last)
				}
			}
		}
	}
}

// The figures of the policies: actors/storage.Policy, registry.Failing.
func TestNoPlanEndsTheServerByItself(t *testing.T) {
	for seed := range uint64(50) {
		plan := NewPlan(seed, time.Hour)
		closings, ends := []time.Duration{}, []time.Duration{}
		failures := map[string][]time.Duration{}
		for _, f := range plan {
			switch {
			case f.Kind.endsServer():
				ends = append(ends, f.At)
			case f.Kind == CrashLoop && f.For > time.Second:
				if f.Target != Room {
					t.Fatalf("seed %d: %v", seed, f)
				}
				closings = append(closings, f.At)
			case f.Kind == CrashLoop:
				failures[f.Target] = append(failures[f.Target], f.At, f.At, f.At)
			case f.Kind == PanicBefore, f.Kind == PanicAfter:
				failures[f.Target] = append(failures[f.Target], f.At)
			}
		}
		for target, at := range failures {
			if n := most(at, time.Minute); target != Conn && n > 5 {
				t.Errorf("seed %d: %s fails %d times in a minute", seed, target, n)
			}
		}
		if n := most(closings, 5*time.Minute); n > 1 || len(closings) == 0 {
			t.Errorf("seed %d: %d rooms closed in five minutes, %d in all", seed, n, len(closings))
		}
		if n := most(ends, time.Minute); n > 5 {
			t.Errorf("seed %d: the server is ended %d times in a minute", seed, n)
		}
	}
}

// most is the largest number within any window.
func most(at []time.Duration, window time.Duration) (n int) {
	for i := range at {
		in := 0
		for _, later := range at[i:] {
			if later-at[i] < window {
				in++
			}
		}
		n = max(n, in)
	}
	return n
}

func TestAMinuteClosesNoRoom(t *testing.T) {
	for seed := range uint64(200) {
		for _, f := range NewPlan(seed, time.Minute) {
			if f.Kind == CrashLoop && f.For > crashLoop {
				t.Errorf("seed %d: %v", seed, f)
			}
		}
	}
}

func TestPlanIsReadable(t *testing.T) {
	const file = "testdata/plan-42.txt"
	got := fmt.Sprint(Plan(NewPlan(42, time.Minute)))
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
