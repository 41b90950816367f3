package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"hailong/server"
)

// mailFlags say who gets alerts by e-mail.
type mailFlags struct {
	SMTPURL  string   `name:"smtp-url" placeholder:"URL" help:"Máy chủ thư gửi cảnh báo: smtps://người:mật-khẩu@máy:465 hoặc smtp://máy:587; nên đặt bằng HAILONG_SMTP_URL / mail server for alerts; better by HAILONG_SMTP_URL"`
	MailFrom string   `placeholder:"ADDRESS" help:"Địa chỉ gửi cảnh báo / sender of alerts"`
	MailTo   []string `placeholder:"ADDRESS" help:"Địa chỉ nhận cảnh báo, có thể nhiều / recipient of alerts, may be repeated"`
}

// mailTimeout is how long sending one letter may take.
const mailTimeout = 30 * time.Second

// mailer makes the mailer of the flags; nil without --smtp-url. Its errors do not
// repeat the address of the server, which holds a password.
func (f mailFlags) mailer(svc *server.Service, log *slog.Logger) (*mailer, error) {
	if f.SMTPURL == "" {
		if f.MailFrom != "" || len(f.MailTo) > 0 {
			return nil, fmt.Errorf("%w: --mail-from, --mail-to: cần cả --smtp-url / --smtp-url is needed too", errUsage)
		}
		return nil, nil
	}
	u, err := url.Parse(f.SMTPURL)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtps" && u.Scheme != "smtp" || u.Path != "" && u.Path != "/" || u.RawQuery != "" {
		return nil, fmt.Errorf("%w: --smtp-url: cần smtps://người:mật-khẩu@máy:465 hoặc smtp://máy:587 / an smtp(s) address is needed", errUsage)
	}
	m := &mailer{host: u.Hostname(), implicit: u.Scheme == "smtps", now: svc.Now, dial: (&net.Dialer{}).DialContext, log: log}
	port := u.Port()
	if port == "" {
		port = map[bool]string{true: "465", false: "587"}[m.implicit]
	}
	m.addr = net.JoinHostPort(m.host, port)
	if u.User != nil {
		m.user = u.User.Username()
		m.password, _ = u.User.Password()
	}
	from, err := mail.ParseAddress(f.MailFrom)
	if err != nil {
		return nil, fmt.Errorf("%w: --mail-from: cần một địa chỉ thư / a mail address is needed", errUsage)
	}
	m.from = *from
	if len(f.MailTo) == 0 {
		return nil, fmt.Errorf("%w: --mail-to: cần ít nhất một địa chỉ / at least one address is needed", errUsage)
	}
	for _, text := range f.MailTo {
		to, err := mail.ParseAddress(text)
		if err != nil {
			return nil, fmt.Errorf("%w: --mail-to: không phải địa chỉ thư / not a mail address", errUsage)
		}
		m.to = append(m.to, to)
	}
	return m, nil
}

// A mailer sends letters by way of one mail server. The way there is encrypted
// and the server's certificate checked, unless the server is this machine.
type mailer struct {
	host, addr     string
	implicit       bool // TLS from the first byte; else STARTTLS
	user, password string
	from           mail.Address
	to             []*mail.Address
	now            func() time.Time
	dial           func(ctx context.Context, network, addr string) (net.Conn, error)
	tls            *tls.Config // nil for the machine's certificates
	log            *slog.Logger
}

// A letter is a notice for people, in plain text.
type letter struct {
	ID            string // the same when the same notice is sent again
	Subject, Text string // [Hài Lòng] is put in front of the subject
}

// send sends a letter to everybody. What the server refuses for now is an error,
// and then nobody got it; an address that it refuses for good is logged, unless
// it refuses all.
func (m *mailer) send(ctx context.Context, l letter) error {
	ctx, cancel := context.WithTimeout(ctx, mailTimeout)
	defer cancel()
	if err := m.deliver(ctx, l); err != nil {
		return fmt.Errorf("mailing an alert: %w", plainMailError(err))
	}
	return nil
}

