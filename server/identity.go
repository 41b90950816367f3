package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
)

// An Identity (danh tính ở hệ thống đăng nhập một lần) is who the identity
// provider says somebody is: the issuer and its subject, which stay for ever, and
// the account, which people know and an administrator ties to a user.
type Identity struct{ Issuer, Subject, Account string }

// ErrAmbiguous: an identity fits more than one user, or a user who is tied to
// somebody else there. Nobody is signed in by a guess.
var ErrAmbiguous = fmt.Errorf("%w: the account is not one user's", ErrForbidden)

// maxExternal bounds an account, in bytes.
const maxExternal = 200

// maxSubject bounds a subject, in bytes, as OpenID Connect does.
const maxSubject = 255

func (i Identity) key() string { return i.Issuer + " " + i.Subject }

// SetExternal says who a user is at the identity provider; "" is nobody. Whoever
// signs in with that account first is that user from then on. ErrInvalid: that is
// another user, of whatever unit.
func (s *Service) SetExternal(ctx context.Context, name, external string) error {
	external = strings.TrimSpace(external)
	if len(external) > maxExternal {
		return fmt.Errorf("%w: an account of more than %d bytes", ErrInvalid, maxExternal)
	}
	if external != "" {
		others, err := s.usersWhere(ctx, func(u User) bool { return strings.EqualFold(u.External, external) && u.Name != strings.ToLower(name) })
		if err != nil {
			return err
		}
		if len(others) > 0 {
			return fmt.Errorf("%w: tài khoản đó đã gắn với một người dùng khác / that account is another user's", ErrInvalid)
		}
	}
	return s.changeUser(ctx, name, func(u *User) error {
		u.External, u.Subject = external, ""
		return nil
	})
}

// UserByIdentity finds the user, of whatever unit, that an identity is tied to: by
// issuer and subject, and where none is tied to these yet, by the account, upper
// and lower case alike, which ties them. ErrNotFound: nobody's. ErrAmbiguous: not
// clearly one user's. A subject of another issuer gives way: the house has one
// provider, and to change it is the administrator's act.
func (s *Service) UserByIdentity(ctx context.Context, id Identity) (User, error) {
	if id.Issuer == "" || id.Subject == "" || len(id.Subject) > maxSubject || id.Account == "" || len(id.Account) > maxExternal {
		return User{}, fmt.Errorf("%w: an identity without subject or account", ErrInvalid)
	}
	known := func(u User) bool { return u.Subject == id.key() }
	users, err := s.usersWhere(ctx, func(u User) bool { return known(u) || strings.EqualFold(u.External, id.Account) })
	if err != nil {
		return User{}, err
	}
	switch {
	case len(users) == 0:
		return User{}, fmt.Errorf("%w: no user with that account", ErrNotFound)
	case len(users) > 1:
		return User{}, fmt.Errorf("%w: %d users", ErrAmbiguous, len(users))
	case known(users[0]):
		return users[0], nil
	case strings.HasPrefix(users[0].Subject, id.Issuer+" "):
		return User{}, fmt.Errorf("%w: it was another subject's before", ErrAmbiguous)
	}
	return s.tie(ctx, users[0], id)
}

// tie remembers the subject of a user's account, unless another was faster.
func (s *Service) tie(ctx context.Context, u User, id Identity) (User, error) {
	own, err := s.For(ctx, cmp.Or(u.Unit, s.home))
	if err != nil {
		return User{}, fmt.Errorf("finding the unit of a user: %w", err)
	}
	err = own.changeUser(ctx, u.Name, func(now *User) error {
		switch {
		case !strings.EqualFold(now.External, id.Account):
			return fmt.Errorf("%w: untied meanwhile", ErrNotFound)
		case now.Subject != u.Subject && now.Subject != id.key():
			return fmt.Errorf("%w: tied to another subject meanwhile", ErrAmbiguous)
		}
		now.Subject = id.key()
		u = *now
		return nil
	})
	if err != nil {
		return User{}, err
	}
	return u, nil
}

// AddUserOf adds a user of an identity that no user is tied to, with a password
// that nobody knows. A name that is had, by a user of whatever unit, is not taken
// over: store.ErrExists.
func (s *Service) AddUserOf(ctx context.Context, name string, role Role, id Identity) (User, error) {
	if _, err := s.UserByIdentity(ctx, id); !errors.Is(err, ErrNotFound) {
		if err == nil {
			err = ErrAmbiguous
		}
		return User{}, fmt.Errorf("adding a user: %w", err)
	}
	u, err := s.newUser(name, role, RandomPassword())
	if err != nil {
		return User{}, fmt.Errorf("adding a user: %w", err)
	}
	u.External, u.Subject = id.Account, id.key()
	if err := insert(ctx, s.Store, collUsers, u.Name, "", u); err != nil {
		return User{}, fmt.Errorf("adding a user: %w", err)
	}
	return u, nil
}
