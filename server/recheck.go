package server

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"hailong/scoring"
	"hailong/server/store"
)

// A Recheck (phúc tra) is a random list of returned dossiers whose citizens are
// called and asked once more. It is drawn from the dossiers of a period and from
// nothing else: who was invited, who answered and what has no part in it. It is
// inserted once and never changed.
type Recheck struct {
	ID         string           `json:"-"`
	Unit       string           `json:"unit"`
	From       Day              `json:"from"` // returned from
	To         Day              `json:"to"`   // to, both included
	Error      float64          `json:"error"`
	Seed       string           `json:"seed"` // 32 hexadecimal digits
	Population int64            `json:"population"`
	SHA256     string           `json:"population_sha256"` // of the codes, sorted, each with a line's end
	Strata     []RecheckStratum `json:"strata"`            // sorted by field
	Dossiers   []DossierCode    `json:"dossiers"`          // in the order of calling
	By         string           `json:"by"`
	At         time.Time        `json:"at"`
}

// A RecheckStratum says how many dossiers of a field are in the list.
type RecheckStratum struct {
	Field      string `json:"field"`
	Population int64  `json:"population"`
	Size       int64  `json:"size"`
}

// A RecheckOutcome is what came of a call.
type RecheckOutcome string

// The outcomes; "" is not called yet. Why somebody was not reached is told apart,
// because a list of those who could be reached flatters.
const (
	OutcomeReached  RecheckOutcome = "reached"   // đã gặp, đã trả lời
	OutcomeDeclined RecheckOutcome = "declined"  // gặp, không trả lời
	OutcomeNoAnswer RecheckOutcome = "no_answer" // không nghe máy sau ba lần
	OutcomeWrong    RecheckOutcome = "wrong"     // không có số, sai số
	OutcomeOther    RecheckOutcome = "other"     // lý do khác
)

// RecheckOutcomes lists them.
func RecheckOutcomes() []RecheckOutcome {
	return []RecheckOutcome{OutcomeReached, OutcomeDeclined, OutcomeNoAnswer, OutcomeWrong, OutcomeOther}
}

// String gives the Vietnamese wording.
func (o RecheckOutcome) String() string {
	switch o {
	case OutcomeReached:
		return "Đã gặp, đã trả lời"
	case OutcomeDeclined:
		return "Gặp nhưng không trả lời"
	case OutcomeNoAnswer:
		return "Gọi ba lần không nghe máy"
	case OutcomeWrong:
		return "Không có số hoặc sai số"
	case OutcomeOther:
		return "Lý do khác"
	}
	return "Chưa gọi"
}

// RecheckResults (kết quả phúc tra) are kept apart from the list. What people
// said is counted for the whole list and never per dossier; per dossier there is
// only whether they were reached.
type RecheckResults struct {
	Outcomes map[int]RecheckOutcome `json:"outcomes"` // by place in the list, from 1
	// Levels counts what those who were reached said, by level, 1 to 5.
	Levels map[string]int64 `json:"levels"`

	version int64
}

// Count is the number of dossiers with an outcome; "" counts those without.
func (r RecheckResults) Count(list Recheck, o RecheckOutcome) (n int64) {
	for i := range list.Dossiers {
		if r.Outcomes[i+1] == o {
			n++
		}
	}
	return n
}

// Satisfied is x of n among those who were reached.
func (r RecheckResults) Satisfied(satisfied func(level string) bool) (x, n int64) {
	for level, k := range r.Levels {
		n += k
		if satisfied(level) {
			x += k
		}
	}
	return x, n
}

// The bounds of the error of a recheck.
const (
	DefaultRecheckError = 0.05
	minRecheckError     = 0.02 // 2,500 calls at most
	maxRecheckError     = 0.2
)

// DrawRecheck draws a list of n = N/(1+N·e²) dossiers (scoring.Yamane) returned
// from one day to another, each field in proportion, and enters it in the audit.
// ErrInvalid: the days or the error cannot be, or no dossier was returned.
// ErrForbidden: only the inspector draws.
func (s *Service) DrawRecheck(ctx context.Context, u User, from, to Day, e float64) (string, error) {
	switch {
	case u.Role != RoleInspector:
		return "", ErrForbidden
	case from > to || to > s.Today():
		return "", fmt.Errorf("%w: the days of a recheck begin before they end, and not in the future", ErrInvalid)
	case !(e >= minRecheckError && e <= maxRecheckError):
		return "", fmt.Errorf("%w: the error is %v to %v", ErrInvalid, minRecheckError, maxRecheckError)
	}
	var b [24]byte
	if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
		return "", fmt.Errorf("drawing a seed: %w", err)
	}
	r := Recheck{ID: hex.EncodeToString(b[:8]), Unit: s.Config.Unit, From: from, To: to, Error: e, Seed: hex.EncodeToString(b[8:]), By: u.Name, At: s.Now().In(Zone).Truncate(time.Second)}
	all, err := s.recheckPopulation(ctx, from, to)
	if err != nil {
		return "", err
	}
	if len(all) == 0 {
		return "", fmt.Errorf("%w: no dossier was returned from %s to %s", ErrInvalid, from, to)
	}
	r.draw(all)
	if err := insert(ctx, s.Store, collRechecks, r.Unit+"/"+r.ID, r.Unit+"/"+string(DayOf(r.At))+"/"+r.ID, r); err != nil {
		return "", fmt.Errorf("storing a recheck: %w", err)
	}
	if err := s.Audit(ctx, u.Name, "recheck_draw", r.ID); err != nil {
		return "", fmt.Errorf("writing the audit: %w", err)
	}
	return r.ID, nil
}

