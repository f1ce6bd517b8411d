package account

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/xdg-go/scram"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// talker is a client of SCRAM.
type talker struct {
	*scram.ClientConversation
	first, server string
}

func talk(t *testing.T, name string, password Secret) *talker {
	t.Helper()
	client, err := scram.SHA256.NewClient(name, password.reveal(), "")
	if err != nil {
		t.Fatal(err)
	}
	c := &talker{ClientConversation: client.NewConversation()}
	c.first, _ = c.Step("")
	return c
}

// challenge says the first message and returns what was answered.
func (w *world) challenge(s *actortest.Schedule, first string) any {
	return w.exchange(s, func(t ask.Ticket) any { return Challenge{Ticket: t, First: first, Remote: "10.0.0.1"} })
}

func (w *world) prove(s *actortest.Schedule, proof string) any {
	return w.exchange(s, func(t ask.Ticket) any { return Prove{Ticket: t, Proof: proof} })
}

func (w *world) exchange(s *actortest.Schedule, command func(ask.Ticket) any) any {
	w.probe.Take()
	w.sys.Root.Send(w.account, command(w.ticket()))
	s.Run()
	got := w.probe.Take()
	if len(got) != 1 {
		return got
	}
	if no, ok := got[0].(ask.Refused); ok {
		return no.Reason
	}
	return got[0]
}

// begun is a dialogue up to the client's proof.
func (w *world) begun(t *testing.T, s *actortest.Schedule, name string, password Secret) (*talker, string) {
	t.Helper()
	c := talk(t, name, password)
	m, ok := w.challenge(s, c.first).(Challenged)
	if !ok {
		t.Fatalf("%s has no challenge", name)
	}
	c.server = m.Text
	proof, err := c.Step(m.Text)
	if err != nil {
		t.Fatal(err)
	}
	return c, proof
}

func scramWorld(t *testing.T, cfg Config) (*world, *actortest.Schedule) {
	cfg.Scram = true
	w, s := scheduled(t, actortest.System(t), 1, cfg)
	w.register("Ann", good)
	s.Run()
	return w, s
}

// TestScramProvesAPasswordToBothSides (RFC 5802 3).
func TestScramProvesAPasswordToBothSides(t *testing.T) {
	w, s := scramWorld(t, Config{})
	c, proof := w.begun(t, s, "ANN", good)
	m, ok := w.prove(s, proof).(LoggedIn)
	if !ok || m.Account != "Ann" || m.Key != "ann" {
		t.Fatalf("answered %v", m)
	}
	if _, err := c.Step(m.Final); err != nil || !c.Valid() {
		t.Errorf("the server has not proved that it knows the password: %v", err)
	}
	_, proof = w.begun(t, s, "ann", good+"x")
	if got := w.prove(s, proof); got != ErrDenied {
		t.Errorf("a wrong password: %v", got)
	}
	stored := w.store.accounts["ann"]
	stored.Suspended = true
	w.store.accounts["ann"] = stored
	_, proof = w.begun(t, s, "ann", good)
	if got := w.prove(s, proof); got != ErrSuspended {
		t.Errorf("suspended: %v", got)
	}
}

// TestAttack30ScramTellsNobodyWhichAccountsThereAre: who is unknown, or has no
// verifier, is challenged in the same way, each time with the same salt.
func TestAttack30ScramTellsNobodyWhichAccountsThereAre(t *testing.T) {
	w, s := scramWorld(t, Config{Nobody: []byte("secret")})
	old := w.store.accounts["ann"]
	old.Key, old.Name, old.Scram = "old", "Old", ""
	w.store.accounts["old"] = old
	salts := map[string]string{}
	for _, name := range []string{"bob", "old", "ann", "bob", "old", "ann"} {
		c, proof := w.begun(t, s, name, "guess")
		salt, rounds, _ := strings.Cut(c.server[strings.Index(c.server, "s="):], ",i=")
		if salts[name] != "" && salts[name] != salt || rounds != "4096" || len(salt) != len("s=")+24 {
			t.Errorf("%s: %s", name, c.server)
		}
		salts[name] = salt
		if got := w.prove(s, proof); got != ErrDenied {
			t.Errorf("%s: %v", name, got)
		}
	}
	if len(slices.Compact(slices.Sorted(maps.Values(salts)))) != 3 {
		t.Errorf("salts are shared: %v", salts)
	}
}

