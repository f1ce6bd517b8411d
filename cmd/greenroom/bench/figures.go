package bench

import (
	"math"
	"slices"
	"time"
)

// Figure is one number of a round. NaN: it cannot be told.
type Figure struct {
	Key    string // in JSON
	Head   string // in the table
	Digits int    // after the point, in the table
	Value  float64
}

// Round is what one round told about one target.
type Round struct {
	Target  string // "server", or "limit" and how it writes
	Number  int    // from 1
	Figures []Figure
}

// Value is the figure with that key; NaN if there is none.
func (r Round) Value(key string) float64 {
	for _, f := range r.Figures {
		if f.Key == key {
			return f.Value
		}
	}
	return math.NaN()
}

// Summary is what the rounds of a target have in common.
type Summary struct {
	Target                string
	Least, Median, Spread []Figure // spread: from the least to the most, in per cent of the median
}

// summarize puts the rounds of each target together, in order of appearance.
func summarize(rounds []Round) []Summary {
	var all []Summary
	for _, r := range rounds {
		if slices.ContainsFunc(all, func(s Summary) bool { return s.Target == r.Target }) {
			continue
		}
		s := Summary{Target: r.Target}
		for _, f := range r.Figures {
			var values []float64
			for _, other := range rounds {
				if v := other.Value(f.Key); other.Target == r.Target && !math.IsNaN(v) {
					values = append(values, v)
				}
			}
			least, median, spread := f, f, f
			least.Value, median.Value, spread.Value = spreadOf(values)
			s.Least, s.Median, s.Spread = append(s.Least, least), append(s.Median, median), append(s.Spread, spread)
		}
		all = append(all, s)
	}
	return all
}

func spreadOf(values []float64) (least, median, spread float64) {
	if len(values) == 0 {
		return math.NaN(), math.NaN(), math.NaN()
	}
	slices.Sort(values)
	n := len(values)
	least, median = values[0], (values[(n-1)/2]+values[n/2])/2
	if median != 0 {
		spread = 100 * (values[n-1] - least) / median
	}
	return least, median, spread
}

// Ratio is the figures of the server in terms of a limit's.
type Ratio struct {
	To      string
	Figures []Figure // least by least
}

// ratios compares the first target, the server, with each of the others.
func ratios(all []Summary) []Ratio {
	var found []Ratio
	for _, limit := range all[min(1, len(all)):] {
		r := Ratio{To: limit.Target}
		for i, f := range all[0].Least {
			f.Digits, f.Value = 2, f.Value/limit.Least[i].Value
			if math.IsInf(f.Value, 0) {
				f.Value = math.NaN()
			}
			r.Figures = append(r.Figures, f)
		}
		found = append(found, r)
	}
	return found
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func mebi(bytes int64) float64 { return float64(bytes) / (1 << 20) }
