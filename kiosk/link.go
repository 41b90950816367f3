package kiosk

// A Front is what the kiosk shows while nobody is before it.
type Front uint8

// The fronts. Where several hold, the later one in this list gives way to the
// earlier, but for Plain.
const (
	Plain   Front = iota // the first question, to whoever comes
	Revoked              // this device is no kiosk any more
	Typing               // the keys for a slip's code
	Slipped              // the first question, to the citizen who typed it
	Invited              // the first question, to the citizen whose result was just handed out
	Pausing              // a moment between two answers without a slip
	Asleep               // outside opening hours; a touch wakes it
)

// Asks reports whether the first question can be answered.
func (f Front) Asks() bool { return f == Plain || f == Invited || f == Slipped }

const (
	// PassedOver is for how long, in milliseconds, a citizen who is invited may
	// not come before the next invitation takes their place: at a desk the next
	// one is being served, and a rating of theirs must not count for this one.
	PassedOver = 20_000
	// Drowsy is for how long, in milliseconds, nobody touches a kiosk outside
	// opening hours until it sleeps.
	Drowsy = 60_000
	// SlipIdle is for how long, in milliseconds, a slip's code that is typed, or
	// half typed, waits for the next touch before it is forgotten.
	SlipIdle = 45_000
	// mostCalls is how many invitations are kept, the oldest go first, and how
	// many that are over are remembered.
	mostCalls = 20
)

// A Call (lời mời) asks for the rating of a dossier whose result was just
// handed out at this kiosk's counter.
type Call struct {
	// Handle stands for the slip. It is a secret: it goes into the answer's
	// record and nowhere else.
	Handle    string
	Procedure string // what the result is of, in Vietnamese; may be empty
	Left      int    // milliseconds for which it holds
}

// A Link is what the counter has told this kiosk, and what follows from it for
// the next answer: whether it belongs to a dossier, whether to wait for it,
// whether to sleep. The zero value is a kiosk that was told nothing: always
// open, with no pause. Times are milliseconds.
//
// Opening hours say when the staff expects somebody, not when a citizen may
// speak: outside of them the kiosk dims and says so, a touch wakes it, and an
// answer given then counts as any other. The interval holds between two
// answers that belong to no dossier; it is not remembered over a restart.
type Link struct {
	settings Settings
	calls    []Call   // open, in the order of the line before the kiosk
	done     []string // handles of the calls that are over here, newest last
	revoked  bool
	closed   bool // outside opening hours

	here   bool   // a visit is under way
	handle string // that its answer is of; "" for none
	of     string // and the procedure

	typing bool   // the keys are shown
	slip   Slip   // as far as it is typed
	code   string // the slip's code that the next answer, or this visit's, is of

	shown int // for how long the first call has been on the screen
	still int // since the last touch
	pause int // until the next answer without a slip
}

// Settings are what an administrator chose for this device.
type Settings struct {
	Interval int // milliseconds between two answers without a slip; 0 is none
	Half     HalfRule
	Pace     int // milliseconds for which a Scan stays at a place; 0 is DefaultPace
	// Hours are minutes of the day, from and to in turn, by weekday from
	// Sunday. Where Told is false nothing is known and it is always open.
	Hours [7][]int
	Told  bool
}

// DefaultPace is the pace of a Scan where nobody chose another.
const DefaultPace = 1500

// Pace returns how long a Scan stays at a place, in milliseconds.
func (l *Link) Pace(how Scanning) int {
	pace := l.settings.Pace
	if pace == 0 {
		pace = DefaultPace
	}
	if how == Slowly {
		pace *= 2
	}
	return pace
}

// open reports whether a time, in milliseconds since 1970 UTC, is within the
// hours as a clock in Việt Nam shows it.
func (s Settings) open(ms int) bool {
	if !s.Told {
		return true
	}
	const day = 24 * 60
	minutes := ms/60_000 + 7*60      // UTC+7, without summer time
	weekday := (minutes/day + 4) % 7 // 1 January 1970 was a Thursday
	now := minutes % day
	hours := s.Hours[max(0, weekday)]
	for i := 0; i+1 < len(hours); i += 2 {
		if hours[i] <= now && now < hours[i+1] {
			return true
		}
	}
	return false
}

// Set takes settings over. A pause that is under way gets no longer.
func (l *Link) Set(s Settings) {
	l.settings = s
	l.pause = min(l.pause, s.Interval)
	l.revoked = false
}

// Revoke ends it: the device may send nothing until it is paired again.
func (l *Link) Revoke() { l.revoked = true }

// Invite takes a call that the counter made. One that was told before, as
// happens after a break of the line, changes nothing.
func (l *Link) Invite(c Call) {
	if c.Handle == "" || c.Left <= 0 || c.Handle == l.handle || has(l.done, c.Handle) {
		return
	}
	for _, old := range l.calls {
		if old.Handle == c.Handle {
			return
		}
	}
	if !l.here && len(l.calls) > 0 && l.shown >= PassedOver {
		l.drop(l.calls[0].Handle)
	}
	l.calls = append(l.calls, c)
	if len(l.calls) > mostCalls {
		l.drop(l.calls[0].Handle)
	}
}

