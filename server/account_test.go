package server_test

import (
	"errors"
	"fmt"
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
