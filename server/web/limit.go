package web

import (
	"cmp"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/httprate"

	"hailong/server"
)

// Limits say how much is let through in a minute. Zero fields are generous
// defaults.
type Limits struct {
	// Guesses is how many wrong slip codes are answered as such, from all
	// the world together; 300 where zero.
	Guesses int
	// GuessesPerDevice is the same for one device, told apart by address and
	// browser: a waiting room shares one address; 30 where zero.
	GuessesPerDevice int
	// Calls is how many calls of the API one token may make; 600 where zero.
	Calls int
}

// limits count in memory, by the minute. Nothing here can be used to lock
// somebody out: a right slip code is looked up and let in before anything is
// counted, so only wrong ones are ever refused.
type limits struct {
	max     Limits
	mu      sync.Mutex // between looking at a count and raising it
	guesses httprate.LimitCounter
	calls   httprate.LimitCounter
	pairs   httprate.LimitCounter
}

const limitWindow = time.Minute

func newLimits(l Limits) *limits {
	return &limits{
		max: Limits{
			Guesses:          cmp.Or(l.Guesses, 300),
			GuessesPerDevice: cmp.Or(l.GuessesPerDevice, 30),
			Calls:            cmp.Or(l.Calls, 600),
		},
		guesses: httprate.NewLocalLimitCounter(limitWindow),
		calls:   httprate.NewLocalLimitCounter(limitWindow),
		pairs:   httprate.NewLocalLimitCounter(limitWindow),
	}
}

// everyone is the key under which the guesses of all devices are counted; a
// device's key never looks like it.
const everyone = "everyone"

// guess counts a wrong code from a device and reports whether it may be
// answered as such. One that may not is not counted, so a device that keeps
// guessing does not use up what the others have, and no more keys are kept
// than Guesses in a minute.
func (l *limits) guess(device string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !below(l.guesses, device, l.max.GuessesPerDevice, now) || !below(l.guesses, everyone, l.max.Guesses, now) {
		return false
	}
	raise(l.guesses, device, now)
	raise(l.guesses, everyone, now)
	return true
}

// pairsPerNet is how often pairing may be tried from one address in a minute.
// Every try counts, for a pairing code is shorter than a slip's: at this rate
// ten thousand addresses would need thirteen days of trying for a chance of
// one in a thousand.
const pairsPerNet = 10

// pair counts an attempt to pair a device and reports whether it may be made.
func (l *limits) pair(client string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !below(l.pairs, client, pairsPerNet, now) {
		return false
	}
	raise(l.pairs, client, now)
	return true
}

// call counts a call of the API by a token that was checked.
func (l *limits) call(token string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !below(l.calls, token, l.max.Calls, now) {
		return false
	}
	raise(l.calls, token, now)
	return true
}

// below estimates the count of the last minute from this window's and the part
// of the one before that is less than a minute ago.
func below(c httprate.LimitCounter, key string, limit int, now time.Time) bool {
	window := now.UTC().Truncate(limitWindow)
	this, last, err := c.Get(key, window, window.Add(-limitWindow))
	if err != nil {
		return true // a counter in memory has no errors
	}
	rest := float64(limitWindow-now.Sub(window)) / float64(limitWindow)
	return float64(this)+float64(last)*rest < float64(limit)
}

func raise(c httprate.LimitCounter, key string, now time.Time) {
	// A counter in memory has no errors.
	_ = c.Increment(key, now.UTC().Truncate(limitWindow))
}

// wrongCode is the answer to a code that opens nothing: not found, or for one
// who tries too many, too many requests. The code was looked up before.
func (s *Site) wrongCode(c *gin.Context) error {
	if !s.limits.guess("device "+c.ClientIP()+" "+c.Request.UserAgent(), s.now()) {
		s.metrics.guesses.WithLabelValues("limited").Inc()
		return errLimited
	}
	s.metrics.guesses.WithLabelValues("answered").Inc()
	return server.ErrNotFound
}