// plainMailError leaves of what a mail server said the number: the text may repeat
// addresses.
func plainMailError(err error) error {
	if said := (*textproto.Error)(nil); errors.As(err, &said) {
		return fmt.Errorf("status %d", said.Code)
	}
	return err
}

func (m *mailer) deliver(ctx context.Context, l letter) error {
	conn, err := m.dial(ctx, "tcp", m.addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	// Whatever ends the context, the letter's time included, ends the conversation.
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	conf := &tls.Config{}
	if m.tls != nil {
		conf = m.tls.Clone()
	}
	conf.ServerName, conf.MinVersion = m.host, tls.VersionTLS12
	if m.implicit {
		conn = tls.Client(conn, conf)
	}
	c, err := smtp.NewClient(conn, m.host)
	if err != nil {
		return err
	}
	_, domain, _ := strings.Cut(m.from.Address, "@")
	if err := c.Hello(domain); err != nil {
		return err
	}
	if !m.implicit && !loopback(m.host) {
		if ok, _ := c.Extension("STARTTLS"); !ok {
			return errors.New("the mail server offers no STARTTLS")
		}
		if err := c.StartTLS(conf); err != nil {
			return err
		}
	}
	if m.user != "" {
		if err := c.Auth(smtp.PlainAuth("", m.user, m.password, m.host)); err != nil {
			return err
		}
	}
	if err := c.Mail(m.from.Address); err != nil {
		return err
	}
	var refused error
	taken := 0
	for _, to := range m.to {
		err := c.Rcpt(to.Address)
		said := (*textproto.Error)(nil)
		switch {
		case err == nil:
			taken++
		case errors.As(err, &said) && said.Code/100 == 5:
			refused = err
			m.log.Warn("a recipient of alerts is refused by the mail server", "status", said.Code)
		default:
			return err
		}
	}
	if taken == 0 {
		return refused
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	body, err := m.compose(l)
	if err != nil {
		return err
	}
	if _, err := w.Write(body); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := c.Quit(); err != nil { // it has the letter
		m.log.Debug("leaving the mail server", "err", plainMailError(err))
	}
	return nil
}

// compose writes a letter as RFC 5322 has it, UTF-8 as quoted-printable.
func (m *mailer) compose(l letter) ([]byte, error) {
	var b bytes.Buffer
	var to []string
	for _, a := range m.to {
		to = append(to, a.String())
	}
	_, domain, _ := strings.Cut(m.from.Address, "@")
	// One encoded word a line; the first is short, as the line begins with the name.
	subject := mime.QEncoding.Encode("utf-8", "[Hài Lòng] ") + "\r\n " + strings.ReplaceAll(mime.QEncoding.Encode("utf-8", l.Subject), "?= =?", "?=\r\n =?")
	for _, h := range [][2]string{
		{"From", m.from.String()}, {"To", strings.Join(to, ",\r\n ")}, {"Subject", subject},
		{"Date", m.now().In(server.Zone).Format(time.RFC1123Z)}, {"Message-ID", "<" + l.ID + "@" + domain + ">"},
		{"Auto-Submitted", "auto-generated"}, {"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"}, {"Content-Transfer-Encoding", "quoted-printable"},
	} {
		b.WriteString(h[0] + ": " + h[1] + "\r\n")
	}
	b.WriteString("\r\n")
	q := quotedprintable.NewWriter(&b)
	if _, err := q.Write([]byte(strings.ReplaceAll(l.Text, "\n", "\r\n"))); err != nil {
		return nil, fmt.Errorf("composing a letter: %w", err)
	}
	if err := q.Close(); err != nil {
		return nil, fmt.Errorf("composing a letter: %w", err)
	}
	return b.Bytes(), nil
}

// loopback reports whether a host is this machine, the way smtp.PlainAuth sees it.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
