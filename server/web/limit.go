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
	// Posters is how many answers one poster takes in an hour; 60 where zero.
	Posters int
	// PosterPerDevice is the same for one device, told apart as above: a
	// household may share a phone; 5 where zero.
	PosterPerDevice int
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
	posters httprate.LimitCounter // by the hour
}

const (
	limitWindow  = time.Minute
	posterWindow = time.Hour
)

func newLimits(l Limits) *limits {
	return &limits{
		max: Limits{
			Guesses:          cmp.Or(l.Guesses, 300),
			GuessesPerDevice: cmp.Or(l.GuessesPerDevice, 30),
			Calls:            cmp.Or(l.Calls, 600),
			Posters:          cmp.Or(l.Posters, 60),
			PosterPerDevice:  cmp.Or(l.PosterPerDevice, 5),
		},
		guesses: httprate.NewLocalLimitCounter(limitWindow),
		calls:   httprate.NewLocalLimitCounter(limitWindow),
		pairs:   httprate.NewLocalLimitCounter(limitWindow),
		posters: httprate.NewLocalLimitCounter(posterWindow),
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

// poster counts an answer by a poster and reports whether it may be taken.
func (l *limits) poster(id, device string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	device = id + " " + device
	if !belowIn(posterWindow, l.posters, device, l.max.PosterPerDevice, now) || !belowIn(posterWindow, l.posters, id, l.max.Posters, now) {
		return false
	}
	raiseIn(posterWindow, l.posters, device, now)
	raiseIn(posterWindow, l.posters, id, now)
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
	return belowIn(limitWindow, c, key, limit, now)
}

// belowIn is below for counters of another window.
func belowIn(length time.Duration, c httprate.LimitCounter, key string, limit int, now time.Time) bool {
	window := now.UTC().Truncate(length)
	this, last, err := c.Get(key, window, window.Add(-length))
	if err != nil {
		return true // a counter in memory has no errors
	}
	rest := float64(length-now.Sub(window)) / float64(length)
	return float64(this)+float64(last)*rest < float64(limit)
}

func raise(c httprate.LimitCounter, key string, now time.Time) { raiseIn(limitWindow, c, key, now) }

func raiseIn(length time.Duration, c httprate.LimitCounter, key string, now time.Time) {
	// A counter in memory has no errors.
	_ = c.Increment(key, now.UTC().Truncate(length))
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
