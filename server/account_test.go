package server_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"hailong/server"
	"hailong/server/store"
	"hailong/server/store/memory"
)

// Of servers that add the first administrator at once one does, and it is that
// one's password that works.
func TestFirstAdministratorIsAddedOnce(t *testing.T) {
	t.Parallel()
	svc := sealedHouse(t, memory.New(), "2024-03-01")
	const servers = 4
	type result struct {
		password string
		err      error
	}
	done := make(chan result, servers)
	for i := range servers {
		go func() {
			password := fmt.Sprintf("mật khẩu số %d", i)
			done <- result{password, svc.AddUser(t.Context(), "admin", server.RoleAdmin, password)}
		}()
	}
	added := ""
	for range servers {
		switch r := <-done; {
		case r.err == nil && added == "":
			added = r.password
		case !errors.Is(r.err, store.ErrExists):
			t.Errorf("another server: %v", r.err)
		}
	}
	if u, err := svc.SignIn(t.Context(), "admin", added); err != nil || u.Role != server.RoleAdmin {
		t.Errorf("the printed password: %+v %v", u, err)
	}
	if err := svc.AddUser(t.Context(), "Lan", server.RoleLeader, "ngắn"); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("a short password: %v", err)
	}
}

// A hash says what it cost; whatever that was, it opens for its password and for
// no other. A service without further ado takes OWASP's minimum.
func TestPasswordCost(t *testing.T) {
	t.Parallel()
	svc, err := server.New(t.Context(), memory.New(), make([]byte, server.SecretSize), server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, want string
		cost       server.PasswordCost
	}{
		{"lan", "$argon2id$v=19$m=19456,t=2,p=1$", svc.PasswordCost},
		{"cuc", "$argon2id$v=19$m=8,t=1,p=1$", server.PasswordCost{Memory: 8, Passes: 1}},
	} {
		svc.PasswordCost = c.cost
		if err := svc.AddUser(t.Context(), c.name, server.RoleLeader, "một mật khẩu dài"); err != nil {
			t.Fatal(err)
		}
		if u, err := svc.User(t.Context(), c.name); err != nil || !strings.HasPrefix(u.Hash, c.want) {
			t.Errorf("%s: hash %s, want %s…; %v", c.name, u.Hash, c.want, err)
		}
	}
	for _, name := range []string{"lan", "cuc", "không ai"} {
		if _, err := svc.SignIn(t.Context(), name, "một mật khẩu khác"); !errors.Is(err, server.ErrForbidden) {
			t.Errorf("%s with another password: %v", name, err)
		}
		if _, err := svc.SignIn(t.Context(), name, "một mật khẩu dài"); (err == nil) == (name == "không ai") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
