package bench

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
)

func sample() Report {
	figures := func(rate, cpu float64) []Figure {
		return []Figure{{"deliveries_per_second", "deliveries/s", 0, rate}, {"cpu_seconds_per_million", "CPU s/million", 3, cpu}}
	}
	return Report{
		Options: Options{Workload: FanOut, Rooms: 1, Members: 1000, Senders: 8, Window: 4, Size: 64, For: 5 * time.Second, Complete: All, Rounds: 3},
		Rounds: []Round{
			{"server", 1, figures(1_000_000, 0.6)}, {"limit write", 1, figures(125_000, 6)},
			{"server", 2, figures(1_100_000, 0.5)}, {"limit write", 2, figures(100_000, 5)},
			{"server", 3, figures(1_200_000, 0.55)}, {"limit write", 3, figures(150_000, math.NaN())},
		},
		Notes: []string{"server: a word"},
	}
}

func TestTableHasRoundsWhatTheyShareAndRatiosUnderAlignedHeads(t *testing.T) {
	const want = `fan-out: 1 room of 1,000, 8 senders in each, window 4, 64-byte texts, plain TCP; a message is done when all have it; rounds of 5s

                       round  deliveries/s  CPU s/million
server                     1     1,000,000          0.600
limit write                1       125,000          6.000
server                     2     1,100,000          0.500
limit write                2       100,000          5.000
server                     3     1,200,000          0.550
limit write                3       150,000              –
server                 least     1,000,000          0.500
                      median     1,100,000          0.550
                      spread          18 %           18 %
limit write            least       100,000          5.000
                      median       125,000          5.500
                      spread          40 %           18 %
server ÷ limit write   least         10.00           0.10

note: server: a word
`
	var got bytes.Buffer
	sample().Table(&got, false)
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
	got.Reset()
	sample().Table(&got, true)
	if bare := strings.NewReplacer(bold, "", plain, "").Replace(got.String()); bare != want || !strings.Contains(got.String(), bold) {
		t.Errorf("with colour it is\n%q", got.String())
	}
}

func TestJSONHasALineForEachRowAndLeavesOutWhatIsNotKnown(t *testing.T) {
	var out bytes.Buffer
	if err := sample().JSON(&out); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for line := range strings.Lines(out.String()) {
		var row map[string]any
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		kinds[row["kind"].(string)]++
		_, known := row["cpu_seconds_per_million"]
		if unknown := row["target"] == "limit write" && row["round"] == 3.0; known == unknown {
			t.Errorf("a row that is wrong about CPU: %s", line)
		}
		if row["kind"] == "ratio" && (row["to"] != "limit write" || math.Abs(row["cpu_seconds_per_million"].(float64)-0.1) > 1e-9) {
			t.Errorf("the ratio is %s", line)
		}
	}
	for kind, n := range map[string]int{"round": 6, "least": 2, "median": 2, "spread_percent": 2, "ratio": 1} {
		if kinds[kind] != n {
			t.Errorf("%d rows of kind %s, want %d", kinds[kind], kind, n)
		}
	}
}

func TestOptionsSayEveryFaultAtOnce(t *testing.T) {
	good := Options{
		Workload: FanOut, Server: Server{Addr: "127.0.0.1:6667"}, Rooms: 1, Members: 10, Senders: 2, Window: 1,
		Size: 64, For: time.Second, Rounds: 1, Complete: All,
	}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		with func(*Options)
		says []string
	}{
		{"more senders than members", func(o *Options) { o.Senders = 11 }, []string{"--senders is 11; it can be from 1 to 10"}},
		{"a text too small for a marker", func(o *Options) { o.Size = 10 }, []string{"--size is 10"}},
		{"a room of one", func(o *Options) { o.Members, o.Senders = 1, 1 }, []string{"--members is 1"}},
		{"endless", func(o *Options) { o.For = 0 }, []string{"say how long"}},
		{"no port", func(o *Options) { o.Server.Addr = "irc.example" }, []string{"not HOST:PORT"}},
		{"a name as source", func(o *Options) { o.Server.From = []string{"localhost"} }, []string{`--from "localhost"`}},
		{"a password in the open", func(o *Options) { o.Server.Addr, o.Server.Account = "192.0.2.1:6667", "b" }, []string{"--account without --tls"}},
		{"no rate", func(o *Options) { o.Workload, o.Rate = Latency, 0 }, []string{"--rate is 0"}},
		{"a limit for joins", func(o *Options) { o.Workload, o.Limits = Join, []RelayMode{Write} }, []string{"--limit does not go with join"}},
		{"two faults", func(o *Options) { o.Size, o.Window = 10, 0 }, []string{"--size", "--window"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := good
			c.with(&o)
			err := o.Validate()
			for _, text := range c.says {
				if err == nil || !strings.Contains(err.Error(), text) {
					t.Errorf("it says %v, want %q", err, text)
				}
			}
		})
	}
}
