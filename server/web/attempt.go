package web

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"hailong/server"
)

// The limits on guessing passwords. They hold for a user name and a client
// together, and for a client whatever the names, but never for a name alone:
// whoever guesses at somebody's password must not be able to keep that person
// out. What is left to many clients at once is the speed of the global gate,
// which delays and refuses nobody for good; a password of ten characters
// withstands that.
const (
	pairBurst   = 5           // wrong passwords for one name from one client …
	pairRefill  = time.Minute // … then one more in so much time
	clientBurst = 30          // wrong passwords from one client, any names …
	clientEvery = 10 * time.Second
	codeBurst   = 30 // wrong codes of a telephone for one name, from anywhere …
	codeEvery   = 2 * time.Minute
	gateWidth   = 2 // passwords checked at the same time, 19 MiB and 60 ms each
	maxBuckets  = 10_000
)

// attempts counts failed sign-ins. It is memory only: a restart forgives.
type attempts struct {
	mu      sync.Mutex
	buckets map[attemptKey]*bucket
	gate    chan struct{}
}

// An attemptKey is a pair of name and client, or with an empty name the client.
// With an empty client it is the codes of a name's telephone: six digits can be
// guessed by many clients together, and who guesses has the password already.
// The owner of a name that is being attacked so gets in by a recovery code,
// which is too long to be guessed and has no such limit.
type attemptKey struct{ name, client string }

func (k attemptKey) limits() (burst float64, every time.Duration) {
	switch {
	case k.name == "":
		return clientBurst, clientEvery
	case k.client == "":
		return codeBurst, codeEvery
	}
	return pairBurst, pairRefill
}

// passwordKeys are what a password spends: the client first, so that one that is
// over its limit makes no more buckets.
func passwordKeys(name, client string) []attemptKey {
	return []attemptKey{{"", client}, {name, client}}
}

// codeKeys are what the code of a second step spends.
func codeKeys(name, client, code string) []attemptKey {
	keys := []attemptKey{{"", client}, {"code/" + name, client}}
	if !server.IsRecoveryCode(code) {
		keys = append(keys, attemptKey{"code/" + name, ""})
	}
	return keys
}

// A bucket holds how many attempts are spent, and when that was true.
type bucket struct {
	spent float64
	at    time.Time
}

func (b *bucket) drain(now time.Time, every time.Duration) {
	if d := now.Sub(b.at); d > 0 {
		b.spent = max(0, b.spent-float64(d)/float64(every))
	}
	b.at = now
}

func newAttempts() *attempts {
	return &attempts{buckets: map[attemptKey]*bucket{}, gate: make(chan struct{}, gateWidth)}
}

// take spends one attempt before the password is looked at, so that many
// requests at the same time cannot all pass. It returns how long to wait
// instead where there is none left.
func (a *attempts) take(name, client string, now time.Time) (wait time.Duration) {
	return a.spend(passwordKeys(name, client), now)
}

func (a *attempts) spend(keys []attemptKey, now time.Time) (wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var found []*bucket
	for _, k := range keys {
		b := a.buckets[k]
		if b == nil {
			a.makeRoom(now)
			b = &bucket{at: now}
			a.buckets[k] = b
		}
		found = append(found, b)
		burst, every := k.limits()
		b.drain(now, every)
		if over := b.spent + 1 - burst; over > 0 {
			return time.Duration(over * float64(every))
		}
	}
	for _, b := range found {
		b.spent++
	}
	return 0
}

// forgive gives the attempt back: the password was right, or nobody looked.
// A right password does not wipe out the wrong ones before it.
func (a *attempts) forgive(name, client string) { a.refund(passwordKeys(name, client)) }

func (a *attempts) refund(keys []attemptKey) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, k := range keys {
		if b := a.buckets[k]; b != nil {
			b.spent = max(0, b.spent-1)
		}
	}
}

// makeRoom keeps the memory bounded: first the buckets that are empty again
// go, and if an attacker has more names than there is room, everything.
func (a *attempts) makeRoom(now time.Time) {
	if len(a.buckets) < maxBuckets {
		return
	}
	for k, b := range a.buckets {
		_, every := k.limits()
		if b.drain(now, every); b.spent == 0 {
			delete(a.buckets, k)
		}
	}
	if len(a.buckets) >= maxBuckets {
		clear(a.buckets)
	}
}

// enter waits for a place at the gate; the returned function leaves it.
func (a *attempts) enter(ctx context.Context) (leave func(), err error) {
	select {
	case a.gate <- struct{}{}:
		return func() { <-a.gate }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// clientNet names the network a request came from: an IPv4 address, or the /64
// of an IPv6 one, within which one machine can choose freely.
func clientNet(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return ip
	}
	return p.String()
}
