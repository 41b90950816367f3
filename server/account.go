package server

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"hailong/server/store"
)

// A Role says what somebody may do.
type Role string

// The roles of people and of programs.
const (
	RoleOfficer   Role = "officer"   // công chức một cửa: own result only
	RoleReporter  Role = "reporter"  // Văn phòng – Thống kê
	RoleLeader    Role = "leader"    // lãnh đạo
	RoleInspector Role = "inspector" // Tư pháp – Hộ tịch
	RoleObserver  Role = "observer"  // Mặt trận, đoàn thể: aggregated figures
	RoleAdmin     Role = "admin"     // quản trị hệ thống
	RoleDevice    Role = "device"    // a kiosk
	RoleCity      Role = "city"      // the city's dossier system
)

// peopleRoles are the roles a user can have.
var peopleRoles = []Role{RoleOfficer, RoleReporter, RoleLeader, RoleInspector, RoleObserver, RoleAdmin}

// ParseRole reads a role's name.
func ParseRole(s string) (Role, error) {
	for _, r := range append([]Role{RoleDevice, RoleCity}, peopleRoles...) {
		if s == string(r) {
			return r, nil
		}
	}
	return "", fmt.Errorf("%w: no role %q: use officer, reporter, leader, inspector, observer, admin, device or city", ErrInvalid, s)
}

// A User is somebody who signs in.
type User struct {
	Name    string `json:"name"`
	Role    Role   `json:"role"`
	Officer string `json:"officer,omitempty"` // the officer id in dossiers, for RoleOfficer
	Hash    string `json:"hash"`              // argon2id, PHC string
	Created Day    `json:"created"`
	Unit    string `json:"unit,omitempty"` // "" is the home, see Unit

	// External is who the user is at the identity provider of the house (tài
	// khoản đăng nhập một lần): an e-mail address or whatever claim is configured.
	External string `json:"external,omitempty"`
	// Subject is the issuer and the subject that first came with External (see
	// Identity): an address can be given to somebody else, a subject cannot.
	Subject string `json:"subject,omitempty"`

	Second *SecondFactor `json:"second,omitempty"` // xác thực hai bước; nil where there is none
}

