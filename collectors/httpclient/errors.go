package httpclient

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	"kpiagent/collectors"
	"kpiagent/internal/outbound"
)

// failure is an error told for the person who has to mend it. Its text never holds the secret.
type failure struct {
	text   string
	causes []error
}

func (f *failure) Error() string   { return f.text }
func (f *failure) Unwrap() []error { return f.causes }

// trouble is what is wrong with one answer, at its place.
type trouble struct {
	where string // the address, without parameters
	page  int    // 0 where there are no pages
	error
}

func (t *trouble) Unwrap() error { return t.error }

// At says where an error came up: at an address, and at which page of it; 0 where there are no pages. An error that has its
// place keeps it.
func At(address string, page int, err error) error {
	if errors.As(err, new(*trouble)) {
		return err
	}
	return &trouble{where: place(address), page: page, error: err}
}

// Explain tells an error for the person who has to mend it: where it came up, what it means, and what to do. The secret
// does not show. ctx is that of the read. An error that ctx's end explains is a collectors.ErrTimeout, or its cause.
func (s *Session) Explain(ctx context.Context, err error) error {
	where, page := place(s.client.options.Address), 0
	var at *trouble
	if errors.As(err, &at) {
		where, page = at.where, at.page
	}
	if page > 0 {
		where = fmt.Sprintf("%s, page %d", where, page)
	}
	what, kind := s.meaning(ctx, err)
	f := &failure{text: outbound.Hide(where+": "+what, s.secret), causes: []error{err}}
	if kind != nil {
		f.causes = append(f.causes, kind)
	}
	if ctx.Err() == nil && passing(err) {
		return collectors.Transient(f)
	}
	return f
}

// passing reports whether the cause of an error may be over in a moment. One of a system that is busy says so itself.
func passing(err error) bool {
	var status *statusError
	var dns *net.DNSError
	switch {
	case lasting(err), errors.Is(err, collectors.ErrAuth), errors.As(err, &dns) && dns.IsNotFound:
		return false
	case errors.As(err, &status):
		return status.code >= http.StatusInternalServerError
	}
	return errors.As(err, new(*connectError)) || errors.As(err, new(*brokenError))
}

// slowError says that one answer took longer than request_timeout.
type slowError struct {
	limit   time.Duration
	bytes   int64  // that came
	smaller string // advice
}

func (e *slowError) Error() string {
	if e.bytes == 0 {
		return fmt.Sprintf("gave no answer within request_timeout %s: is the system up, "+
			"and is the network open? Else raise request_timeout", e.limit)
	}
	return fmt.Sprintf("sends too slowly: %d bytes, and no end, within request_timeout %s; %sraise request_timeout", e.bytes,
		e.limit, e.smaller)
}

// tlsAlert is the operation of an error by which the other side ends TLS.
const tlsAlert = "remote error"

// meaning returns the message for an error, and the class that callers look for.
func (s *Session) meaning(ctx context.Context, err error) (what string, kind error) {
	var slow *slowError
	var dns *net.DNSError
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var host x509.HostnameError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert *net.OpError
	var refused *outbound.RefusedError
	var crowded *outbound.CrowdedError
	switch {
	case errors.As(err, &crowded):
		return crowded.Error(), collectors.ErrTimeout
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Sprintf("took longer than timeout %s; raise the source's timeout or read less at once",
			s.limit.Round(time.Second/10)), collectors.ErrTimeout
	case ctx.Err() != nil:
		return "the read was broken off: " + context.Cause(ctx).Error(), context.Cause(ctx)
	case errors.As(err, &slow):
		return slow.Error(), collectors.ErrTimeout
	case errors.As(err, &refused):
		return refused.Error(), nil
	case errors.As(err, &host):
		return "the certificate is for another name (" + host.Error() + "); correct url, or set tls.server_name", nil
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the certificate has run out or is not valid yet; the system's owner has to renew it, " +
			"or the clock here is wrong", nil
	case errors.As(err, &unknown):
		return "the certificate is signed by an authority that this machine does not know; " +
			"name the authority's file in tls.ca_file", nil
	case errors.As(err, &certificate):
		return "the certificate is not valid: " + certificate.Err.Error(), nil
	case errors.As(err, &alert) && alert.Op == tlsAlert:
		return "the system broke TLS off: " + alert.Error() + "; " + s.certificateAdvice(), nil
	case errors.As(err, &record):
		return "does not speak TLS; write http:// or another port", nil
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refuses connections: is the system up, and are host and port right?", nil
	case errors.As(err, &dns):
		return fmt.Sprintf("the host %s is not known; correct the address or the name service", dns.Name), nil
	}
	return plain(err).Error(), nil
}

// certificateAdvice says what to do where the system ends TLS.
func (s *Session) certificateAdvice() string {
	if t := s.client.options.TLS; t != nil && t.CertFile != "" {
		return "it does not take the certificate of tls.cert_file: name the one that its owner gave, or have it renewed"
	}
	return "where it wants a certificate of the agent, name it in tls.cert_file and tls.key_file"
}

// plain takes the address, which may have parameters, out of an error of the HTTP client.
func plain(err error) error {
	var at *trouble
	if errors.As(err, &at) {
		err = at.error
	}
	return outbound.WithoutAddress(err)
}

// lasting reports whether an error of the connection would come again at once.
func lasting(err error) bool {
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert *net.OpError
	var slow *slowError
	return errors.As(err, &certificate) || errors.As(err, &record) || errors.As(err, &alert) && alert.Op == tlsAlert ||
		errors.As(err, &slow) || errors.Is(err, errRedirect) ||
		errors.As(err, new(*outbound.RefusedError))
}
