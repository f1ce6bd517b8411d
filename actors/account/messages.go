package account

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/notes"
)

// Commands.
type (
	// Login proves who somebody is; answered by LoggedIn. Remote is where it
	// comes from, for throttling: an address without its port.
	Login struct {
		ask.Ticket
		Name     string
		Password Secret
		Remote   string
	}
	// LoggedIn answers Login.
	LoggedIn struct {
		Ref     uint64
		Account string // as written at registration
		Key     string
		Final   string // what SCRAM says last; empty otherwise
		Notes   *notes.Set
	}
	// Challenge begins a login by SCRAM-SHA-256 with the client's first
	// message; answered by Challenged. Who asks has one such login at a time.
	Challenge struct {
		ask.Ticket
		First  string
		Remote string
	}
	// Challenged answers Challenge: what the client is to be sent.
	Challenged struct {
		Ref  uint64
		Text string
	}
	// Prove goes on with the client's last message; answered by LoggedIn.
	Prove struct {
		ask.Ticket
		Proof string
	}
	// LoginCertificate is by a client certificate, of which the connection has
	// seen that the client holds its key; answered by LoggedIn. Name may be
	// empty.
	LoginCertificate struct {
		ask.Ticket
		Fingerprint string // SHA-256 of the certificate, in lower-case hex
		Name        string
		Remote      string
	}
	// Bind makes a certificate one that the account is known by, Unbind takes
	// it away, WhichCertificates only asks; answered by Certificates.
	Bind struct {
		ask.Ticket
		Key, Fingerprint string
	}
	Unbind struct {
		ask.Ticket
		Key, Fingerprint string
	}
	WhichCertificates struct {
		ask.Ticket
		Key string
	}
	// Certificates answers the three above with what the account has now.
	Certificates struct {
		Ref  uint64
		List []string
	}
	// Annotate changes the notes that the account keeps of its owner, at most
	// Most; answered by Annotated.
	Annotate struct {
		ask.Ticket
		Key     string
		Changes []notes.Change
		Most    int
	}
	// Annotated answers Annotate with all of them.
	Annotated struct {
		Ref   uint64
		Notes *notes.Set
	}
	// Register makes an account; answered by Registered. Nick is what who asks
	// is called, or would be: no password may resemble it. By is their user
	// actor, whose nick may be the name; nil before sign-in.
	Register struct {
		ask.Ticket
		Name     string
		Nick     string
		By       *actor.PID
		Password Secret
		Remote   string
	}
	// Registered answers Register.
	Registered struct {
		Ref     uint64
		Account string
		Key     string
	}
)

// Spoken with the registry, so that a name is given once.
type (
	// Reserve takes a name as if its account existed already. It is answered
	// by Reserved, or refused with ErrExists when the name is an account's or
	// reserved, and with ErrHeld when it is the nick of any user but By.
	Reserve struct {
		ask.Ticket
		Key, Name string
		By        *actor.PID // user actor of who registers; nil before sign-in
	}
	// Reserved answers Reserve.
	Reserved struct{ Ref uint64 }
	// Release gives a name back that was Reserved: no account was made.
	Release struct{ Key string }
	// Made says that the account is stored. A registry that has restarted since
	// it was asked for the name may not know of it.
	Made struct{ Key, Name string }
	// Claim makes a certificate an account's, if it is nobody else's; answered
	// by Named, or refused with ErrCertificateTaken.
	Claim struct {
		ask.Ticket
		Fingerprint, Key string
	}
	// Disclaim frees a certificate of the account.
	Disclaim struct{ Fingerprint, Key string }
	// Whose asks for the account of a certificate; answered by Named, or
	// refused with ErrDenied.
	Whose struct {
		ask.Ticket
		Fingerprint string
	}
	// Named answers Claim and Whose.
	Named struct {
		Ref uint64
		Key string
	}
)

// Why a command is refused, besides the reasons of package ask, *Weak and
// *Throttled.
var (
	// ErrDenied is all that is told of a wrong name or password.
	ErrDenied    = errors.New("wrong account name or password")
	ErrSuspended = errors.New("the account is suspended")
	ErrExists    = errors.New("the name is taken")
	ErrHeld      = errors.New("the name is somebody's nick")
	// ErrBadName wraps an error of package names.
	ErrBadName = errors.New("not a name for an account")
	ErrClosed  = errors.New("registration is closed")
	// ErrFull: there are as many accounts as there may be.
	ErrFull = fmt.Errorf("%w: there are too many accounts", ErrClosed)
	// ErrNoCertificate: the client has shown none, or the account has not it.
	ErrNoCertificate       = errors.New("no such certificate")
	ErrCertificateTaken    = errors.New("the certificate is another account's")
	ErrTooManyNotes        = errors.New("too many notes")
	ErrTooManyCertificates = errors.New("too many certificates")

	ErrLongPassword = fmt.Errorf("the password is longer than %d bytes", MaxPassword)
)

// MaxPassword is the largest password in bytes; a larger one is not hashed.
const MaxPassword = 1024

// Weak refuses a password that is too easy to guess.
type Weak struct {
	Reason string // completes "the password is too weak: "
	Advice string
}

func (w *Weak) Error() string {
	return fmt.Sprintf("the password is too weak: %s; %s", w.Reason, w.Advice)
}

// Throttled refuses a login after too many that failed.
type Throttled struct{ After time.Duration }

func (t *Throttled) Error() string {
	return fmt.Sprintf("too many failed logins, try again in %v", t.After)
}

// Secret is a password. It prints as "[secret]", however it is printed, as
// long as it is reached through exported fields: fmt calls no method of what
// lies below others.
type Secret string

const redacted = "[secret]"

// reveal returns the text.
func (s Secret) reveal() string { return string(s) }

func (Secret) String() string               { return redacted }
func (Secret) GoString() string             { return redacted }
func (Secret) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, redacted) }
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