// recheckPopulation lists the codes of the dossiers returned from..to by field.
func (s *Service) recheckPopulation(ctx context.Context, from, to Day) (map[string][]DossierCode, error) {
	out := map[string][]DossierCode{}
	for d, err := range s.Dossiers(ctx, "", to) {
		if err != nil {
			return nil, fmt.Errorf("reading dossiers: %w", err)
		}
		if s.earnedIn(d, from, to) {
			out[d.Field] = append(out[d.Field], d.Code)
		}
	}
	return out, nil
}

// draw fills in everything that follows from the population, the error and the
// seed: within a field the dossiers whose SHA-256 of seed, line's end and code is
// least; across fields by largest remainders, the larger field first where two
// are equal; then all in the order of that SHA-256.
func (r *Recheck) draw(all map[string][]DossierCode) {
	rank := func(c DossierCode) [sha256.Size]byte { return sha256.Sum256([]byte(r.Seed + "\n" + string(c))) }
	byRank := func(a, b DossierCode) int {
		x, y := rank(a), rank(b)
		return slices.Compare(x[:], y[:])
	}
	var codes []DossierCode
	r.Population, r.Strata, r.Dossiers = 0, nil, nil
	for field, list := range all {
		r.Strata = append(r.Strata, RecheckStratum{Field: field, Population: int64(len(list))})
		r.Population += int64(len(list))
		codes = append(codes, list...)
	}
	slices.SortFunc(r.Strata, func(a, b RecheckStratum) int { return strings.Compare(a.Field, b.Field) })
	slices.Sort(codes)
	h := sha256.New()
	for _, c := range codes {
		fmt.Fprintln(h, c)
	}
	r.SHA256 = hex.EncodeToString(h.Sum(nil))
	left := scoring.Yamane(r.Population, r.Error)
	want := func(i int) float64 {
		return float64(r.Strata[i].Population) * float64(scoring.Yamane(r.Population, r.Error)) / float64(r.Population)
	}
	order := make([]int, len(r.Strata))
	for i := range r.Strata {
		order[i] = i
		r.Strata[i].Size = int64(math.Floor(want(i) + 1e-9))
		left -= r.Strata[i].Size
	}
	slices.SortStableFunc(order, func(a, b int) int {
		ra, rb := want(a)-float64(r.Strata[a].Size), want(b)-float64(r.Strata[b].Size)
		return cmp.Or(cmp.Compare(rb, ra), cmp.Compare(r.Strata[b].Population, r.Strata[a].Population))
	})
	for _, i := range order {
		if left > 0 && r.Strata[i].Size < r.Strata[i].Population {
			r.Strata[i].Size++
			left--
		}
	}
	for _, st := range r.Strata {
		list := slices.SortedFunc(slices.Values(all[st.Field]), byRank)
		r.Dossiers = append(r.Dossiers, list[:st.Size]...)
	}
	slices.SortFunc(r.Dossiers, byRank)
}

// A Redraw says what comes of drawing a list once more from its seed.
type Redraw struct {
	// Same says that it is the stored list. Grown says that the dossiers are no
	// longer those it was drawn from, by an import since: then it cannot be the
	// same, and says nothing against the list.
	Same, Grown bool
}

// Redraw draws a list once more.
func (s *Service) Redraw(ctx context.Context, r Recheck) (Redraw, error) {
	all, err := s.recheckPopulation(ctx, r.From, r.To)
	if err != nil {
		return Redraw{}, err
	}
	again := r
	again.draw(all)
	return Redraw{Same: slices.Equal(again.Dossiers, r.Dossiers), Grown: again.SHA256 != r.SHA256}, nil
}

// Rechecks lists the lists, the newest first.
func (s *Service) Rechecks(ctx context.Context) ([]Recheck, error) {
	var out []Recheck
	for d, err := range s.Store.Scan(ctx, collRechecks, store.Range{From: s.Config.Unit + "/", To: s.Config.Unit + "0", ByOrder: true, Reverse: true}) {
		if err != nil {
			return nil, fmt.Errorf("reading rechecks: %w", err)
		}
		var r Recheck
		if err := json.Unmarshal(d.Body, &r); err != nil {
			return nil, fmt.Errorf("decoding a recheck: %w", err)
		}
		r.ID = strings.TrimPrefix(d.Key, s.Config.Unit+"/")
		out = append(out, r)
	}
	return out, nil
}

