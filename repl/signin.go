package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/greenroom-chat/greenroom/net/client"
	"github.com/greenroom-chat/greenroom/repl/screen"
)

const (
	dialWait    = 15 * time.Second
	mostTries   = 3
	newAccount  = "just Enter makes a new account"
	longestName = 64
)

var (
	errStranger   = errors.New("the server's key was not accepted")
	errTries      = errors.New("no login after three tries")
	errNoUser     = errors.New("no account name: give --user")
	errNoPassword = errors.New("no password: set " + PasswordVariable)
)

// session is the talk before the chat: which key, who, which password.
type session struct {
	o     Options
	ui    ui
	known knownServers
	env   client.Secret
	login client.Options
}

func newSession(o Options, u ui) *session {
	s := &session{o: o, ui: u, known: knownServers{filepath.Join(configDir(), "known_servers")}}
	s.env = client.Secret(os.Getenv(PasswordVariable))
	s.login = client.Options{Addr: o.Addr, Plaintext: o.Plaintext, Nick: o.User}
	if !o.Plaintext {
		s.login.VerifyKey = s.verifyKey
	}
	return s
}

// signIn asks what has to be asked, if there is somebody to ask, and connects. The login it returns connects again.
func (s *session) signIn(ctx context.Context, ask bool) (*client.Client, client.Options, error) {
	conn, err := s.try(ctx, ask)
	s.login.Register = false
	if s.login.Password != "" {
		s.login.Account = s.login.Nick // also after /nick
	}
	return conn, s.login, err
}

func (s *session) try(ctx context.Context, ask bool) (*client.Client, error) {
	if err := s.meet(ctx, ask); err != nil {
		return nil, err
	}
	if !ask {
		s.login.Password = s.env
		if s.login.Nick == "" {
			return nil, errNoUser
		}
		return s.dial(ctx)
	}
	if err := s.askName(); err != nil {
		return nil, err
	}
	for range mostTries {
		if err := s.askPassword(); err != nil {
			return nil, err
		}
		if s.login.Password == "" {
			return s.register(ctx)
		}
		conn, err := s.dial(ctx)
		switch {
		case errors.Is(err, client.ErrDenied):
			s.ui.Print("! Wrong password, or there is no account " + cleanName(s.login.Nick) + ".")
		case errors.Is(err, client.ErrNickInUse):
			s.ui.Print("! " + cleanName(s.login.Nick) + " is in use.")
			if err := s.askOtherName(); err != nil {
				return nil, err
			}
		default:
			return conn, err
		}
	}
	return nil, errTries
}

func (s *session) dial(ctx context.Context) (*client.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, dialWait)
	defer cancel()
	return s.o.dial(ctx, s.login)
}

// meet makes the server's key known before a password is asked for, let alone sent.
func (s *session) meet(ctx context.Context, ask bool) error {
	if s.o.Plaintext {
		return nil
	}
	seen := errors.New("seen")
	var found error
	probe := s.login
	probe.VerifyKey = func(addr, fingerprint string) error {
		found = s.verifyKey(addr, fingerprint)
		return seen // and so nothing is said to the server yet
	}
	dialCtx, cancel := context.WithTimeout(ctx, dialWait)
	defer cancel()
	if conn, err := s.o.dial(dialCtx, probe); err == nil {
		return conn.Close()
	} else if !errors.Is(err, seen) {
		return err
	}
	var stranger *unknownKey
	if !errors.As(found, &stranger) || !ask {
		return found
	}
	return s.introduce(stranger)
}

// introduce asks whether a key is the right one, in the manner of ssh.
func (s *session) introduce(k *unknownKey) error {
	s.ui.Print(fmt.Sprintf("The server at %s is not known here. The fingerprint of its key is\n  %s\nThe server has printed it at its first start: compare.", k.addr, k.fingerprint))
	for {
		answer, err := s.ui.Ask("Is it the right one? [yes/no] ")
		if err != nil {
			return errStranger
		}
		switch strings.ToLower(strings.TrimSpace(answer)) {
		case "yes", "y", k.fingerprint, strings.ToLower(k.fingerprint):
			return s.known.keep(k.addr, k.fingerprint)
		case "no", "n":
			return errStranger
		}
	}
}

// verifyKey is called during the handshake, and also when connecting again.
func (s *session) verifyKey(addr, fingerprint string) error {
	err := s.known.verify(addr, fingerprint)
	var stranger *unknownKey
	var changed *changedKey
	if s.o.InsecureNewKey && (errors.As(err, &stranger) || errors.As(err, &changed)) {
		return s.known.keep(addr, fingerprint)
	}
	return err
}

func (s *session) askName() error {
	if s.login.Nick != "" {
		return nil
	}
	return s.askOtherName()
}

func (s *session) askOtherName() error {
	question, user := "Your name: ", os.Getenv("USER")
	if user != "" && user != "root" && s.login.Nick == "" {
		question = "Your name [" + cleanName(user) + "]: "
	} else {
		user = ""
	}
	for {
		name, err := s.ui.Ask(question)
		if err != nil {
			return err
		}
		if name = strings.TrimSpace(name); name == "" {
			name = user
		}
		switch {
		case name == "":
		case strings.ContainsAny(name, " ,*?!@#") || len(name) > longestName:
			s.ui.Print("! A name has no spaces and none of , * ? ! @ #")
		default:
			s.login.Nick = name
			return nil
		}
	}
}