// Withdraw takes a call back: its slip was used, replaced, or is too old. A
// citizen who has begun goes on: the server decides what their answer is.
func (l *Link) Withdraw(handle string) { l.drop(handle) }

// drop ends a call for this kiosk; it does not come again.
func (l *Link) drop(handle string) {
	if !has(l.done, handle) {
		l.done = append(l.done[max(0, len(l.done)-mostCalls):len(l.done):len(l.done)], handle)
	}
	for i, c := range l.calls {
		if c.Handle == handle {
			l.calls = append(append([]Call(nil), l.calls[:i]...), l.calls[i+1:]...)
			if i == 0 {
				l.shown = 0
			}
			return
		}
	}
}

func has(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// Decline is the word of a citizen to whom an invitation does not apply. It
// does not come again; its own citizen still has the slip.
func (l *Link) Decline() {
	switch {
	case l.here && l.handle != "":
		l.drop(l.handle)
		l.handle, l.of = "", ""
	case !l.here && len(l.calls) > 0:
		l.drop(l.calls[0].Handle)
	}
}

// Touch notes that somebody touched the screen.
func (l *Link) Touch() { l.still = 0 }

// Pass lets time go by, in milliseconds; at is then the time since 1970 as the
// server's clock shows it.
func (l *Link) Pass(ms, at int) {
	l.closed = !l.settings.open(at)
	l.still += ms
	if !l.here && l.still >= SlipIdle {
		l.forget()
	}
	l.pause = max(0, l.pause-ms)
	if !l.here && len(l.calls) > 0 {
		l.shown += ms
	}
	for i := len(l.calls) - 1; i >= 0; i-- {
		if l.calls[i].Left -= ms; l.calls[i].Left <= 0 {
			l.drop(l.calls[i].Handle)
		}
	}
}

// Follow compares the page before and after something happened. A visit that
// begins while an invitation is shown is that invitation's; its answer is of
// that dossier even where the invitation ends meanwhile. A visit that ends
// without an answer leaves the invitation where it was.
func (l *Link) Follow(before, after Page) {
	if after.Visits != before.Visits {
		l.here, l.handle, l.of, l.still = false, "", "", 0
		l.forget()
	}
	if after.Resting() {
		l.here = false
		l.handle, l.of = "", ""
		return
	}
	if l.here {
		return
	}
	switch l.Front() {
	case Invited:
		l.handle, l.of = l.calls[0].Handle, l.calls[0].Procedure
	case Pausing, Revoked:
		if !after.touched() {
			return // large letters are no visit: they would end the wait
		}
	}
	l.here = true
	l.shown = 0
}

// Spend is called with every answer that leaves. It returns the code of the slip
// that was typed, or the handle of the dossier that the answer is of, or neither;
// code or invitation is then over. After an answer with neither the pause begins.
func (l *Link) Spend() (handle, code string) {
	handle, code = l.handle, l.code
	l.handle, l.of = "", ""
	l.forget()
	switch {
	case code != "": // the invitation may be somebody else's
		return "", code
	case handle == "":
		l.pause = l.settings.Interval
	default:
		l.drop(handle)
	}
	return handle, ""
}

// forget ends what has to do with a slip.
func (l *Link) forget() { l.typing, l.slip, l.code = false, Slip{}, "" }

// Ask shows the keys for a slip's code. A device that was revoked has none.
func (l *Link) Ask() {
	if !l.revoked {
		l.forget()
		l.typing = true
	}
}

// Cancel puts the keys away, and what was typed on them.
func (l *Link) Cancel() { l.forget() }

// Key is a touch on a key: a character, or 0 to erase one. A code that is whole
// and right puts the keys away; the next answer is of that slip.
func (l *Link) Key(c byte) {
	if !l.typing {
		return
	}
	if c == 0 {
		l.slip = l.slip.Erase()
		return
	}
	l.slip = l.slip.Type(c)
	if l.slip.Good() {
		code := l.slip.Text()
		l.forget()
		l.code = code
	}
}

// Slip returns the slip's code as far as it is typed.
func (l *Link) Slip() Slip { return l.slip }

// Front returns what is shown now: during a visit what was shown as it began,
// or what has to do with a slip.
func (l *Link) Front() Front {
	switch {
	case l.typing && (l.here || !l.revoked):
		return Typing
	case l.code != "" && (l.here || !l.revoked):
		return Slipped
	case l.here && l.handle != "":
		return Invited
	case l.here:
		return Plain
	case l.revoked:
		return Revoked
	case len(l.calls) > 0:
		return Invited
	case l.pause > 0:
		return Pausing
	case l.closed && l.still >= Drowsy:
		return Asleep
	}
	return Plain
}

// Procedure returns what the result is of to whose rating the citizen is
// invited; it may be empty.
func (l *Link) Procedure() string {
	switch {
	case l.code != "":
		return ""
	case l.here:
		return l.of
	case len(l.calls) > 0:
		return l.calls[0].Procedure
	}
	return ""
}

// Wait returns for how many seconds the pause still lasts, rounded up.
func (l *Link) Wait() int { return (l.pause + 999) / 1000 }

// Busy reports whether time must be told although nobody is here: something
// will change by itself within seconds.
func (l *Link) Busy() bool { return len(l.calls) > 0 || l.pause > 0 || l.typing || l.code != "" }
