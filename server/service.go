// Package server is the domain: dossiers come back, invitations go out,
// answers come in, and figures are made of them. It knows no HTTP, no file
// format and no database engine; what it remembers it remembers through
// package store.
package server

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"hailong/scoring/instrument"
	"hailong/scoring/survey"
	"hailong/server/store"
)

// The kinds of error the domain speaks of, besides those of package store.
var (
	// ErrNotFound: no such dossier, slip, user.
	ErrNotFound = errors.New("not found")
	// ErrInvalid: what was given cannot be right.
	ErrInvalid = errors.New("invalid")
	// ErrAnswered: the slip is spent on another answer.
	ErrAnswered = errors.New("already answered")
	// ErrGone: the slip was good once: it has expired or was replaced.
	ErrGone = errors.New("no longer valid")
	// ErrForbidden: known, but not allowed to.
	ErrForbidden = errors.New("forbidden")
	// ErrWrongKey: the secret key is not the one this store was made with.
	ErrWrongKey = errors.New("the key file does not belong to this store")
)

// The collections of the store.
const (
	collDossiers     = "dossiers"
	collInvitations  = "invitations"
	collQuarantines  = "quarantines"     // insert-only: every step of every decision
	collRechecks     = "rechecks"        // insert-only
	collOutcomes     = "recheck_results" // what came of them, never a level with a dossier
	collAnswers      = "answers"
	collUsers        = "users"
	collTokens       = "tokens"
	collMeta         = "meta"
	collAudit        = "audit"
	collLedger       = "ledger" // see Sequence
	collDevices      = "devices"
	collPairings     = "pairings"
	collCalls        = "kiosk_calls"     // invitations on their way to a kiosk, for minutes
	collClosings     = "closings"        // insert-only: every close and every reopening of a period
	collReviews      = "reviews"         // insert-only: what the figures of a close follow from
	collDispatches   = "dispatches"      // insert-only: when a period's report was sent
	collReminders    = "reminders"       // of reports that are due
	collAlerts       = "alerts"          // on a threshold, while they are open
	collTexts        = "report_texts"    // the free parts of a period's report
	collComments     = "sealed_comments" // comments as they were written, encrypted
	collOfficers     = "officers"        // whose names are masked
	collCases        = "cases"
	collCaseReceipts = "case_receipts"
	collAnnotations  = "annotations" // marked days of the series
	collPaper        = "paper_forms" // keyed in once, waiting for the second time
	collProbity      = "probity"     // phiền hà, sách nhiễu; tiền ngoài quy định
	collRespondents  = "respondents" // giới tính, độ tuổi, trình độ
	collPosters      = "posters"
	collUnits        = "units"
	collPacks        = "packs"    // of wards, as a city took them in
	collReceipts     = "receipts" // a one-way function of the receipt → the answer's id

	collEvidence      = "case_evidence"  // encrypted chunks of files, by case id, file and place
	collPublicReplies = "public_replies" // what everyone may read of a case, by case id
)

// Zone is the time zone of every day in the house: Asia/Ho_Chi_Minh, which has
// been UTC+7 without summer time since 1975. Fixed, so that a machine without
// a zone database counts the same days.
var Zone = time.FixedZone("Asia/Ho_Chi_Minh", 7*60*60)

// Config is what a unit may choose. The zero value is the ward of the plan.
type Config struct {
	// Unit is the id of the unit (đơn vị) that answers and dossiers belong
	// to; "phu-lien-2024" where empty. A unit that is merged gets a new id.
	Unit string
	// BaseURL is how citizens reach the service, without a slash at the end;
	// http://localhost:8080 where empty. It is printed into every slip.
	BaseURL string
	// InvitationDays is how long a slip can be used; 90 where zero.
	InvitationDays int
	// InviteAt lists the statuses that earn an invitation; where empty, only
	// Returned (Đã trả kết quả).
	InviteAt []Status
	// OnTimeTarget is the share to be exceeded; 0.95 where zero.
	OnTimeTarget float64
	// Profile names who the unit is and to whom it reports; that of the unit's
	// id where empty. See ParseProfile.
	Profile string
	// CutOffDay is the last day counted in a period's last month (ngày chốt số
	// liệu), 1 to 27: the ministry's is 14. 0 counts whole months.
	CutOffDay int
	// ChangeDays is how many days after the one on which it was given an answer
	// can be changed or withdrawn; 7 where zero, never where negative.
	ChangeDays int
	// Detail says how the phone page asks for the criteria of the full form;
	// DetailRotate where empty.
	Detail DetailMode
	// Holidays are days off besides weekends and those Workday knows, for the
	// deadlines of cases.
	Holidays []Day
	// Workdays are days on which the office works although Workday would not
	// know it: a Saturday worked for a weekday off (làm bù).
	Workdays []Day
}

