package kiosk

// A Scan (quét một nút) is for a citizen who has a single switch: a mark goes
// over what can be touched, by itself, and the switch picks where it stands.
//
// What can be touched comes in groups, as it stands on the screen: the faces,
// the bar under them, a row of keys. A first group that is small is gone
// through one by one, for it is what the screen is about; any other group is
// marked as a whole, a press goes into it, and where nothing is picked in
// two rounds the mark comes out again. The zero value scans nothing.
type Scan struct {
	pace   int   // milliseconds at a place
	groups []int // how many there are in each; none is empty
	at     int   // place on the way over the groups
	inside bool  // of the group there
	item   int   // and where
	rounds int   // inside
	waited int   // milliseconds at this place
	fresh  bool  // the first place of a screen: it stays twice as long
	since  int   // milliseconds since the last press, up to Bounce
}

const (
	// Direct is the largest first group that is gone through one by one.
	Direct = 7
	// Bounce is for how long, in milliseconds, after a press another one is the
	// same press: of a hand that trembles, or of a switch that does.
	Bounce = 250
	// wayOut is how many rounds a group is gone through before the mark leaves it.
	wayOut = 2
)

// A Spot is what is marked: one thing to touch, or where Item is -1 the group.
type Spot struct{ Group, Item int }

// Start begins on a new screen, with its groups' sizes and a pace in
// milliseconds. Empty groups are allowed and are passed over.
func (s *Scan) Start(groups []int, pace int) {
	*s = Scan{pace: max(1, pace), groups: append([]int(nil), groups...), fresh: true, since: s.since}
}

// Change takes over what can be touched now on the same screen. The mark stays
// at its place where there still is one.
func (s *Scan) Change(groups []int) {
	s.groups = append([]int(nil), groups...)
	if s.at >= s.stops() || s.inside && s.item >= s.groups[s.group()] {
		s.at, s.item, s.inside, s.waited = 0, 0, false, 0
	}
}

// Stop ends it.
func (s *Scan) Stop() { *s = Scan{} }

// direct returns the group whose items are places of their own: the first that
// is not empty, where it is small. It is -1 where there is none.
func (s *Scan) direct() int {
	for g, n := range s.groups {
		if n > 0 {
			if n <= Direct {
				return g
			}
			break
		}
	}
	return -1
}

// stops returns how many places there are on the way over the groups.
func (s *Scan) stops() int {
	n := 0
	for g, size := range s.groups {
		switch {
		case g == s.direct():
			n += size
		case size > 0:
			n++
		}
	}
	return n
}

// place returns what is at stop i.
func (s *Scan) place(i int) Spot {
	for g, size := range s.groups {
		switch {
		case size == 0:
		case g == s.direct():
			if i < size {
				return Spot{g, i}
			}
			i -= size
		case i == 0 && size == 1:
			return Spot{g, 0}
		case i == 0:
			return Spot{g, -1}
		default:
			i--
		}
	}
	return Spot{-1, -1}
}

func (s *Scan) group() int { return s.place(s.at).Group }

// Spot returns what is marked; ok is false where there is nothing to touch.
func (s *Scan) Spot() (Spot, bool) {
	if s.stops() == 0 {
		return Spot{-1, -1}, false
	}
	if s.inside {
		return Spot{s.group(), s.item}, true
	}
	return s.place(s.at), true
}

// Pass lets time go by, in milliseconds. The mark goes on by one place at most:
// after a moment in which the machine was busy nothing is skipped unseen. It
// stays where there is a single place to be.
func (s *Scan) Pass(ms int) {
	s.since = min(Bounce, s.since+ms)
	s.waited += ms
	stay := s.pace
	if s.fresh {
		stay *= 2
	}
	if s.waited < stay {
		return
	}
	s.waited = 0
	switch stops := s.stops(); {
	case s.inside:
		if s.item++; s.item >= s.groups[s.group()] {
			s.item = 0
			if s.rounds++; s.rounds == wayOut {
				s.inside, s.rounds = false, 0
			}
		}
	case stops > 1:
		s.at = (s.at + 1) % stops
	}
	s.fresh = false
}

// Pick is a press of the switch. It returns what is touched by it; ok is false
// where the press went into a group, or is none.
func (s *Scan) Pick() (Spot, bool) {
	spot, ok := s.Spot()
	if !ok || s.since < Bounce {
		return Spot{-1, -1}, false
	}
	s.since, s.waited, s.fresh = 0, 0, false
	if spot.Item < 0 {
		s.inside, s.item, s.rounds = true, 0, 0
		return spot, false
	}
	if s.inside { // the next letter is of any row
		s.inside, s.at = false, 0
	}
	return spot, true
}

// Scanning says how a page is scanned (Page.Scan).
type Scanning uint8

// The ways to scan. Slowly is at half the pace.
const (
	NoScan Scanning = iota
	Steadily
	Slowly
)

// While somebody scans, everything that ends by itself takes its time: the
// mark has to come round, more than once.
const (
	scanIdle     = 4 // times Rules.Warn and Rules.Reset
	scanUndo     = 3 // times Rules.Undo
	scanFarewell = 2 // times Rules.Farewell
)

// Sweep goes on to the next way to scan, round and round: not, steadily, slowly.
func (p Page) Sweep() Page {
	p.Scan = (p.Scan + 1) % (Slowly + 1)
	return p.alive()
}

// Unscan ends it.
func (p Page) Unscan() Page {
	p.Scan = NoScan
	return p.alive()
}

// patient returns a time limit as it is for this citizen.
func (p Page) patient(ms, times int) int {
	if p.Scan == NoScan {
		return ms
	}
	return ms * times
}
