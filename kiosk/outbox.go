package kiosk

// MaxBatch is the most answers that the server takes in one call.
const MaxBatch = 500

// The waits between two attempts, in milliseconds: doubling, then steady.
const (
	firstWait = 5_000
	longWait  = 60_000
)

// A Record is a finished answer on its way to the server. Its ID is a UUID made
// here, so that sending it twice stores it once.
type Record struct {
	ID, Survey string
	Answers    map[string]string // item to level, see survey.Survey.Write
	Captured   string            // RFC 3339
	Lang       string
}

// An Outbox holds answers until the server says that it has them. It keeps
// their order, has one call under way at a time, and lets go of a record only
// when it was stored. The zero value is empty.
type Outbox struct {
	waiting []Record
	refused []Record
	flying  bool
	sent    int // how many of the first waiting ones are under way
	wait    int // milliseconds between the last attempt and the next
	left    int // milliseconds until then
}

// Add puts a record at the end. It is tried at once.
func (o *Outbox) Add(r Record) {
	o.waiting = append(o.waiting, r)
	o.left = 0
}

// Len returns how many records wait for the server.
func (o *Outbox) Len() int { return len(o.waiting) }

// Refused returns the records that the server will never take as they are.
// They are kept for the staff.
func (o *Outbox) Refused() []Record { return o.refused }

// Pass lets time go by, in milliseconds.
func (o *Outbox) Pass(ms int) { o.left = max(0, o.left-ms) }

// Batch returns the records to send now and marks them as under way; there are
// none while a call is under way or when it is too early to try again.
func (o *Outbox) Batch() []Record {
	if o.flying || o.left > 0 || len(o.waiting) == 0 {
		return nil
	}
	o.flying, o.sent = true, min(len(o.waiting), MaxBatch)
	return o.waiting[:o.sent:o.sent]
}

// A Status is the server's word on one record, as in its API.
type Status string

// The statuses. Any other word counts as no word at all.
const (
	Stored   Status = "stored"
	Already  Status = "already"  // stored before: a reply was lost
	Conflict Status = "conflict" // another answer has this id
	Refused  Status = "refused"
)

// Reply is the server's word on the record with that id. It reports whether
// the server has the answer.
func (o *Outbox) Reply(id string, s Status) (stored bool) {
	for i, r := range o.waiting {
		if r.ID != id {
			continue
		}
		switch s {
		case Stored, Already:
			stored = true
		case Conflict, Refused:
			o.refused = append(o.refused, r)
		default:
			return false
		}
		o.waiting = append(o.waiting[:i:i], o.waiting[i+1:]...)
		if i < o.sent {
			o.sent--
		}
		return stored
	}
	return false
}

// Landed ends a call that the server answered.
func (o *Outbox) Landed() {
	o.flying, o.wait, o.left = false, 0, 0
	if o.sent > 0 && o.sent == len(o.waiting) {
		o.left = firstWait // it left some out, and nobody waits for a new one
	}
	o.sent = 0
}

// Lost ends a call that failed. What was sent is sent again, later.
func (o *Outbox) Lost() {
	o.flying, o.sent = false, 0
	o.wait = min(max(2*o.wait, firstWait), longWait)
	o.left = o.wait
}
