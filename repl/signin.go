package repl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/greenroom-chat/greenroom/net/client"
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
	errName       = errors.New("a name has no spaces, none of , * ? ! @ #, and at most 64 bytes")
	errEmpty      = errors.New("no account was made: its password must not be empty")
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
	s.login = client.Options{Addr: o.Addr, Plaintext: o.Plaintext, Nick: o.User, Recover: u.Recover}
	s.login.ServerPassword = client.Secret(os.Getenv(ServerPasswordVariable))
	if !o.Plaintext {
		s.login.VerifyKey = s.verifyKey
	}
	return s
}

// signIn asks what has to be asked, if there is somebody to ask, and connects. The login it returns connects again.
func (s *session) signIn(ctx context.Context, ask bool) (*client.Client, client.Options, error) {
	conn, err := s.try(ctx, ask)
	s.login.Register = false
	if s.login.Password != "" || s.login.Certificate != nil {
		s.login.Account = s.login.Nick // also after /nick
	}
	return conn, s.login, err
}

func (s *session) try(ctx context.Context, ask bool) (*client.Client, error) {
	if !ask && s.login.Nick == "" {
		return nil, errNoUser
	}
	if err := s.meet(ctx, ask); err != nil {
		return nil, err
	}
	if !ask {
		s.login.Password = s.env
		if !usable(s.login.Nick) {
			return nil, errName
		}
		if conn, err := s.byDevice(ctx); conn != nil || err != nil {
			return conn, err
		}
		return s.dial(ctx)
	}
	if err := s.askName(); err != nil {
		return nil, err
	}
	if conn, err := s.byDevice(ctx); conn != nil || err != nil {
		return conn, err
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
			s.ui.Print("! " + denied(err, "Wrong password, or there is no account "+cleanName(s.login.Nick)+"."))
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

func (s *session) askName() error {
	last := lastAccount(s.o.Addr)
	switch {
	case s.login.Nick == "" && s.knownHere(last):
		s.login.Nick = last
	case s.login.Nick == "":
		return s.askOtherName()
	case !usable(s.login.Nick):
		return errName
	}
	return nil
}

func (s *session) askOtherName() error {
	question, user := "Your name: ", cmp.Or(lastAccount(s.o.Addr), os.Getenv("USER"))
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
		case !usable(name):
			s.ui.Print("! " + sentence(errName.Error()))
		default:
			s.login.Nick = name
			return nil
		}
	}
}

// usable leaves all but the worst to the server.
func usable(name string) bool {
	return !strings.ContainsAny(name, " ,*?!@#\r\n\x00") && name[0] != ':' && len(name) <= longestName
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
	if s.login.Nick == "" && !ask {
		return errNoUser
	}
	if err := s.meet(ctx, ask); err != nil {
		return err
	}
	var err error
	switch {
	case ask && s.login.Nick == "":
		err = s.askOtherName()
	case ask:
		err = s.askName()
	}
	if err != nil {
		return err
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
	name := cleanName(s.login.Nick)
	return newPassword(s.ui, s.o.Judge, "A password for the new account "+name+": ", name)
}