// askPassword takes the environment's word once, then asks. An empty answer means: a new account.
func (s *session) askPassword() error {
	if s.env != "" {
		s.login.Password, s.env = s.env, ""
		return nil
	}
	secret, err := s.ui.AskSecret(fmt.Sprintf("Password of %s (%s): ", cleanName(s.login.Nick), newAccount))
	s.login.Password = client.Secret(secret)
	return err
}

// register asks for a password twice and makes the account; a refusal that another password can mend asks again.
func (s *session) register(ctx context.Context) (*client.Client, error) {
	for {
		secret, err := s.env, error(nil)
		given := secret != ""
		if !given {
			secret, err = s.askNewPassword()
		}
		if err != nil {
			return nil, err
		}
		s.login.Password, s.login.Register = secret, true
		conn, err := s.dial(ctx)
		var fail *client.Fail
		switch {
		case err != nil && given:
			return nil, err // the same password would be refused again
		case err == nil:
			s.ui.Print("· The account " + cleanName(s.login.Nick) + " is made.")
			return conn, nil
		case errors.Is(err, client.ErrAccountExists), errors.Is(err, client.ErrNickInUse):
			s.ui.Print("! The name " + cleanName(s.login.Nick) + " is taken.")
			if err := s.askOtherName(); err != nil {
				return nil, err
			}
		case errors.As(err, &fail) && strings.Contains(fail.Code, "PASSWORD"):
			s.ui.Print("! " + sentence(fail.Text))
		case errors.As(err, &fail) && strings.Contains(fail.Code, "ACCOUNT_NAME"), errors.As(err, &fail) && fail.Code == "432":
			s.ui.Print("! " + sentence(fail.Text))
			if err := s.askOtherName(); err != nil {
				return nil, err
			}
		default:
			return nil, err
		}
	}
}

// makeAccount is Register: it makes the account and hangs up.
func (s *session) makeAccount(ctx context.Context, ask bool) error {
	if err := s.meet(ctx, ask); err != nil {
		return err
	}
	if s.login.Nick == "" && !ask {
		return errNoUser
	}
	if ask {
		if err := s.askName(); err != nil {
			return err
		}
	}
	if s.env == "" && !ask {
		return errNoPassword
	}
	conn, err := s.register(ctx)
	if err != nil {
		return err
	}
	return conn.Close()
}

func (s *session) askNewPassword() (client.Secret, error) {
	for {
		first, err := s.ui.AskSecret("A password for the new account " + cleanName(s.login.Nick) + ": ")
		if err != nil {
			return "", err
		}
		if first == "" {
			return "", io.EOF
		}
		second, err := s.ui.AskSecret("The same again: ")
		if err != nil {
			return "", err
		}
		if first == second {
			return client.Secret(first), nil
		}
		s.ui.Print("! The two differ.")
	}
}

// explain prints why there is no connection, and what to do.
func (s *session) explain(ctx context.Context, err error) {
	if ctx.Err() != nil || errors.Is(err, io.EOF) || errors.Is(err, screen.ErrInterrupted) {
		return
	}
	s.ui.Print(reason(err, s.o.Addr))
}

// reason is an error of connecting or signing in, as sentences.
func reason(err error, addr string) string {
	var changed *changedKey
	var stranger *unknownKey
	var fail *client.Fail
	var refused *net.OpError
	switch {
	case errors.As(err, &changed):
		return fmt.Sprintf(changedWarning, changed.addr, changed.expected, changed.fingerprint, changed.file)
	case errors.As(err, &stranger):
		return fmt.Sprintf("! The server at %s is not known here. Its key is %s.\n! Run \"greenroom chat %s\" once and compare, or give --insecure-new-key.", stranger.addr, stranger.fingerprint, stranger.addr)
	case errors.Is(err, client.ErrAccountRequired):
		return "! The server is for people with an account: give --user, and the password in " + PasswordVariable + "."
	case errors.Is(err, client.ErrDenied):
		return "! Wrong password, or there is no such account."
	case errors.Is(err, client.ErrAccountExists):
		return "! That name is taken."
	case errors.As(err, &fail):
		return "! " + sentence(fail.Text)
	case errors.Is(err, client.ErrNotLoopback):
		return "! --plaintext is for this machine only: " + addr + " is another one."
	case errors.As(err, &refused) && refused.Op == "dial":
		return fmt.Sprintf("! Nobody answers at %s (%s). \"greenroom serve\" starts a server.", addr, clean(refused.Err.Error()))
	case errors.Is(err, context.DeadlineExceeded):
		return "! " + addr + " has not answered in time."
	}
	return "! " + sentence(err.Error())
}

const changedWarning = `! THE KEY OF %s HAS CHANGED.
! Somebody may be in the middle and read what you type, your password first. Or the server was set up anew.
!   expected %s
!   received %s
! Nothing was sent. Ask whoever runs the server. If the new key is right, give --insecure-new-key once,
! or remove the server's line from %s.`
