package alerting

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/wneessen/go-mail"

	"kpiagent/internal/outbound"
)

// mailSender sends mails to one address.
type mailSender struct {
	server MailServer
	dial   outbound.Dialer
	to     string
	pages  string
	where  *time.Location
}

// send sends one mail over a connection of its own.
func (m *mailSender) send(ctx context.Context, alerts []*alert.Alert) (outbound.Outcome, error) {
	letter, err := m.write(newMessage(m.pages, m.where, alerts))
	if err != nil {
		return outbound.Outcome{}, err
	}
	client, err := m.client(ctx)
	if err != nil {
		return outbound.Outcome{Again: true}, err // a secret that cannot be read now may be there in a moment
	}
	if err = client.DialAndSendWithContext(ctx, letter); err == nil || letter.IsDelivered() {
		return outbound.Outcome{}, nil // what the server says after it has taken the mail changes nothing
	}
	return m.refused(err), fmt.Errorf("mail over %s to %s: %w", client.ServerAddr(), m.to, err)
}

func (m *mailSender) write(text message) (*mail.Msg, error) {
	letter := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := letter.From(m.server.From); err != nil {
		return nil, fmt.Errorf("mail: the sender %q: %w", m.server.From, err)
	}
	if err := letter.To(m.to); err != nil {
		return nil, fmt.Errorf("mail: the address %q: %w", m.to, err)
	}
	html, err := text.html()
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	letter.Subject(text.subject())
	letter.SetDate()
	letter.SetMessageID()
	letter.SetBulk() // no answers of absent people
	letter.SetGenHeader("Content-Language", "vi, en")
	letter.SetBodyString(mail.TypeTextPlain, text.plain())
	letter.AddAlternativeString(mail.TypeTextHTML, html)
	return letter, nil
}

func (m *mailSender) client(ctx context.Context) (*mail.Client, error) {
	s := m.server
	options := []mail.Option{mail.WithPort(s.Port), mail.WithTimeout(s.Timeout), mail.WithDialContextFunc(m.connect(ctx)),
		mail.WithTLSConfig(m.tls()), mail.WithoutNoop(), mail.WithTLSPolicy(mail.TLSMandatory)}
	switch s.TLS {
	case Implicit:
		// connect has made it a TLS connection already, which the library finds out; one offer more would be one too many.
		options = append(options, mail.WithTLSPolicy(mail.TLSOpportunistic))
	case NoTLS:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	}
	if s.Account != "" {
		password, err := s.Password.read()
		if err != nil {
			return nil, fmt.Errorf("mail: the password cannot be had: %w", err)
		}
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.Account),
			mail.WithPassword(password))
	}
	client, err := mail.NewClient(s.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return client, nil
}

func (m *mailSender) tls() *tls.Config {
	return &tls.Config{ServerName: m.server.Host, RootCAs: m.server.Roots, MinVersion: tls.VersionTLS12}
}

// connect opens connections that end with until, whatever is being said over them.
func (m *mailSender) connect(until context.Context) mail.DialContextFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		dial := m.dial
		if dial == nil {
			dial = new(net.Dialer).DialContext
		}
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		context.AfterFunc(until, func() { conn.Close() })
		if m.server.TLS != Implicit {
			return conn, nil
		}
		protected := tls.Client(conn, m.tls())
		if err := protected.HandshakeContext(ctx); err != nil {
			conn.Close()
			return nil, err
		}
		return protected, nil
	}
}

// refused says what an error means. What a server refuses for now is tried again soon; what it refuses for good, with the
// group's next turn; and after a login that it refuses for good, no mail is tried for a while. What it says of an address is
// about no login, whatever the code.
func (m *mailSender) refused(err error) outbound.Outcome {
	const permanent, needed, tooWeak, wrong = 500, 530, 534, 535 // of the codes of SMTP, the last three on logins
	code, login := 0, m.server.Account != ""
	var sending *mail.SendError
	var answer *textproto.Error
	if errors.As(err, &sending) {
		code = sending.ErrorCode()
		login = login && sending.Reason != mail.ErrSMTPRcptTo
	} else if errors.As(err, &answer) {
		code = answer.Code
	}
	switch {
	case login && (code == needed || code == tooWeak || code == wrong):
		return outbound.Outcome{Pause: refusedPause}
	case code >= permanent:
		return outbound.Outcome{}
	}
	return outbound.Outcome{Again: true}
}