func (c Config) withDefaults() Config {
	if c.Unit == "" {
		c.Unit = "phu-lien-2024"
	}
	if c.BaseURL == "" {
		c.BaseURL = "http://localhost:8080"
	}
	if c.InvitationDays == 0 {
		c.InvitationDays = 90
	}
	if len(c.InviteAt) == 0 {
		c.InviteAt = []Status{StatusReturned}
	}
	if c.ChangeDays == 0 {
		c.ChangeDays = changeDays
	}
	if c.Detail == "" {
		c.Detail = DetailRotate
	}
	if c.OnTimeTarget == 0 {
		c.OnTimeTarget = 0.95
	}
	return c
}

// check refuses what no unit can have chosen.
func (c Config) check() error {
	if strings.ContainsAny(c.Unit, "/~\x00") {
		return fmt.Errorf("%w: mã đơn vị không được có / hoặc ~ / a unit's id has no slash and no tilde", ErrInvalid)
	}
	if c.Profile != "" {
		if _, err := ParseProfile(c.Profile); err != nil {
			return err
		}
	}
	if c.CutOffDay < 0 || c.CutOffDay > maxCutOff {
		return fmt.Errorf("%w: the cut-off day %d is not 0 to %d", ErrInvalid, c.CutOffDay, maxCutOff)
	}
	return nil
}

// A Service is the house at work on one store. Make it with New.
type Service struct {
	Store  store.Store
	Config Config
	Now    func() time.Time // time.Now unless a test says otherwise
	Rand   io.Reader        // crypto/rand.Reader unless a test says otherwise

	PasswordCost PasswordCost // 19 MiB and two passes unless a test says otherwise

	signals *signals // of the last minutes

	keys    keys
	surveys []*survey.Survey // the embedded instruments, read once; never changed
	book    *ledgerCache
	memory  *figureMemory
	crowd   *markCrowd
	looked  *suspectMemory

	// The store may hold several units, see For.
	root         store.Store // with the collections of all units
	home         string      // the unit that the process was started for
	unit         Unit
	plainSurveys []*survey.Survey
	plainConfig  Config
}

// keys are the secrets of the house, all from one that is kept beside the store,
// never in it.
type keys struct {
	invitation, answer, receipt, token, fingerprint, pairing, cases, salt []byte // of one-way functions

	comment, evidence, second, handle []byte // these encrypt
	ledger                            []byte // this one signs
}

// SecretSize is the length of the secret in bytes.
const SecretSize = 32

// newKeys derives every key from the secret, each by its name (HKDF, RFC 5869).
func newKeys(secret []byte) (keys, error) {
	var all keys
	for _, k := range []struct {
		name string
		key  *[]byte
	}{
		{"invitation", &all.invitation}, {"answer", &all.answer}, {"receipt", &all.receipt},
		{"token", &all.token}, {"fingerprint", &all.fingerprint},
		{"comment", &all.comment}, {"cases", &all.cases}, {"evidence", &all.evidence}, {"second-factor", &all.second},
		{"ledger", &all.ledger}, {"ledger-salt", &all.salt},
		{"pairing", &all.pairing}, {"handle", &all.handle},
	} {
		b, err := hkdf.Key(sha256.New, secret, nil, "hailong/"+k.name, 32)
		if err != nil {
			return keys{}, fmt.Errorf("deriving the %s key: %w", k.name, err)
		}
		*k.key = b
	}
	return all, nil
}