var userName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,39}$`)

// AddUser adds a user who is not there yet; one who is gives store.ErrExists and
// keeps the password, also when two servers add the same user at once.
func (s *Service) AddUser(ctx context.Context, name string, role Role, password string) error {
	u, err := s.newUser(name, role, password)
	if err != nil {
		return err
	}
	return insert(ctx, s.Store, collUsers, u.Name, "", u)
}

// newUser checks a name and a password and hashes the password.
func (s *Service) newUser(name string, role Role, password string) (User, error) {
	name = strings.ToLower(name)
	switch {
	case !userName.MatchString(name):
		return User{}, fmt.Errorf("%w: a user name has 2 to 40 of a–z, 0–9, dot, hyphen, underscore", ErrInvalid)
	case len([]rune(password)) < MinPassword || len(password) > 200:
		return User{}, fmt.Errorf("%w: a password has at least %d characters", ErrInvalid, MinPassword)
	}
	hash, err := s.PasswordCost.hash(s.Rand, password)
	return User{Name: name, Role: role, Hash: hash, Created: s.Today(), Unit: s.tag()}, err
}

// SetPassword adds a user, or changes the password (and role) of one. Of the
// password a hash is stored, see PasswordCost.
func (s *Service) SetPassword(ctx context.Context, name string, role Role, password string) error {
	added, err := s.newUser(name, role, password)
	if err != nil {
		return err
	}
	name = added.Name
	for range 20 {
		var u User
		version, err := get(ctx, s.Store, collUsers, name, &u)
		switch {
		case errors.Is(err, store.ErrNotFound):
			if role == "" {
				return fmt.Errorf("%w: user %s", ErrNotFound, name)
			}
			err = insert(ctx, s.Store, collUsers, name, "", added)
		case err != nil:
			return err
		case !s.mine(u.Unit):
			return fmt.Errorf("%w: user %s", ErrNotFound, name)
		default:
			if role != "" {
				u.Role = role
			}
			u.Hash = added.Hash
			err = replace(ctx, s.Store, collUsers, name, "", version, u)
		}
		if !errors.Is(err, store.ErrExists) && !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return store.ErrConflict
}

// SetOfficer says which officer of the dossiers a user is; "" is none. That
// officer's own page is theirs, and cases that name the officer are hidden from them.
func (s *Service) SetOfficer(ctx context.Context, name, officer string) error {
	return s.changeUser(ctx, name, func(u *User) error {
		u.Officer = strings.TrimSpace(officer)
		return nil
	})
}

// SetRole changes what a user may do.
func (s *Service) SetRole(ctx context.Context, name string, role Role) error {
	return s.changeUser(ctx, name, func(u *User) error {
		if u.Role == role {
			return errUnchanged
		}
		u.Role = role
		return nil
	})
}

// Users lists the unit's users by name.
func (s *Service) Users(ctx context.Context) ([]User, error) {
	return s.usersWhere(ctx, func(u User) bool { return s.mine(u.Unit) })
}

func (s *Service) usersWhere(ctx context.Context, fits func(User) bool) ([]User, error) {
	var out []User
	for d, err := range s.Store.Scan(ctx, collUsers, store.Range{}) {
		if err != nil {
			return nil, err
		}
		var u User
		if err := json.Unmarshal(d.Body, &u); err != nil {
			return nil, fmt.Errorf("decoding a user: %w", err)
		}
		if fits(u) {
			out = append(out, u)
		}
	}
	return out, nil
}

// User returns one user of the unit, or ErrNotFound.
func (s *Service) User(ctx context.Context, name string) (User, error) {
	u, err := s.anyUser(ctx, name)
	if err == nil && !s.mine(u.Unit) {
		return User{}, fmt.Errorf("%w: user", ErrNotFound)
	}
	return u, err
}

// anyUser is User of whatever unit.
func (s *Service) anyUser(ctx context.Context, name string) (User, error) {
	var u User
	_, err := get(ctx, s.Store, collUsers, strings.ToLower(name), &u)
	if errors.Is(err, store.ErrNotFound) {
		return u, fmt.Errorf("%w: user", ErrNotFound)
	}
	return u, err
}

// SignIn returns the user, of whatever unit, whose password this is, or
// ErrForbidden, after the same work whether or not there is such a user.
func (s *Service) SignIn(ctx context.Context, name, password string) (User, error) {
	if len(name) > 100 || len(password) > 200 {
		return User{}, fmt.Errorf("%w: wrong name or password", ErrForbidden)
	}
	u, err := s.anyUser(ctx, name)
	if err != nil && !errors.Is(err, ErrNotFound) && !errors.Is(err, store.ErrInvalid) {
		return User{}, err
	}
	hash := u.Hash
	if err != nil {
		hash = s.PasswordCost.phc(make([]byte, saltSize), make([]byte, sumSize)) // of no password
	}
	if !checkPassword(hash, password) || err != nil {
		return User{}, fmt.Errorf("%w: wrong name or password", ErrForbidden)
	}
	return u, nil
}

// A Token lets a program or a kiosk in. Only its keyed hash is stored.
type Token struct {
	Role    Role   `json:"role"`
	Label   string `json:"label,omitempty"`
	Counter string `json:"counter,omitempty"` // where a device stands
	Device  string `json:"device,omitempty"`  // id of the device that was paired with it
	Created Day    `json:"created"`
	Revoked bool   `json:"revoked,omitempty"`
	Unit    string `json:"unit,omitempty"` // "" is the home, see Unit
}

// TokenPrefix begins every token, to tell it from other secrets.
const TokenPrefix = "hl_"

// AddToken makes a token and returns its text, which cannot be had again.
func (s *Service) AddToken(ctx context.Context, t Token) (string, error) {
	raw := make([]byte, 20)
	if _, err := io.ReadFull(s.Rand, raw); err != nil {
		return "", fmt.Errorf("drawing a token: %w", err)
	}
	text := TokenPrefix + base64.RawURLEncoding.EncodeToString(raw)
	t.Created, t.Unit = s.Today(), s.tag()
	if err := insert(ctx, s.Store, collTokens, oneWay(s.keys.token, text), "", t); err != nil {
		return "", fmt.Errorf("storing the token: %w", err)
	}
	return text, nil
}

// TokenOf returns what a token's text stands for in the unit, or ErrForbidden.
func (s *Service) TokenOf(ctx context.Context, text string) (Token, error) {
	t, err := s.anyToken(ctx, text)
	if err == nil && !s.mine(t.Unit) {
		return Token{}, fmt.Errorf("%w: unknown token", ErrForbidden)
	}
	return t, err
}

// anyToken is TokenOf for whatever unit.
func (s *Service) anyToken(ctx context.Context, text string) (Token, error) {
	var t Token
	if len(text) > 200 {
		return t, fmt.Errorf("%w: unknown token", ErrForbidden)
	}
	_, err := get(ctx, s.Store, collTokens, oneWay(s.keys.token, text), &t)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && t.Revoked:
		return Token{}, fmt.Errorf("%w: unknown token", ErrForbidden)
	}
	return t, err
}

// TokenID is a short public name of a token, for limits and logs.
func (s *Service) TokenID(text string) string { return oneWay(s.keys.token, text)[:8] }
