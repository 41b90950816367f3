package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hailong/server"
	"hailong/server/store/memory"
)

// An smtpServer is a small mail server on the loopback. What it answers to a
// command is "250 OK" unless replies says otherwise; a reply is used once for each
// time it is listed, then the command is answered as usual.
type smtpServer struct {
	addr    string
	tls     *tls.Config // offers STARTTLS
	mu      sync.Mutex
	replies map[string][]string // by the first word, RCPT with its address
	letters []string
	to      []string
	auth    string
	secure  bool // the last letter came encrypted
}

func newSMTP(t *testing.T, conf *tls.Config, implicit bool, replies map[string][]string) *smtpServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &smtpServer{addr: l.Addr().String(), replies: replies}
	if implicit {
		l = tls.NewListener(l, conf)
	} else {
		s.tls = conf
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { s.talk(c, implicit) })
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return s
}

func (s *smtpServer) reply(command, usual string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if left := s.replies[command]; len(left) > 0 {
		s.replies[command] = left[1:]
		return left[0]
	}
	return usual
}

func (s *smtpServer) talk(c net.Conn, secure bool) {
	defer func() { c.Close() }()
	r := bufio.NewReader(c)
	say := func(line string) { io.WriteString(c, line+"\r\n") }
	say(s.reply("CONNECT", "220 thu.example"))
	var to []string
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "EHLO":
			say("250-thu.example")
			if s.tls != nil && !secure {
				say("250-STARTTLS")
			}
			say("250 AUTH PLAIN")
		case "STARTTLS":
			say("220 go")
			c = tls.Server(c, s.tls)
			r, secure = bufio.NewReader(c), true
		case "AUTH":
			s.mu.Lock()
			s.auth = strings.TrimPrefix(rest, "PLAIN ")
			s.mu.Unlock()
			say(s.reply("AUTH", "235 OK"))
		case "RCPT":
			answer := s.reply(line, "250 OK")
			if strings.HasPrefix(answer, "250") {
				to = append(to, rest)
			}
			say(answer)
		case "DATA":
			say("354 go")
			var b strings.Builder
			for {
				line, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				b.WriteString(line)
			}
			answer := s.reply("DATA", "250 OK")
			if strings.HasPrefix(answer, "250") {
				s.mu.Lock()
				s.letters, s.to, s.secure = append(s.letters, b.String()), to, secure
				s.mu.Unlock()
			}
			say(answer)
		case "QUIT":
			say("221 bye")
			return
		default:
			say(s.reply(word, "250 OK"))
		}
	}
}

// got lists the letters, sentTo the recipients of the last one.
func (s *smtpServer) got() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.letters)
}

func (s *smtpServer) sentTo() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.to
}

// certificate is one for example.com and 127.0.0.1, and what trusts it.
func certificate(t *testing.T) (serve, trust *tls.Config) {
	t.Helper()
	srv := httptest.NewTLSServer(nil)
	defer srv.Close()
	pool := x509.NewCertPool()
	pool.AddCert(srv.Certificate())
	return &tls.Config{Certificates: srv.TLS.Certificates}, &tls.Config{RootCAs: pool}
}

func testMailer(t *testing.T, s *smtpServer, address string, trust *tls.Config, log io.Writer) *mailer {
	t.Helper()
	svc := &server.Service{Now: func() time.Time { return time.Date(2025, 1, 15, 9, 0, 0, 0, server.Zone) }}
	f := mailFlags{SMTPURL: address, MailFrom: "Hài Lòng <hailong@phuong.example>", MailTo: []string{"lan@phuong.example", "hung@phuong.example"}}
	m, err := f.mailer(svc, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	m.tls = trust
	m.dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, s.addr)
	}
	return m
}

