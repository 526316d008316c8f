package alerting

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/alertmanager/alert"

	"kpiagent/internal/outbound"
)

// mailbox is a mail server with one account, in this process.
type mailbox struct {
	mutex   sync.Mutex
	refuse  []error // of the next mails, in their order
	nobody  error   // what is said to each address
	member  string  // an address that nobody is not said to
	letters []letter
	logins  int
}

type letter struct {
	from, to string
	content  []byte
}

// NewSession implements smtp.Backend.
func (b *mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &visit{box: b}, nil }

// visit is one connection.
type visit struct {
	box      *mailbox
	from, to string
}

// AuthMechanisms implements smtp.AuthSession.
func (v *visit) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth implements smtp.AuthSession.
func (v *visit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		v.box.mutex.Lock()
		defer v.box.mutex.Unlock()
		v.box.logins++
		if user != "kpiagent" || password != "mật khẩu" {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (v *visit) Mail(from string, _ *smtp.MailOptions) error { v.from = from; return nil }
func (v *visit) Reset()                                      {}
func (v *visit) Logout() error                               { return nil }

func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.to = to
	if to == v.box.member {
		return nil
	}
	return v.box.nobody
}

func (v *visit) Data(r io.Reader) error {
	content, err := io.ReadAll(r)
	v.box.mutex.Lock()
	defer v.box.mutex.Unlock()
	if len(v.box.refuse) > 0 {
		err, v.box.refuse = v.box.refuse[0], v.box.refuse[1:]
		return err
	}
	v.box.letters = append(v.box.letters, letter{v.from, v.to, content})
	return err
}

// serve starts a mail server and gives its settings. how is StartTLS, Implicit or NoTLS.
func (b *mailbox) serve(t testing.TB, how string) MailServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	certificate, roots := newCertificate(t)
	port := listener.Addr().(*net.TCPAddr).Port
	server := smtp.NewServer(b)
	server.Domain = "localhost"
	server.AllowInsecureAuth = how == NoTLS
	settings := &tls.Config{Certificates: []tls.Certificate{certificate}}
	switch how {
	case StartTLS:
		server.TLSConfig = settings
	case Implicit:
		listener = tls.NewListener(listener, settings)
	}
	go server.Serve(listener) // it ends with Close
	t.Cleanup(func() { server.Close() })
	return MailServer{Host: "127.0.0.1", Port: port, TLS: how, Roots: roots, From: "kpiagent@example.vn", Timeout: 5 * time.Second}
}

// newCertificate makes one for 127.0.0.1 that nobody knows, and the pool that does.
func newCertificate(t testing.TB) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	content, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(content)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(made)
	return tls.Certificate{Certificate: [][]byte{content}, PrivateKey: key}, roots
}

func sampleAlerts() []*alert.Alert {
	return []*alert.Alert{sampleAlert("cuc_hoa_chat", "Cục Hoá chất", "critical", time.Date(2026, 3, 2, 2, 5, 0, 0, time.UTC), time.Time{})}
}

