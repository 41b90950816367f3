package server

import (
	"sync"
	"time"
)

// What is noticed while an answer is taken, and only then. A stored answer has
// a day and no time, so that nobody can find out later which slip was spent how
// fast. What is kept is a plain yes.
const (
	// HastySeconds: a slip that is spent sooner after it was issued, from the
	// network of the desk that issued it, was hardly in a citizen's hands.
	HastySeconds = 60
	// SerialSlips is the number of slips from which on a phone is spending one
	// after the other, within SerialMinutes. A family may bring three.
	SerialSlips   = 4
	SerialMinutes = 30
)

// signals remember for minutes, in memory only, which slips were issued where
// and which phones spent slips. With several servers, what one of them did the
// others do not know: then a sign is missed, never made up.
type signals struct {
	mu     sync.Mutex
	issued map[string]issue // by the invitation's key
	spent  map[string][]spending
	swept  time.Time
}

type issue struct {
	network string
	at      time.Time
}

type spending struct {
	slip string
	at   time.Time
}

func newSignals() *signals {
	return &signals{issued: map[string]issue{}, spent: map[string][]spending{}}
}

// NoteIssue remembers for HastySeconds, in memory only, from which network a
// slip was issued at a desk; "" is not known and nothing is remembered.
func (s *Service) NoteIssue(c SlipCode, network string) {
	if network == "" {
		return
	}
	now := s.Now()
	s.signals.mu.Lock()
	defer s.signals.mu.Unlock()
	s.signals.sweep(now)
	s.signals.issued[oneWay(s.keys.invitation, c.text)] = issue{network, now}
}

// notice says what there is to notice about a slip that is being spent.
func (g *signals) notice(slip string, sub Submission, now time.Time) (hasty, serial bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sweep(now)
	if i, ok := g.issued[slip]; ok {
		hasty = sub.Network != "" && i.network == sub.Network && now.Sub(i.at) < HastySeconds*time.Second
	}
	if sub.Phone == "" {
		return hasty, false
	}
	others := 0
	seen := false
	for _, p := range g.spent[sub.Phone] {
		switch {
		case p.slip == slip:
			seen = true
		case now.Sub(p.at) < SerialMinutes*time.Minute:
			others++
		}
	}
	if !seen {
		g.spent[sub.Phone] = append(g.spent[sub.Phone], spending{slip, now})
	}
	return hasty, others >= SerialSlips-1
}

// sweep forgets, at most once a minute, what is too old to say anything.
func (g *signals) sweep(now time.Time) {
	if since := now.Sub(g.swept); since >= 0 && since < time.Minute {
		return
	}
	g.swept = now
	for k, i := range g.issued {
		if now.Sub(i.at) >= HastySeconds*time.Second {
			delete(g.issued, k)
		}
	}
	for k, ps := range g.spent {
		if now.Sub(ps[len(ps)-1].at) >= SerialMinutes*time.Minute {
			delete(g.spent, k)
		}
	}
}