// TestAttack37ScramCannotBeReplayedOrDowngraded: a proof serves once, for its
// own nonce, and neither the rounds nor the verifier are weaker than stored.
func TestAttack37ScramCannotBeReplayedOrDowngraded(t *testing.T) {
	w, s := scramWorld(t, Config{Throttle: true})
	_, proof := w.begun(t, s, "ann", good)
	if _, ok := w.prove(s, proof).(LoggedIn); !ok {
		t.Fatal("the proof does not serve at all")
	}
	if got := w.prove(s, proof); got != ErrDenied {
		t.Errorf("a proof without a challenge: %v", got)
	}
	w.begun(t, s, "ann", good)
	if got := w.prove(s, proof); got != ErrDenied {
		t.Errorf("the proof of another nonce: %v", got)
	}
	c, proof := w.begun(t, s, "ann", good)
	short := strings.Replace(proof, "r="+c.first[strings.Index(c.first, "r=")+2:], "r=", 1)
	if got := w.prove(s, short); got != ErrDenied {
		t.Errorf("a nonce that is not the server's: %v", got)
	}
	for _, first := range []string{
		"p=tls-exporter,,n=ann,r=x", "n,a=bob,n=ann,r=x", "n,,m=ext,n=ann,r=x", "n,,n=,r=x", "garbage", "",
	} {
		if got := w.challenge(s, first); got != ErrDenied {
			t.Errorf("%q: %v", first, got)
		}
	}
	if rounds := strongRounds; rounds < 600_000 {
		t.Errorf("%d rounds", rounds)
	}
	for _, text := range []string{"SCRAM-SHA-256$1:AAAAAAAAAAAAAAAA$AA==:AA==", "SCRAM-SHA-1$600000:AAAA$AAAA:AAAA", "x"} {
		if kept, err := parseVerifier(records.Hash(text)); err == nil {
			t.Errorf("%q is taken for %v", text, kept.Iters)
		}
	}
}

// TestOldAccountsGetAVerifierAtLogin, and weak ones a better one.
func TestOldAccountsGetAVerifierAtLogin(t *testing.T) {
	w, s := scramWorld(t, Config{})
	old := w.store.accounts["ann"]
	old.Scram = ""
	w.store.accounts["ann"] = old
	w.login("ann", good)
	s.Run()
	_, proof := w.begun(t, s, "ann", good)
	if _, ok := w.prove(s, proof).(LoggedIn); !ok {
		t.Error("cannot log in")
	}
	n := w.store.updates
	w.login("ann", good)
	s.Run()
	if w.store.updates != n {
		t.Error("it was made again")
	}
}

// TestDialoguesAreBounded: one for each asker, none for long.
func TestDialoguesAreBounded(t *testing.T) {
	now := time.Unix(0, 0)
	a := &account{cfg: Config{Now: func() time.Time { return now }}, dialogues: map[string]*dialogue{}}
	pid := func(id string) *actor.PID { return actor.NewPID("", id) }
	d := func() *dialogue { return &dialogue{began: now} }
	for i := range maxDialogues {
		if !a.keepDialogue(pid(string(rune(i+1))), d()) || !a.keepDialogue(pid("\x01"), d()) {
			t.Fatalf("%d are too many", i)
		}
	}
	if a.keepDialogue(pid("one more"), d()) {
		t.Error("there is no limit")
	}
	now = now.Add(2 * dialogueLife)
	if !a.keepDialogue(pid("one more"), d()) || len(a.dialogues) != 1 {
		t.Errorf("%d are left", len(a.dialogues))
	}
}
