package server

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"hailong/server/store"
)

// A Level (cấp) says what kind of unit a unit is.
type Level string

// The levels.
const (
	LevelWard Level = "ward" // phường, xã
	LevelCity Level = "city" // thành phố: sees its wards side by side
)

// A Unit (đơn vị) is an authority of its own: a ward, or the city above it. A
// ward that was merged and the new one of the same name are two units. Units on
// one store see nothing of each other; see For.
type Unit struct {
	ID     string `json:"-"`
	Name   string `json:"name"` // UBND phường Đồ Sơn, thành phố Hải Phòng
	Level  Level  `json:"level"`
	Parent string `json:"parent,omitempty"` // the unit above
	// ValidFrom and ValidTo are the first and the last day of the unit, both
	// included; "" leaves that end open.
	ValidFrom Day `json:"valid_from,omitempty"`
	ValidTo   Day `json:"valid_to,omitempty"`
	// Profile is the kind of reports it writes, see ParseProfile; "" is
	// 2025-thanh-pho.
	Profile string `json:"profile,omitempty"`
	// Authority is whom its reports are addressed to (Kính gửi); "" is the profile's.
	Authority string `json:"authority,omitempty"`
	// Target is the share of satisfied to reach and OnTimeTarget the share on
	// time to exceed; 0 is the house's.
	Target       float64 `json:"target,omitempty"`
	OnTimeTarget float64 `json:"on_time_target,omitempty"`
	// Home marks the unit whose documents lie in the collections without a
	// suffix: the one the store was begun with.
	Home bool `json:"home,omitempty"`
}

var unitID = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// maxUnitID keeps collection names and keys short.
const maxUnitID = 40

