package web

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"hailong/server"
)

// A telephone shows codes as RFC 6238 says, apart from the service's own code.
type telephone struct {
	t      *testing.T
	secret []byte
	clock  *clock
}

func (p *telephone) code() string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(p.clock.now().Unix()/30))
	m := hmac.New(sha1.New, p.secret)
	m.Write(b[:])
	sum := m.Sum(nil)
	at := sum[19] & 15
	return fmt.Sprintf("%06d", (uint32(sum[at]&0x7f)<<24|uint32(sum[at+1])<<16|uint32(sum[at+2])<<8|uint32(sum[at+3]))%1_000_000)
}

var (
	shownSecret   = regexp.MustCompile(`class="code secret">([A-Z2-7 ]+)<`)
	shownRecovery = regexp.MustCompile(`<li>([0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4})</li>`)
)

// enrol sets up a second factor as somebody who is signed in would.
func (v *visitor) enrol(t *testing.T) (*telephone, []string) {
	t.Helper()
	p := v.post("/hai-buoc", url.Values{"act": {"begin"}})
	m := shownSecret.FindStringSubmatch(p.body)
	if p.code != http.StatusOK || m == nil || !strings.Contains(p.body, `aria-label="Mã QR để thêm`) {
		t.Fatalf("setting up: %d", p.code)
	}
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(html.UnescapeString(m[1]), " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	phone := &telephone{t, secret, v.w.clock}
	p = v.post("/hai-buoc", url.Values{"act": {"confirm"}, "code": {"000000"}})
	if p.code != http.StatusUnprocessableEntity || !strings.Contains(p.body, m[1]) {
		t.Errorf("a wrong first code: %d, or another secret", p.code)
	}
	p = v.post("/hai-buoc", url.Values{"act": {"confirm"}, "code": {phone.code()}})
	var codes []string
	for _, m := range shownRecovery.FindAllStringSubmatch(p.body, -1) {
		codes = append(codes, m[1])
	}
	if p.code != http.StatusOK || len(codes) != 10 {
		t.Fatalf("confirming: %d, %d recovery codes", p.code, len(codes))
	}
	return phone, codes
}

func TestSecondStep(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	v, elsewhere := w.visitor().signIn("lan"), w.visitor().signIn("lan")
	phone, recovery := v.enrol(t)
	if p := v.get("/tong-quan"); p.code != http.StatusOK {
		t.Errorf("the session ends with the second factor: %d", p.code)
	}
	if p := elsewhere.get("/tong-quan"); p.code != http.StatusSeeOther {
		t.Errorf("a session from before goes on: %d", p.code)
	}
	if p := v.get("/hai-buoc"); shownRecovery.MatchString(p.body) || shownSecret.MatchString(p.body) {
		t.Error("secret or recovery codes can be had again")
	}
	w.clock.add(time.Minute)

	signIn := func(next string) *visitor {
		t.Helper()
		v := w.visitor()
		p := v.post("/dang-nhap", url.Values{"name": {"lan"}, "password": {password}, "next": {next}})
		if to := p.header.Get("Location"); p.code != http.StatusSeeOther || !strings.HasPrefix(to, "/dang-nhap/ma") {
			t.Fatalf("after the password: %d to %q", p.code, to)
		}
		if p := v.get("/tong-quan"); p.code != http.StatusSeeOther {
			t.Errorf("in with the password only: %d", p.code)
		}
		if p := v.get("/api/v1/index?from=2024-01-01&to=2024-12-31"); p.code != http.StatusUnauthorized {
			t.Errorf("the API, with the password only: %d", p.code)
		}
		return v
	}
	give := func(v *visitor, code string) page {
		return v.post("/dang-nhap/ma", url.Values{"code": {code}, "next": {"/phan-tich"}})
	}
	in := signIn("/phan-tich")
	code := phone.code()
	if p := give(in, "123"); p.code != http.StatusUnprocessableEntity || !strings.Contains(p.body, `name="next" value="/phan-tich"`) {
		t.Errorf("a wrong code: %d", p.code)
	}
	if p := give(in, code); p.code != http.StatusSeeOther || p.header.Get("Location") != "/phan-tich" || in.get("/tong-quan").code != http.StatusOK {
		t.Errorf("the right code: %d", p.code)
	}
	if p := give(signIn(""), code); p.code != http.StatusUnprocessableEntity {
		t.Errorf("the same code again: %d", p.code)
	}
	if p := give(signIn(""), strings.ToUpper(recovery[0])); p.code != http.StatusSeeOther {
		t.Errorf("a recovery code: %d", p.code)
	}
	if p := give(signIn(""), recovery[0]); p.code != http.StatusUnprocessableEntity {
		t.Errorf("the same recovery code again: %d", p.code)
	}
	late := signIn("")
	w.clock.add(6 * time.Minute)
	if p := give(late, phone.code()); p.code != http.StatusSeeOther || p.header.Get("Location") != "/dang-nhap" || late.get("/tong-quan").code != http.StatusSeeOther {
		t.Errorf("six minutes after the password: %d to %q", p.code, p.header.Get("Location"))
	}
	if p := give(w.visitor(), phone.code()); p.header.Get("Location") != "/dang-nhap" {
		t.Errorf("a code without a password: to %q", p.header.Get("Location"))
	}
	// Away again, against a code.
	if p := in.post("/hai-buoc", url.Values{"act": {"off"}, "code": {"000000"}}); p.code != http.StatusUnprocessableEntity {
		t.Errorf("off with a wrong code: %d", p.code)
	}
	if p := in.post("/hai-buoc", url.Values{"act": {"off"}, "code": {phone.code()}}); p.code != http.StatusOK || !strings.Contains(p.text(), "Đã tắt") {
		t.Errorf("off: %d", p.code)
	}
	w.visitor().signIn("lan")
}

// Codes are six digits: they cannot be tried one after the other, not from many
// machines either, and the owner still gets in with a recovery code.
func TestCodesCannotBeGuessed(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	v := w.visitor().signIn("lan")
	_, recovery := v.enrol(t)
	tried := 0
	for machine := range 12 {
		guess := w.visitor()
		from := fmt.Sprintf("10.9.8.%d", machine+1)
		if p := guess.post("/dang-nhap", url.Values{"name": {"lan"}, "password": {password}}, "X-Forwarded-For", from); p.code != http.StatusSeeOther {
			t.Fatalf("signing in from %s: %d", from, p.code)
		}
		for i := range 8 {
			p := guess.post("/dang-nhap/ma", url.Values{"code": {fmt.Sprintf("%03d%03d", machine, i)}}, "X-Forwarded-For", from)
			if p.code == http.StatusUnprocessableEntity {
				tried++
			} else if p.code != http.StatusTooManyRequests {
				t.Fatalf("guessing: %d", p.code)
			}
		}
	}
	if tried > codeBurst {
		t.Errorf("%d guesses", tried)
	}
	owner := w.visitor()
	owner.post("/dang-nhap", url.Values{"name": {"lan"}, "password": {password}})
	if p := owner.post("/dang-nhap/ma", url.Values{"code": {recovery[5]}}); p.code != http.StatusSeeOther || owner.get("/tong-quan").code != http.StatusOK {
		t.Errorf("the owner is locked out: %d", p.code)
	}
}

// Where a role must have a second factor, there is nothing else before it.
func TestSecondFactorDemanded(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.site.second = []server.Role{server.RoleAdmin}
	w.user("quan-tri", server.RoleAdmin)
	w.user("lan", server.RoleLeader)
	w.visitor().signIn("lan").get("/tong-quan").says(t, "Tổng quan")
	v := w.visitor().signIn("quan-tri")
	for _, path := range []string{"/tong-quan", "/thiet-bi", "/xuat/chi-so.csv"} {
		if p := v.get(path); p.code != http.StatusSeeOther || p.header.Get("Location") != "/hai-buoc" {
			t.Errorf("%s: %d to %q", path, p.code, p.header.Get("Location"))
		}
	}
	if p := v.get("/api/v1/index?from=2024-01-01&to=2024-12-31"); p.code != http.StatusForbidden {
		t.Errorf("the API: %d", p.code)
	}
	phone, _ := v.enrol(t)
	if p := v.get("/thiet-bi"); p.code != http.StatusOK {
		t.Errorf("after setting it up: %d", p.code)
	}
	w.clock.add(time.Minute)
	if p := v.post("/hai-buoc", url.Values{"act": {"off"}, "code": {phone.code()}}); p.code != http.StatusForbidden {
		t.Errorf("off: %d", p.code)
	}
}