func TestMail(t *testing.T) {
	t.Parallel()
	password := Secret(func() (string, error) { return "mật khẩu", nil })
	for name, test := range map[string]struct {
		tls    string
		refuse []error
		nobody error
		change func(*MailServer)
		again  bool          // whether another try may do better
		pause  time.Duration // for which no mail is tried
		want   string        // part of the error; "" is none
	}{
		"STARTTLS":                  {tls: StartTLS},
		"TLS from the first byte":   {tls: Implicit},
		"a relay nearby":            {tls: NoTLS},
		"a login after STARTTLS":    {tls: StartTLS, change: func(s *MailServer) { s.Account, s.Password = "kpiagent", password }},
		"a login over TLS":          {tls: Implicit, change: func(s *MailServer) { s.Account, s.Password = "kpiagent", password }},
		"a certificate of nobody":   {tls: StartTLS, change: func(s *MailServer) { s.Roots = nil }, again: true, want: "certificate"},
		"another one's certificate": {tls: Implicit, change: func(s *MailServer) { s.Host = "localhost" }, again: true, want: "certificate"},
		"no STARTTLS is offered":    {tls: NoTLS, change: func(s *MailServer) { s.TLS = StartTLS }, again: true, want: "STARTTLS"},
		"a wrong password": {tls: StartTLS, change: func(s *MailServer) {
			s.Account, s.Password = "kpiagent", func() (string, error) { return "sai-mat-khau", nil }
		}, pause: refusedPause, want: "535"},
		"a password that is not there": {tls: StartTLS, change: func(s *MailServer) {
			s.Account, s.Password = "kpiagent", func() (string, error) { return "", errors.New("the environment variable SMTP is not set") }
		}, again: true, want: "SMTP is not set"},
		"a login is never sent in the clear": {tls: NoTLS, change: func(s *MailServer) { s.Account, s.Password = "kpiagent", password }, again: true, want: "auth"},
		"refused for now":                    {tls: NoTLS, refuse: []error{&smtp.SMTPError{Code: 451, Message: "try later"}}, again: true, want: "try later"},
		"refused for good":                   {tls: NoTLS, refuse: []error{&smtp.SMTPError{Code: 554, Message: "no such mailbox"}}, want: "no such mailbox"},
		"a mailbox that is full":             {tls: NoTLS, nobody: &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "mailbox full"}, again: true, want: "mailbox full"},
		"a mailbox that is not there":        {tls: NoTLS, nobody: &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}, want: "no such user"},
		"a list for members": {tls: StartTLS, nobody: &smtp.SMTPError{Code: 530, Message: "members only"},
			change: func(s *MailServer) { s.Account, s.Password = "kpiagent", password }, want: "members only"},
		"a login is asked for where none is set": {tls: NoTLS, refuse: []error{&smtp.SMTPError{Code: 530, Message: "who are you"}}, want: "who are you"},
		"a sender that is none":                  {tls: NoTLS, change: func(s *MailServer) { s.From = "nobody" }, want: "nobody"},
		"nobody is there":                        {tls: NoTLS, change: func(s *MailServer) { s.Port = 9 }, again: true, want: "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := &mailbox{refuse: test.refuse, nobody: test.nobody}
			server := box.serve(t, test.tls)
			if test.change != nil {
				test.change(&server)
			}
			what, err := (&mailSender{server: server, to: "lan@example.vn", pages: "https://kpi.example.vn", where: time.UTC}).send(t.Context(), sampleAlerts())
			if test.want == "" {
				if err != nil || len(box.letters) != 1 {
					t.Fatalf("%d mails came: %v", len(box.letters), err)
				}
				checkLetter(t, box.letters[0])
				if loggedIn := box.logins > 0; loggedIn != (server.Account != "") {
					t.Errorf("it has logged in: %v", loggedIn)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) || what != (outbound.Outcome{Again: test.again, Pause: test.pause}) {
				t.Errorf("it comes to %+v, the error is %v", what, err)
			}
			for _, secret := range []string{"mật khẩu", "sai-mat-khau"} {
				if err != nil && strings.Contains(err.Error(), secret) {
					t.Errorf("the error holds the password: %v", err)
				}
			}
			if len(box.letters) > 0 {
				t.Error("a mail came all the same")
			}
		})
	}
}

// checkLetter reads a mail as a program for mails does.
func checkLetter(t *testing.T, got letter) {
	t.Helper()
	if got.from != "kpiagent@example.vn" || got.to != "lan@example.vn" {
		t.Errorf("from %s to %s", got.from, got.to)
	}
	read, err := mail.ReadMessage(bytes.NewReader(got.content))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject"))
	if want := "Cảnh báo: Cục Hoá chất: Tỷ lệ giải quyết đúng hạn là 81,5 %, chỉ tiêu 95,0 %"; err != nil || subject != want {
		t.Errorf("%v: the subject is %q", err, subject)
	}
	if read.Header.Get("Message-Id") == "" || read.Header.Get("Date") == "" {
		t.Errorf("the header is %v", read.Header)
	}
	_, form, err := mime.ParseMediaType(read.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	m := newMessage("https://kpi.example.vn", time.UTC, sampleAlerts())
	html, err := m.html()
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(read.Body, form["boundary"])
	for _, one := range []struct{ kind, want string }{{"text/plain; charset=UTF-8", m.plain()}, {"text/html; charset=UTF-8", html}} {
		part, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		if part.Header.Get("Content-Type") != one.kind || part.Header.Get("Content-Transfer-Encoding") != "quoted-printable" {
			t.Errorf("a part is %v", part.Header)
		}
		content, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(one.want, strings.ReplaceAll(string(content), "\r\n", "\n")); diff != "" {
			t.Errorf("%s: %s", one.kind, diff)
		}
	}
}

// A server that says nothing, or that stops in the middle, costs one timeout and no more.
func TestMailToAServerThatSaysNothing(t *testing.T) {
	t.Parallel()
	for name, greeting := range map[string]string{"never greets": "", "stops after the greeting": "220 localhost ESMTP\r\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			go func() {
				for {
					conn, err := listener.Accept()
					if err != nil {
						return
					}
					io.WriteString(conn, greeting)
					defer conn.Close()
				}
			}()
			server := MailServer{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, TLS: NoTLS, From: "a@example.vn", Timeout: 300 * time.Millisecond}
			began := time.Now()
			what, err := (&mailSender{server: server, to: "lan@example.vn", where: time.UTC}).send(t.Context(), sampleAlerts())
			if took := time.Since(began); err == nil || !what.Again || took > 10*time.Second {
				t.Errorf("after %s: it comes to %+v, the error is %v", took, what, err)
			}
		})
	}
}