func TestMailFlags(t *testing.T) {
	t.Parallel()
	to := []string{"lan@phuong.example"}
	for _, tt := range []struct {
		name string
		f    mailFlags
		addr string // "" for wrong usage, "-" for no mailer
	}{
		{"none", mailFlags{}, "-"},
		{"smtps", mailFlags{"smtps://a:bi-mat@thu.example", "a@b.example", to}, "thu.example:465"},
		{"smtp", mailFlags{"smtp://thu.example", "a@b.example", to}, "thu.example:587"},
		{"a port", mailFlags{"smtp://[::1]:25", "a@b.example", to}, "[::1]:25"},
		{"no server", mailFlags{"", "a@b.example", to}, ""},
		{"http", mailFlags{"https://a:bi-mat@thu.example", "a@b.example", to}, ""},
		{"broken", mailFlags{"smtp://a:bi-mat%zz@thu.example", "a@b.example", to}, ""},
		{"no sender", mailFlags{"smtp://thu.example", "", to}, ""},
		{"nobody", mailFlags{"smtp://thu.example", "a@b.example", nil}, ""},
		{"not an address", mailFlags{"smtp://thu.example", "a@b.example", []string{"lan"}}, ""},
		{"a header in an address", mailFlags{"smtp://thu.example", "a@b.example", []string{"lan@b.example\r\nBcc: x@y.example"}}, ""},
	} {
		m, err := tt.f.mailer(&server.Service{}, slog.New(slog.DiscardHandler))
		switch {
		case tt.addr == "" && !errors.Is(err, errUsage), tt.addr != "" && err != nil, tt.addr == "-" && m != nil, len(tt.addr) > 1 && (m == nil || m.addr != tt.addr):
			t.Errorf("%s: %+v, %v", tt.name, m, err)
		case err != nil && strings.Contains(err.Error(), "bi-mat"):
			t.Errorf("%s: the password is in %v", tt.name, err)
		}
	}
}

func TestMail(t *testing.T) {
	t.Parallel()
	s := newSMTP(t, nil, false, map[string][]string{"DATA": {"451 later"}})
	m := testMailer(t, s, "smtp://127.0.0.1:25", nil, io.Discard)
	l := newThresholdBody("phu-lien", server.ThresholdNotice{ID: "a1", Since: m.now(), Threshold: server.Threshold{Kind: server.SatisfactionBelow,
		Field: "Đất đai\r\nBcc: x@y.example", From: "2024-10-17", To: "2025-01-14", X: 20, N: 40, Target: 0.9}}).letter().from("phu-lien", "https://danhgia.example")
	if err := m.send(t.Context(), l); err == nil || len(s.got()) != 0 {
		t.Fatalf("refused for now, yet %v", err)
	}
	if err := m.send(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if want := []string{"TO:<lan@phuong.example>", "TO:<hung@phuong.example>"}; len(s.got()) != 1 || !slices.Equal(s.sentTo(), want) {
		t.Fatalf("%d letters, the last to %q", len(s.got()), s.sentTo())
	}
	for i, line := range strings.Split(s.got()[0], "\r\n") {
		if len(line) > 78 || strings.ContainsFunc(line, func(r rune) bool { return r > 126 }) {
			t.Errorf("line %d is not plain: %q", i, line)
		}
	}
	got, err := mail.ReadMessage(strings.NewReader(s.got()[0]))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"Message-Id": "<phu-lien.satisfaction.below.opened.a1@phuong.example>", "Date": "Wed, 15 Jan 2025 09:00:00 +0700",
		"Subject": "[Hài Lòng] Mức hài lòng chưa đạt chỉ tiêu", "Content-Type": "text/plain; charset=utf-8", "Auto-Submitted": "auto-generated", "Bcc": ""} {
		text, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get(name))
		if err != nil || text != want {
			t.Errorf("%s is %q, want %q; %v", name, text, want, err)
		}
	}
	if list, err := got.Header.AddressList("To"); err != nil || len(list) != 2 {
		t.Errorf("To: %v, %v", list, err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(got.Body))
	for _, want := range []string{"20/40 người trả lời hài lòng (50,00%), chỉ tiêu 90,00%, từ 17/10/2024 đến 14/01/2025.", "Đơn vị: phu-lien", "https://danhgia.example/dang-nhap"} {
		if err != nil || !strings.Contains(string(body), want) {
			t.Errorf("%q is not in %q, %v", want, body, err)
		}
	}
}

// Who cannot be reached: for now, nobody gets it and it is an error; for good, the
// others get it.
func TestMailRefused(t *testing.T) {
	t.Parallel()
	const lan, hung = "RCPT TO:<lan@phuong.example>", "RCPT TO:<hung@phuong.example>"
	for _, tt := range []struct {
		name    string
		replies map[string][]string
		letters int
		ok      bool
	}{
		{"not now", map[string][]string{"CONNECT": {"421 later"}}, 0, false},
		{"wrong password", map[string][]string{"AUTH": {"535 no"}}, 0, false},
		{"the sender", map[string][]string{"MAIL": {"550 no"}}, 0, false},
		{"one for now", map[string][]string{lan: {"450 later"}}, 0, false},
		{"one for good", map[string][]string{lan: {"550 no lan@phuong.example here"}}, 1, true},
		{"all for good", map[string][]string{lan: {"550 no"}, hung: {"550 no"}}, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSMTP(t, nil, false, tt.replies)
			var log bytes.Buffer
			m := testMailer(t, s, "smtp://a:bi-mat@127.0.0.1", nil, &log)
			err := m.send(t.Context(), letter{ID: "a", Subject: "b", Text: "c"})
			if (err == nil) != tt.ok || len(s.got()) != tt.letters {
				t.Errorf("%d letters, %v", len(s.got()), err)
			}
			if text := log.String(); strings.Contains(text, "lan@") || err != nil && strings.Contains(err.Error(), "bi-mat") {
				t.Errorf("said too much: %s %v", text, err)
			}
		})
	}
}

