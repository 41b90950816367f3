package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"hailong/server"
)

// from sends a form as a client with another address would.
func (w *ward) from(addr, name, pass string) int {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/dang-nhap", strings.NewReader(url.Values{"name": {name}, "password": {pass}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.RemoteAddr = addr
	rec := httptest.NewRecorder()
	w.site.ServeHTTP(rec, r)
	return rec.Code
}

func TestGuessingIsSlowAndLocksNobodyOut(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	w.user("mai", server.RoleLeader)
	const attacker, victim = "203.0.113.9:1", "198.51.100.7:1"
	for i := range pairBurst {
		if code := w.from(attacker, "lan", "sai"); code != http.StatusUnprocessableEntity {
			t.Fatalf("wrong password %d: %d", i, code)
		}
	}
	if code := w.from(attacker, "lan", password); code != http.StatusTooManyRequests {
		t.Errorf("one guess too many, even if right: %d", code)
	}
	if code := w.from("203.0.113.9:4711", "LAN ", "sai"); code != http.StatusTooManyRequests {
		t.Errorf("from another port, in other letters: %d", code)
	}
	if code := w.from(victim, "lan", password); code != http.StatusSeeOther {
		t.Errorf("the right password from another client: %d", code)
	}
	if code := w.from(attacker, "mai", password); code != http.StatusSeeOther {
		t.Errorf("another user from the same client: %d", code)
	}
	w.clock.add(pairRefill)
	if code := w.from(attacker, "lan", "sai"); code != http.StatusUnprocessableEntity {
		t.Errorf("a minute later: %d", code)
	}
	// Many names from one client are limited too, and the others are not.
	refused := false
	for i := range clientBurst + 5 {
		refused = refused || w.from("203.0.113.50:1", strings.Repeat("u", i%30+2), "sai") == http.StatusTooManyRequests
	}
	if !refused {
		t.Error("one client may try any number of names")
	}
	if code := w.from(victim, "lan", password); code != http.StatusSeeOther {
		t.Errorf("somebody else during the spray: %d", code)
	}
	// Somebody who types the right password is never slowed down by it.
	for range 3 * clientBurst {
		if wait := w.site.staff.attempts.take("mai", "c", w.clock.now()); wait > 0 {
			t.Fatalf("right passwords are counted: wait %v", wait)
		}
		w.site.staff.attempts.forgive("mai", "c")
	}
}

func TestClientNet(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"203.0.113.9": "203.0.113.9", "::ffff:203.0.113.9": "203.0.113.9",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "2001:db8:1:2::1": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "": "",
	} {
		if got := clientNet(in); got != want {
			t.Errorf("clientNet(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestAttemptsStayBounded(t *testing.T) {
	t.Parallel()
	a, now := newAttempts(), time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 3 * maxBuckets {
		a.take(strings.Repeat("x", i%7)+string(rune(0x4e00+i%20000)), "c"+string(rune(0x4e00+i%20000)), now)
	}
	if n := len(a.buckets); n > maxBuckets+2 {
		t.Errorf("%d buckets", n)
	}
}

// One client cannot make the limiter forget by trying very many names.
func TestAttemptsAreNotForgotten(t *testing.T) {
	t.Parallel()
	a, now := newAttempts(), time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 2 * maxBuckets {
		if wait := a.take("u"+strconv.Itoa(i), "c", now); (wait == 0) != (i < clientBurst) {
			t.Fatalf("attempt %d: wait %v", i, wait)
		}
	}
	if len(a.buckets) > clientBurst+2 {
		t.Errorf("%d buckets for one client", len(a.buckets))
	}
}
