package server

import "sync"

// A figureMemory keeps what figures are made of in memory: of every unit the
// sealed days, see answerDay, and the months of dossiers, see dossierMonth.
// What is kept names the version of what it was made of, and is asked for with
// the version that the store has now, so it is never out of date.
type figureMemory struct {
	mu    sync.Mutex
	units map[string]*unitMemory
}

// memoryBytes is about how much the answers of all units may take. A million
// short answers take 12 MB.
const memoryBytes = 256 << 20

func newFigureMemory() *figureMemory { return &figureMemory{units: map[string]*unitMemory{}} }

// of returns the memory of a unit.
func (m *figureMemory) of(unit string) *unitMemory {
	m.mu.Lock()
	defer m.mu.Unlock()
	u := m.units[unit]
	if u == nil {
		u = &unitMemory{days: map[Day]answerDay{}, months: map[Day]*dossierMonth{}}
		m.units[unit] = u
	}
	return u
}

// tidy forgets the answers of other units where all of them take too much.
func (m *figureMemory) tidy(unit string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	sum := 0
	for _, u := range m.units {
		u.mu.Lock()
		sum += u.bytes
		u.mu.Unlock()
	}
	if sum <= memoryBytes {
		return
	}
	for id, u := range m.units {
		if id != unit {
			u.forgetDays()
		}
	}
}

// A unitMemory is one unit's part.
type unitMemory struct {
	cells cellTable

	mu     sync.Mutex
	days   map[Day]answerDay
	bytes  int                   // of the days
	months map[Day]*dossierMonth // by their first days

	recent recentInvitations
}

// An answerDay is a day of answers with the version of what it was made of.
type answerDay struct {
	gen   int64  // of the day, see lateDay
	out   string // the ids of quarantined answers
	chunk *answerChunk
}

// day returns a day of the version, nil where it is not kept.
func (m *unitMemory) day(day Day, gen int64, out string) *answerChunk {
	m.mu.Lock()
	defer m.mu.Unlock()
	if d, ok := m.days[day]; ok && d.gen == gen && d.out == out {
		return d.chunk
	}
	return nil
}

func (m *unitMemory) keepDay(day Day, d answerDay) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if old, ok := m.days[day]; ok {
		m.bytes -= old.chunk.bytes()
	}
	m.days[day] = d
	m.bytes += d.chunk.bytes()
}

// renewDay keeps a day as it was read from its seal, unless what is kept of the
// same generation leaves quarantined answers out: that is of the answers.
func (m *unitMemory) renewDay(day Day, d answerDay) {
	m.mu.Lock()
	old := m.days[day]
	m.mu.Unlock()
	if old.out == "" || old.gen != d.gen {
		m.keepDay(day, d)
	}
}

func (m *unitMemory) forgetDays() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.days, m.bytes = map[Day]answerDay{}, 0
}

func (m *unitMemory) month(first Day) *dossierMonth {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.months[first]
}

func (m *unitMemory) keepMonth(first Day, month *dossierMonth) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.months[first] = month
}