// To another machine a letter goes encrypted and to the right server, or not at all.
func TestMailIsEncrypted(t *testing.T) {
	t.Parallel()
	serve, trust := certificate(t)
	for _, tt := range []struct {
		name, address string
		serve, trust  *tls.Config
		implicit, ok  bool
	}{
		{"STARTTLS", "smtp://a:bi-mat@example.com", serve, trust, false, true},
		{"TLS", "smtps://a:bi-mat@example.com", serve, trust, true, true},
		{"no STARTTLS", "smtp://a:bi-mat@example.com", nil, trust, false, false},
		{"STARTTLS with the certificate of another", "smtp://a:bi-mat@thu.phuong.vn", serve, trust, false, false},
		{"TLS with the certificate of another", "smtps://a:bi-mat@thu.phuong.vn", serve, trust, true, false},
		{"a certificate of nobody known", "smtps://a:bi-mat@example.com", serve, nil, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSMTP(t, tt.serve, tt.implicit, nil)
			err := testMailer(t, s, tt.address, tt.trust, io.Discard).send(t.Context(), letter{ID: "a", Subject: "b", Text: "c"})
			s.mu.Lock()
			defer s.mu.Unlock()
			if (err == nil) != tt.ok || (len(s.letters) == 1) != tt.ok || s.secure != tt.ok {
				t.Errorf("%d letters, encrypted %v, %v", len(s.letters), s.secure, err)
			}
			want := ""
			if tt.ok {
				want = base64.StdEncoding.EncodeToString([]byte("\x00a\x00bi-mat"))
			}
			if s.auth != want {
				t.Errorf("signed in with %q", s.auth)
			}
		})
	}
}

// Two servers on one store send each letter once, and again what failed.
func TestMailTogether(t *testing.T) {
	t.Parallel()
	s := newSMTP(t, nil, false, map[string][]string{"DATA": {"451 later", "451 later"}})
	st := memory.New()
	now := time.Date(2024, 6, 15, 9, 0, 0, 0, server.Zone)
	var servers []*server.Service
	for range 2 {
		svc, err := server.New(t.Context(), st, bytes.Repeat([]byte{7}, server.SecretSize), server.Config{})
		if err != nil {
			t.Fatal(err)
		}
		svc.Now = func() time.Time { return now }
		servers = append(servers, svc)
	}
	var as []server.Answer
	for i := range 40 {
		as = append(as, server.Answer{ID: "x" + string(rune('A'+i)), Unit: servers[0].Config.Unit, Survey: "sipas-short", Day: "2024-06-10", Lane: server.LaneSlip,
			Field: "Đất đai", Counter: "Quầy 3", Marks: map[string]string{"overall": "1", "access": "4", "feedback": "N"}})
	}
	if _, err := servers[0].PutAnswers(t.Context(), as); err != nil {
		t.Fatal(err)
	}
	f := mailFlags{SMTPURL: "smtp://" + s.addr, MailFrom: "a@b.example", MailTo: []string{"c@d.example"}}
	failures := func() (n int) {
		t.Helper()
		var wg sync.WaitGroup
		var mu sync.Mutex
		for _, svc := range servers {
			ways, err := channels(alertFlags{}, f, svc, slog.New(slog.DiscardHandler))
			if err != nil || len(ways) != 1 {
				t.Fatalf("%d ways, %v", len(ways), err)
			}
			wg.Go(func() {
				if err := watchThresholds(t.Context(), svc, ways[0]); err != nil {
					mu.Lock()
					n++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		return n
	}
	if n := failures(); n == 0 || len(s.got()) != 0 {
		t.Fatalf("%d failed, %d letters", n, len(s.got()))
	}
	now = now.Add(time.Minute)
	if n := failures(); n != 0 || len(s.got()) != 2 { // the unit and its only field
		t.Fatalf("%d failed, %d letters", n, len(s.got()))
	}
	now = now.Add(time.Hour)
	if n := failures(); n != 0 || len(s.got()) != 2 {
		t.Errorf("%d failed, %d letters", n, len(s.got()))
	}
	now = now.AddDate(0, 4, 0)
	if n := failures(); n != 0 || len(s.got()) != 4 || !strings.Contains(s.got()[3], ".satisfaction.below.closed.") {
		t.Errorf("%d failed, %d letters", n, len(s.got()))
	}
}