// Check names the first thing that is wrong with a unit, as ErrInvalid.
func (u Unit) Check() error {
	bad := func(vi, en string) error { return fmt.Errorf("%w: %s / %s", ErrInvalid, vi, en) }
	share := func(f float64) bool { return f >= 0 && f < 1 }
	switch {
	case !unitID.MatchString(u.ID) || len(u.ID) > maxUnitID:
		return bad("mã đơn vị gồm a–z, 0–9 và gạch nối, bắt đầu bằng chữ, không quá 40 ký tự", "a unit's id is of a–z, 0–9 and hyphens")
	case strings.TrimSpace(u.Name) == "" || utf8.RuneCountInString(u.Name) > maxLabel || strings.ContainsFunc(u.Name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return bad("tên đơn vị trống hoặc quá dài", "the name is missing or too long")
	case u.Level != LevelWard && u.Level != LevelCity:
		return bad("cấp đơn vị là ward hoặc city", "the level is ward or city")
	case u.Parent == u.ID:
		return bad("đơn vị không thể trực thuộc chính nó", "a unit cannot be above itself")
	case u.ValidFrom != "" && u.ValidTo != "" && u.ValidFrom > u.ValidTo:
		return bad("ngày bắt đầu sau ngày kết thúc", "the first day is after the last")
	case !share(u.Target) || !share(u.OnTimeTarget):
		return bad("mục tiêu là một tỷ lệ từ 0 đến dưới 1", "a target is a share from 0 to below 1")
	case len(u.Authority) > 4*maxLabel:
		return bad("nơi nhận báo cáo quá dài", "the addressee is too long")
	}
	if u.Profile != "" {
		if _, err := ParseProfile(u.Profile); err != nil {
			return err
		}
	}
	return nil
}

// Valid reports whether the unit exists on some day of a span.
func (u Unit) Valid(from, to Day) bool {
	return (u.ValidFrom == "" || u.ValidFrom <= to) && (u.ValidTo == "" || from <= u.ValidTo)
}

// PutUnit adds a unit, or changes what is known of one; whether it is the home
// never changes. With the first further unit the home is added too, so that
// every process knows which it is. A unit that has documents among the home's
// cannot become one of its own: ErrInvalid.
func (s *Service) PutUnit(ctx context.Context, u Unit) error {
	if err := u.Check(); err != nil {
		return err
	}
	if u.Parent != "" {
		p, err := s.Unit(ctx, u.Parent)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if p.Level != LevelCity {
			return fmt.Errorf("%w: chưa có đơn vị cấp thành phố %s / there is no city %s", ErrInvalid, u.Parent, u.Parent)
		}
	}
	u.Home = u.ID == s.home
	if !u.Home {
		ext, err := s.of(Unit{ID: u.ID, Home: true}).Extent(ctx)
		if err != nil {
			return err
		}
		if ext.First != "" {
			return fmt.Errorf("%w: mã đơn vị %s đã được dùng trong kho / the id %s is in use", ErrInvalid, u.ID, u.ID)
		}
		home := s.of(Unit{ID: s.home, Home: true})
		err = insert(ctx, s.root, collUnits, s.home, "", Unit{Name: home.Profile().Full, Level: LevelWard, Home: true})
		if err != nil && !errors.Is(err, store.ErrExists) {
			return fmt.Errorf("adding the home: %w", err)
		}
	}
	for range 20 {
		var was Unit
		version, err := get(ctx, s.root, collUnits, u.ID, &was)
		was.ID = u.ID
		switch {
		case errors.Is(err, store.ErrNotFound):
			err = insert(ctx, s.root, collUnits, u.ID, "", u)
		case err == nil && was == u:
			return nil
		case err == nil:
			err = replace(ctx, s.root, collUnits, u.ID, "", version, u)
		}
		if !errors.Is(err, store.ErrExists) && !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("adding a unit: %w", store.ErrConflict)
}

// Unit returns a unit, or ErrNotFound.
func (s *Service) Unit(ctx context.Context, id string) (Unit, error) {
	u := Unit{}
	if !unitID.MatchString(id) || len(id) > maxUnitID {
		return u, fmt.Errorf("%w: unit", ErrNotFound)
	}
	_, err := get(ctx, s.root, collUnits, id, &u)
	if errors.Is(err, store.ErrNotFound) {
		return u, fmt.Errorf("%w: unit", ErrNotFound)
	}
	u.ID = id
	return u, err
}

// Units lists the units by id.
func (s *Service) Units(ctx context.Context) ([]Unit, error) {
	var out []Unit
	for d, err := range s.root.Scan(ctx, collUnits, store.Range{}) {
		if err != nil {
			return nil, fmt.Errorf("reading units: %w", err)
		}
		u := Unit{}
		if err := json.Unmarshal(d.Body, &u); err != nil {
			return nil, fmt.Errorf("decoding a unit: %w", err)
		}
		u.ID = d.Key
		out = append(out, u)
	}
	return out, nil
}

// Of is the unit that the service works for; the zero Level where it was never
// added.
func (s *Service) Of() Unit { return s.unit }

// Home is the id of the unit that the process was started for.
func (s *Service) Home() string { return s.home }

// For returns the service of another unit on the same store, or ErrNotFound. It
// shares secret, clock and users with s, and no document: what a unit has lies
// in collections of its own.
func (s *Service) For(ctx context.Context, id string) (*Service, error) {
	if id == "" || id == s.Config.Unit {
		return s, nil
	}
	u, err := s.Unit(ctx, id)
	if errors.Is(err, ErrNotFound) && id == s.home {
		u, err = Unit{ID: id, Home: true}, nil
	}
	if err != nil {
		return nil, err
	}
	return s.of(u), nil
}

func (s *Service) of(u Unit) *Service {
	t := *s
	t.unit, t.book, t.surveys = u, &ledgerCache{}, s.plainSurveys
	t.Config = s.plainConfig
	t.Config.Unit = u.ID
	if u.ID != s.plainConfig.Unit {
		t.Config.Profile = ""
	}
	t.Config.OnTimeTarget = cmp.Or(u.OnTimeTarget, t.Config.OnTimeTarget)
	if u.Target > 0 {
		t.surveys = slices.Clone(t.surveys)
		for i, sv := range t.surveys {
			own := *sv
			own.Target = u.Target
			t.surveys[i] = &own
		}
	}
	t.Store = s.root
	if !u.Home && u.Level != "" {
		t.Store = apart{s.root, "_u_" + strings.ReplaceAll(u.ID, "-", "_")}
	}
	return &t
}

// Every calls do with the service of every unit on the store, the one of s
// first, and joins the errors.
func (s *Service) Every(ctx context.Context, do func(*Service) error) error {
	errs := []error{do(s)}
	units, err := s.Units(ctx)
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	for _, u := range units {
		if u.ID != s.Config.Unit && ctx.Err() == nil {
			errs = append(errs, do(s.of(u)))
		}
	}
	return errors.Join(errs...)
}

// mine reports whether a user or token of a unit ("" is the home) is one of s.
func (s *Service) mine(unit string) bool { return cmp.Or(unit, s.home) == s.Config.Unit }

// tag is the unit that users and tokens of s carry.
func (s *Service) tag() string {
	if s.Config.Unit == s.home {
		return ""
	}
	return s.Config.Unit
}

// UnitOfUser returns the id of a user's unit, or ErrNotFound.
func (s *Service) UnitOfUser(ctx context.Context, name string) (string, error) {
	u, err := s.anyUser(ctx, name)
	return cmp.Or(u.Unit, s.home), err
}

// UnitOfToken returns the id of a token's unit, or ErrForbidden.
func (s *Service) UnitOfToken(ctx context.Context, text string) (string, error) {
	t, err := s.anyToken(ctx, text)
	return cmp.Or(t.Unit, s.home), err
}

// UnitOfSlip returns the id of the unit that issued a slip, or ErrNotFound.
func (s *Service) UnitOfSlip(ctx context.Context, c SlipCode) (string, error) {
	var inv Invitation
	_, err := get(ctx, s.root, collInvitations, oneWay(s.keys.invitation, c.text), &inv)
	if errors.Is(err, store.ErrNotFound) {
		return "", fmt.Errorf("%w: slip", ErrNotFound)
	}
	return inv.Unit, err
}

// UnitOfReceipt returns the id of the unit that an answer's receipt is of, or
// ErrNotFound, ErrInvalid. A receipt does not tell, so all units are asked.
func (s *Service) UnitOfReceipt(ctx context.Context, text string) (id string, err error) {
	units, err := s.Units(ctx)
	if err != nil {
		return "", err
	}
	for _, of := range append([]Unit{{ID: s.Config.Unit}}, units...) {
		t := s
		if of.ID != s.Config.Unit {
			t = s.of(of)
		}
		if _, err := t.ReceiptStatus(ctx, text); !errors.Is(err, ErrNotFound) {
			return of.ID, err
		}
	}
	return "", fmt.Errorf("%w: receipt", ErrNotFound)
}

// issued reports whether a slip is one of s. A unit that was never added has its
// documents with those of the home.
func (s *Service) issued(ctx context.Context, inv Invitation) (bool, error) {
	if inv.Unit == s.Config.Unit {
		return true, nil
	}
	if _, ok := s.Store.(apart); ok {
		return false, nil
	}
	u, err := s.Unit(ctx, inv.Unit)
	if errors.Is(err, ErrNotFound) {
		return true, nil
	}
	return u.Home, err
}

// sharedCollections are those that all units have in common. What is in them is
// found by who signs in or by a secret that somebody holds, and names its unit.
var sharedCollections = [...]string{collUsers, collTokens, collMeta, collUnits, collInvitations, collPairings, "sessions"}

// An apart is a store whose collections are one unit's own.
type apart struct {
	store.Store
	suffix string
}

func (a apart) name(collection string) string {
	if slices.Contains(sharedCollections[:], collection) {
		return collection
	}
	return collection + a.suffix
}

// Insert implements store.Store.
func (a apart) Insert(ctx context.Context, collection string, d store.Doc) error {
	return a.Store.Insert(ctx, a.name(collection), d)
}

// Get implements store.Store.
func (a apart) Get(ctx context.Context, collection, key string) (store.Doc, error) {
	return a.Store.Get(ctx, a.name(collection), key)
}

// Replace implements store.Store.
func (a apart) Replace(ctx context.Context, collection string, d store.Doc) error {
	return a.Store.Replace(ctx, a.name(collection), d)
}

// Delete implements store.Store.
func (a apart) Delete(ctx context.Context, collection, key string, version int64) error {
	return a.Store.Delete(ctx, a.name(collection), key, version)
}

// Scan implements store.Store.
func (a apart) Scan(ctx context.Context, collection string, r store.Range) iter.Seq2[store.Doc, error] {
	return a.Store.Scan(ctx, a.name(collection), r)
}

// Batch implements store.Store.
func (a apart) Batch(ctx context.Context, ops []store.Op) ([]error, error) {
	mine := slices.Clone(ops)
	for i := range mine {
		mine[i].Collection = a.name(mine[i].Collection)
	}
	return a.Store.Batch(ctx, mine)
}

// Collections implements store.Store.
func (a apart) Collections(ctx context.Context) ([]string, error) {
	all, err := a.Store.Collections(ctx)
	var out []string
	for _, name := range all {
		if own, ok := strings.CutSuffix(name, a.suffix); ok && !strings.Contains(own, "_u_") {
			out = append(out, own)
		} else if slices.Contains(sharedCollections[:], name) {
			out = append(out, name)
		}
	}
	return out, err
}
