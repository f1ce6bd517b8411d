package account

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/xdg-go/scram"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/names"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// A SCRAM verifier lets a client prove its password without showing it, at the
// price that the server keeps something which is guessed at by PBKDF2, where
// Argon2id wants memory for each guess. So many rounds cost as much time.
const (
	strongRounds = 600_000
	testRounds   = 4096
)

// dialogue is a login by SCRAM between the client's two messages. There is one
// for an asker, and it is used once.
type dialogue struct {
	conv    *scram.ServerConversation
	account records.Account // empty: there is none, or it has no verifier
	key     string
	remote  string
	began   time.Time
}

const (
	maxDialogues = 4096
	dialogueLife = time.Minute
	maxFirst     = 1024 // bytes of the client's first message
)

// challenge answers the client's first message.
func (a *account) challenge(ctx actor.Context, m Challenge) {
	name, authzid, err := whoSays(m.First)
	key, bad := names.Account(name, a.cfg.MaxNameLength)
	if !a.rules.scram || len(m.First) > maxFirst || err != nil || bad != nil || authzid != "" && names.Fold(authzid) != key || m.ReplyTo == nil {
		ask.Refuse(ctx, m.Ticket, ErrDenied)
		return
	}
	if a.throttled(ctx, m.Ticket, key, m.Remote) {
		return
	}
	j := &job{Ticket: m.Ticket, stage: finding, key: key, remote: m.Remote, then: func(ctx actor.Context, j *job) {
		a.challenged(ctx, j, m.First)
	}}
	a.find(ctx, j)
}

// whoSays reads who the first message is of.
func whoSays(first string) (name, authzid string, err error) {
	var asked string
	probe, err := scram.SHA256.NewServer(func(name string) (scram.StoredCredentials, error) {
		asked = name
		return scram.StoredCredentials{}, nil
	})
	if err != nil {
		return "", "", err
	}
	conv := probe.NewConversation()
	_, err = conv.Step(first)
	return asked, conv.AuthzID(), err
}

// challenged goes on when the account has been looked for. For one that is not
// there the dialogue is the same, and cannot succeed.
func (a *account) challenged(ctx actor.Context, j *job, first string) {
	kept, err := parseVerifier(j.account.Scram)
	if err != nil {
		kept = a.pretended(j.key)
		j.account = records.Account{}
	}
	server, err := scram.SHA256.NewServer(func(string) (scram.StoredCredentials, error) { return kept, nil })
	if err != nil {
		a.refuse(ctx, j, unavailable(err))
		return
	}
	d := &dialogue{conv: server.NewConversation(), account: j.account, key: j.key, remote: j.remote, began: a.cfg.Now()}
	text, err := d.conv.Step(first)
	if err != nil {
		a.refuse(ctx, j, ErrDenied)
		return
	}
	if !a.keepDialogue(j.ReplyTo, d) {
		a.refuse(ctx, j, ask.ErrBusy)
		return
	}
	a.finish(ctx, j, Challenged{Ref: j.Ref, Text: text})
}

// keepDialogue makes room by what is too old, and for nothing else.
func (a *account) keepDialogue(of *actor.PID, d *dialogue) bool {
	if len(a.dialogues) >= maxDialogues {
		for id, old := range a.dialogues {
			if d.began.Sub(old.began) > dialogueLife {
				delete(a.dialogues, id)
			}
		}
	}
	if len(a.dialogues) >= maxDialogues && a.dialogues[of.Id] == nil {
		return false
	}
	a.dialogues[of.Id] = d
	return true
}

// prove ends the dialogue of the asker, whatever comes of it.
func (a *account) prove(ctx actor.Context, m Prove) {
	if m.ReplyTo == nil {
		return
	}
	d := a.dialogues[m.ReplyTo.Id]
	delete(a.dialogues, m.ReplyTo.Id)
	if d == nil || a.cfg.Now().Sub(d.began) > dialogueLife {
		ask.Refuse(ctx, m.Ticket, ErrDenied)
		return
	}
	if a.throttled(ctx, m.Ticket, d.key, d.remote) {
		return
	}
	text, err := d.conv.Step(m.Proof)
	if err != nil || !d.conv.Valid() || d.account.Key == "" {
		a.throttle.failed(d.key, d.remote)
		ask.Refuse(ctx, m.Ticket, ErrDenied)
		return
	}
	a.throttle.succeeded(d.key, d.remote)
	// Once more, as the account may have been suspended meanwhile.
	a.find(ctx, &job{Ticket: m.Ticket, stage: finding, key: d.key, remote: d.remote, then: func(ctx actor.Context, j *job) {
		switch {
		case j.account.Scram != d.account.Scram:
			a.refuse(ctx, j, ErrDenied)
		case j.account.Suspended:
			a.refuse(ctx, j, ErrSuspended)
		default:
			a.finish(ctx, j, loggedIn(j, text))
		}
	}})
}

// pretended are the credentials of nobody: for one name always the same salt,
// and keys that no password has.
func (a *account) pretended(key string) scram.StoredCredentials {
	mac := hmac.New(sha256.New, a.nobody)
	mac.Write([]byte(key))
	noKey := make([]byte, sha256.Size)
	_, _ = rand.Read(noKey)
	return scram.StoredCredentials{
		KeyFactors: scram.KeyFactors{Salt: string(mac.Sum(nil)[:saltSize]), Iters: a.hash.rounds}, StoredKey: noKey, ServerKey: noKey,
	}
}

// verifier is what SCRAM needs of a password, in the form of RFC 5803; empty
// for a password that SCRAM cannot say (RFC 4013).
func (h hasher) verifier(password Secret) records.Hash {
	if h.rounds == 0 {
		return ""
	}
	client, err := scram.SHA256.NewClient("", password.reveal(), "")
	if err != nil {
		return ""
	}
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt)
	kept, err := client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: string(salt), Iters: h.rounds})
	if err != nil {
		return ""
	}
	b64 := base64.StdEncoding.EncodeToString
	return records.Hash(fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", kept.Iters, b64(salt), b64(kept.StoredKey), b64(kept.ServerKey)))
}

var errBadVerifier = errors.New("not a SCRAM-SHA-256 verifier")

// parseVerifier reads what verifier prints. One of fewer rounds than the tests
// have is no verifier.
func parseVerifier(text records.Hash) (kept scram.StoredCredentials, err error) {
	var salt, stored, server string
	parts := strings.FieldsFunc(string(text), func(r rune) bool { return r == '$' || r == ':' })
	if len(parts) != 5 || parts[0] != "SCRAM-SHA-256" {
		return kept, errBadVerifier
	}
	if _, err := fmt.Sscanf(parts[1], "%d", &kept.Iters); err != nil || kept.Iters < testRounds {
		return kept, errBadVerifier
	}
	salt, stored, server = parts[2], parts[3], parts[4]
	raw := make([][]byte, 3)
	for i, word := range []string{salt, stored, server} {
		if raw[i], err = base64.StdEncoding.DecodeString(word); err != nil {
			return kept, errBadVerifier
		}
	}
	kept.Salt, kept.StoredKey, kept.ServerKey = string(raw[0]), raw[1], raw[2]
	if len(kept.Salt) < 8 || len(kept.StoredKey) != sha256.Size || len(kept.ServerKey) != sha256.Size {
		return kept, errBadVerifier
	}
	return kept, nil
}

// lacks tells whether a verifier is to be made, or made again with more rounds.
func (h hasher) lacks(stored records.Hash) bool {
	kept, err := parseVerifier(stored)
	return h.rounds > 0 && (err != nil || kept.Iters < h.rounds)
}