// Recheck returns a list with what came of it so far, and writes to the audit
// that the user looked at it. ErrNotFound: no such list.
func (s *Service) Recheck(ctx context.Context, u User, id string) (Recheck, RecheckResults, error) {
	r, res, err := s.recheck(ctx, id)
	if err != nil {
		return Recheck{}, RecheckResults{}, err
	}
	if err := s.Audit(ctx, u.Name, "recheck_view", id); err != nil {
		return Recheck{}, RecheckResults{}, fmt.Errorf("writing the audit: %w", err)
	}
	return r, res, nil
}

func (s *Service) recheck(ctx context.Context, id string) (Recheck, RecheckResults, error) {
	r := Recheck{ID: id}
	key := s.Config.Unit + "/" + id
	_, err := get(ctx, s.Store, collRechecks, key, &r)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) {
		return Recheck{}, RecheckResults{}, fmt.Errorf("%w: recheck", ErrNotFound)
	}
	if err != nil {
		return Recheck{}, RecheckResults{}, fmt.Errorf("reading a recheck: %w", err)
	}
	r.ID = id
	res := RecheckResults{}
	res.version, err = get(ctx, s.Store, collOutcomes, key, &res)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Recheck{}, RecheckResults{}, fmt.Errorf("reading a recheck's results: %w", err)
	}
	if res.Outcomes == nil {
		res.Outcomes = map[int]RecheckOutcome{}
	}
	if res.Levels == nil {
		res.Levels = map[string]int64{}
	}
	return r, res, nil
}

// A RecheckCall is what came of calling the dossier at a place of the list, from 1.
type RecheckCall struct {
	Place   int
	Outcome RecheckOutcome // "" takes an outcome back
	Level   string         // 1 to 5, with OutcomeReached
	// Was is the level that was entered before, where an outcome that had one is
	// changed or taken back: it is in the count and nowhere else.
	Was string
}

// EnterRecheck enters what came of a call. ErrInvalid: the call does not fit.
// ErrForbidden: only the inspector enters. store.ErrExists: the dossier has an
// outcome, which only changes with Was, or "-" where it had no level.
func (s *Service) EnterRecheck(ctx context.Context, u User, id string, c RecheckCall) error {
	if u.Role != RoleInspector {
		return ErrForbidden
	}
	level := func(l string) bool { return utf8.RuneCountInString(l) == 1 && strings.Contains("12345", l) }
	for range 20 {
		r, res, err := s.recheck(ctx, id)
		if err != nil {
			return err
		}
		if c.Place < 1 || c.Place > len(r.Dossiers) || c.Outcome != "" && !slices.Contains(RecheckOutcomes(), c.Outcome) ||
			(c.Outcome == OutcomeReached) != (c.Level != "") || c.Level != "" && !level(c.Level) {
			return fmt.Errorf("%w: the call does not fit", ErrInvalid)
		}
		was, called := res.Outcomes[c.Place]
		switch {
		case !called && c.Outcome == "":
			return fmt.Errorf("%w: there is nothing to take back", ErrInvalid)
		case called && c.Was == "":
			return fmt.Errorf("the dossier has an outcome: %w", store.ErrExists)
		case was == OutcomeReached && (!level(c.Was) || res.Levels[c.Was] == 0), called && was != OutcomeReached && c.Was != "-":
			return fmt.Errorf("%w: that is not what was entered before", ErrInvalid)
		}
		if was == OutcomeReached {
			if res.Levels[c.Was]--; res.Levels[c.Was] == 0 {
				delete(res.Levels, c.Was)
			}
		}
		if c.Outcome == "" {
			delete(res.Outcomes, c.Place)
		} else {
			res.Outcomes[c.Place] = c.Outcome
		}
		if c.Level != "" {
			res.Levels[c.Level]++
		}
		key := s.Config.Unit + "/" + id
		if res.version == 0 {
			err = insert(ctx, s.Store, collOutcomes, key, "", res)
		} else {
			err = replace(ctx, s.Store, collOutcomes, key, "", res.version, res)
		}
		if errors.Is(err, store.ErrExists) || errors.Is(err, store.ErrConflict) {
			continue // somebody else entered another call
		}
		if err != nil {
			return fmt.Errorf("storing what came of a call: %w", err)
		}
		// Not which dossier: with the time that would lead to what was said.
		if err := s.Audit(ctx, u.Name, "recheck_call", id); err != nil {
			return fmt.Errorf("writing the audit: %w", err)
		}
		return nil
	}
	return fmt.Errorf("storing what came of a call: %w", store.ErrConflict)
}

// RecheckResults returns what came of a list so far. ErrNotFound: no such list.
func (s *Service) RecheckResults(ctx context.Context, id string) (RecheckResults, error) {
	_, res, err := s.recheck(ctx, id)
	return res, err
}
