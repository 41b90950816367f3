package kiosk

// The waits between two attempts, in milliseconds: doubling, then steady.
const (
	firstWait = 5_000
	longWait  = 60_000
)

// An Outbox decides when answers that wait on the device's disk are sent: one
// call at a time, at once for a new answer, later and later while the server
// cannot be reached. The answers themselves, and what becomes of each, are the
// business of outbox.js among the assets. The zero value is empty.
type Outbox struct {
	waiting int  // answers on the disk, as far as is known
	flying  bool // a call is under way
	more    bool // an answer was added while it was
	wait    int  // milliseconds between the last attempt and the next
	left    int  // milliseconds until then
}

// Add notes one more answer on the disk. It is tried at once.
func (o *Outbox) Add() {
	o.waiting++
	o.more = o.flying
	o.left = 0
}

// Found notes how many answers are on the disk, where that was counted: there
// may be some of an earlier run, or of another tab. A count made while a call
// is under way is old already and says nothing.
func (o *Outbox) Found(n int) {
	if !o.flying {
		o.waiting = max(o.waiting, n)
	}
}

// Len returns how many answers wait for the server.
func (o *Outbox) Len() int { return o.waiting }

// Pass lets time go by, in milliseconds.
func (o *Outbox) Pass(ms int) { o.left = max(0, o.left-ms) }

// Due reports whether to call the server now, and notes that it is called. It
// does not while a call is under way or when it is too early to try again.
func (o *Outbox) Due() bool {
	if o.flying || o.left > 0 || o.waiting == 0 {
		return false
	}
	o.flying, o.more = true, false
	return true
}

// Landed ends a call that the server answered. After it, left answers were
// counted on the disk.
func (o *Outbox) Landed(left int) {
	stuck := left > 0 && left >= o.waiting // it left them out, and nobody waits for a new one
	o.flying, o.wait, o.left, o.waiting = false, 0, 0, left
	switch {
	case o.more: // it may have come after the count
		o.waiting = max(left, 1)
	case stuck:
		o.left = firstWait
	}
}

// Lost ends a call that failed. What was sent is sent again, later.
func (o *Outbox) Lost() {
	o.flying = false
	o.wait = min(max(2*o.wait, firstWait), longWait)
	o.left = o.wait
}
