package server_test

import (
	"errors"
	"testing"

	"hailong/server"
	"hailong/server/store"
)

// One identity is one user, of whatever unit, and whoever was first tied to an
// account keeps it.
func TestUserByIdentity(t *testing.T) {
	t.Parallel()
	ctx, home := t.Context(), newHouse(t).Service
	if err := home.PutUnit(ctx, server.Unit{ID: "do-son-2025", Name: "UBND phường Đồ Sơn", Level: server.LevelWard}); err != nil {
		t.Fatal(err)
	}
	ward, err := home.For(ctx, "do-son-2025")
	if err != nil {
		t.Fatal(err)
	}
	for name, svc := range map[string]*server.Service{"lan": home, "son": ward, "hoa": ward} {
		if err := svc.AddUser(ctx, name, server.RoleLeader, "một mật khẩu dài"); err != nil {
			t.Fatal(err)
		}
	}
	tie := func(svc *server.Service, name, account string) error { return svc.SetExternal(ctx, name, account) }
	if err := errors.Join(tie(home, "lan", "Lan@hp.example"), tie(ward, "son", "son@hp.example")); err != nil {
		t.Fatal(err)
	}
	if err := tie(ward, "hoa", "LAN@hp.example"); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("an account of a user of another unit: %v", err)
	}
	find := func(at *server.Service, issuer, subject, account, want string, wantErr error) {
		t.Helper()
		u, err := at.UserByIdentity(ctx, server.Identity{issuer, subject, account})
		if u.Name != want || !errors.Is(err, wantErr) || (err == nil) != (wantErr == nil) {
			t.Errorf("%s, %s: %q, %v", subject, account, u.Name, err)
		}
	}
	find(home, "https://a", "9", "ai@hp.example", "", server.ErrNotFound)
	find(home, "https://a", "", "son@hp.example", "", server.ErrInvalid)
	find(home, "https://a", "2", "SON@hp.example", "son", nil) // asked at the home, of the ward
	find(ward, "https://a", "1", "lan@hp.example", "lan", nil) // and the other way round
	find(home, "https://a", "2", "new@hp.example", "son", nil) // who has another address now
	find(home, "https://a", "3", "son@hp.example", "", server.ErrAmbiguous)
	find(home, "https://a", "2", "lan@hp.example", "", server.ErrAmbiguous)
	find(home, "https://b", "77", "son@hp.example", "son", nil) // the house has another provider
	find(home, "https://b", "2", "son@hp.example", "", server.ErrAmbiguous)
	if err := tie(ward, "son", "son@hp.example"); err != nil { // tied anew
		t.Fatal(err)
	}
	find(home, "https://a", "3", "son@hp.example", "son", nil)
	if err := tie(ward, "son", ""); err != nil {
		t.Fatal(err)
	}
	find(home, "https://a", "3", "son@hp.example", "", server.ErrNotFound)

	if _, err := home.AddUserOf(ctx, "hoa", server.RoleAdmin, server.Identity{"https://a", "8", "hoa@x.example"}); !errors.Is(err, store.ErrExists) {
		t.Errorf("a name of another unit: %v", err)
	}
	if _, err := home.AddUserOf(ctx, "lan2", server.RoleAdmin, server.Identity{"https://a", "1", "lan@hp.example"}); !errors.Is(err, server.ErrAmbiguous) {
		t.Errorf("somebody who is there: %v", err)
	}
	if _, err := ward.AddUserOf(ctx, "moi", server.RoleObserver, server.Identity{"https://a", "8", "moi@x.example"}); err != nil {
		t.Error(err)
	}
	find(home, "https://a", "8", "moi@x.example", "moi", nil)
}