// New returns a service on a store that is already migrated. The secret is
// SecretSize random bytes; the first service on a store leaves a fingerprint
// there, and later ones with another secret get ErrWrongKey: with the wrong
// key every slip in people's hands would be unknown.
func New(ctx context.Context, st store.Store, secret []byte, cfg Config) (*Service, error) {
	if len(secret) != SecretSize {
		return nil, fmt.Errorf("%w: the secret key has %d bytes, not %d", ErrInvalid, len(secret), SecretSize)
	}
	if err := cfg.check(); err != nil {
		return nil, err
	}
	s := &Service{
		Store: st, Config: cfg.withDefaults(), Now: time.Now, Rand: rand.Reader,
		PasswordCost: PasswordCost{Memory: passwordMemory, Passes: passwordPasses},
		surveys:      instrument.All(), book: &ledgerCache{}, memory: newFigureMemory(),
		crowd: &markCrowd{marks: map[markKey]*markWriters{}}, looked: &suspectMemory{},
	}
	var err error
	if s.keys, err = newKeys(secret); err != nil {
		return nil, err
	}
	s.root, s.home, s.plainSurveys, s.plainConfig = st, s.Config.Unit, s.surveys, s.Config
	s.signals = newSignals()
	if err := s.checkFingerprint(ctx); err != nil {
		return nil, err
	}
	switch u, err := s.Unit(ctx, s.Config.Unit); {
	case err == nil:
		if !u.Home { // the process works for one of several units
			if s.home, err = s.homeUnit(ctx); err != nil {
				return nil, err
			}
		}
		return s.of(u), nil
	case !errors.Is(err, ErrNotFound):
		return nil, err
	}
	return s, nil
}

// homeUnit is the unit that users and tokens without one belong to.
func (s *Service) homeUnit(ctx context.Context) (string, error) {
	units, err := s.Units(ctx)
	for _, u := range units {
		if u.Home {
			return u.ID, nil
		}
	}
	return Config{}.withDefaults().Unit, err
}

// Keyed reports whether the store already belongs to a secret.
func Keyed(ctx context.Context, st store.Store) (bool, error) {
	_, err := st.Get(ctx, collMeta, "key")
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// checkFingerprint ties the secret to the store.
func (s *Service) checkFingerprint(ctx context.Context) error {
	mine := oneWay(s.keys.fingerprint, "store")
	type doc struct {
		Fingerprint string `json:"fingerprint"`
	}
	err := insert(ctx, s.Store, collMeta, "key", "", doc{mine})
	if !errors.Is(err, store.ErrExists) {
		return err
	}
	var d doc
	if _, err := get(ctx, s.Store, collMeta, "key", &d); err != nil {
		return err
	}
	if d.Fingerprint != mine {
		return ErrWrongKey
	}
	return nil
}

// oneWay is HMAC-SHA256 of text under key, 32 hexadecimal digits (128 bits) of it.
func oneWay(key []byte, text string) string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return hex.EncodeToString(m.Sum(nil)[:16])
}

// Today returns the current day in the house's zone.
func (s *Service) Today() Day { return DayOf(s.Now()) }

// Survey returns the short instrument, which slips and kiosks ask. It is shared:
// do not change it.
func (s *Service) Survey() *survey.Survey { return s.surveys[0] }

// SurveyByID returns an instrument that answers may name. It is shared: do not
// change it.
func (s *Service) SurveyByID(id string) (*survey.Survey, error) {
	for _, sv := range s.surveys {
		if sv.ID == id {
			return sv, nil
		}
	}
	return nil, fmt.Errorf("%w: no survey %q", ErrInvalid, id)
}

// insert, get and replace carry a value as the JSON body of a document.

func insert(ctx context.Context, st store.Store, coll, key, order string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encoding %s: %w", coll, err)
	}
	return st.Insert(ctx, coll, store.Doc{Key: key, Order: order, Body: body})
}

func get(ctx context.Context, st store.Store, coll, key string, v any) (version int64, err error) {
	d, err := st.Get(ctx, coll, key)
	if err != nil {
		return 0, err
	}
	if err := json.Unmarshal(d.Body, v); err != nil {
		return 0, fmt.Errorf("decoding %s: %w", coll, err)
	}
	return d.Version, nil
}

func replace(ctx context.Context, st store.Store, coll, key, order string, version int64, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encoding %s: %w", coll, err)
	}
	return st.Replace(ctx, coll, store.Doc{Key: key, Order: order, Version: version, Body: body})
}
