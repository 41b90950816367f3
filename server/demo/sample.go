package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"hailong/server"
	"hailong/server/store"
)

// SampleCode returns the code of a slip that can be answered today: a fresh one
// for the latest dossier of the sample year that nobody has rated. It voids the
// slip of the call before, as a reprint does. server.ErrNotFound where every
// returned dossier is rated.
func SampleCode(ctx context.Context, svc *server.Service) (server.SlipCode, error) {
	ds, err := returned(ctx, svc)
	if err != nil {
		return server.SlipCode{}, err
	}
	for _, d := range slices.Backward(ds) {
		if _, answered := Simulate(d); answered {
			continue
		}
		slip, err := svc.Issue(ctx, d.Code, server.Reissue)
		if errors.Is(err, server.ErrAnswered) {
			continue // somebody tried the sample slip: on to the next dossier
		}
		if err != nil {
			return server.SlipCode{}, fmt.Errorf("reissuing a slip: %w", err)
		}
		return slip.Code, nil
	}
	return server.SlipCode{}, fmt.Errorf("%w: every returned dossier is rated", server.ErrNotFound)
}

// A Person is an account of the sample, with the password that it was given.
type Person struct{ Name, Password, Who string }

// AddPeople adds an account for each role, with passwords of chance, and leaves out
// whose name is taken: an officer who is CC02 of the dossiers, somebody of the
// city, and those who see the ward's figures.
func AddPeople(ctx context.Context, svc *server.Service) ([]Person, error) {
	var out []Person
	for _, p := range []struct {
		name, who string
		role      server.Role
		unit      string
	}{
		{"cong-chuc", "công chức một cửa (CC02)", server.RoleOfficer, ""}, {"thong-ke", "Văn phòng – Thống kê", server.RoleReporter, ""},
		{"lanh-dao", "lãnh đạo", server.RoleLeader, ""}, {"tu-phap", "Tư pháp – Hộ tịch", server.RoleInspector, ""},
		{"mat-tran", "Mặt trận, đoàn thể", server.RoleObserver, ""}, {"thanh-pho", "lãnh đạo thành phố", server.RoleLeader, sampleCity},
		{"phuong-a", "lãnh đạo phường Mẫu A, nơi có đủ loại nghi vấn", server.RoleLeader, doubtfulWard},
	} {
		unit := svc
		if p.unit != "" {
			var err error
			if unit, err = svc.For(ctx, p.unit); err != nil {
				return out, err
			}
		}
		password := server.RandomPassword()
		err := unit.AddUser(ctx, p.name, p.role, password)
		if errors.Is(err, store.ErrExists) {
			continue
		}
		if err == nil && p.role == server.RoleOfficer {
			err = unit.SetOfficer(ctx, p.name, "CC02")
		}
		if err == nil {
			err = svc.Audit(ctx, "cli", "add_user", p.name+" "+string(p.role))
		}
		if err != nil {
			return out, fmt.Errorf("adding %s: %w", p.name, err)
		}
		out = append(out, Person{p.name, password, p.who})
	}
	return out, nil
}

// The demo's kiosk.
const (
	collTokens   = "tokens"
	collDevices  = "devices"
	kioskLabel   = "Ki-ốt mẫu"
	kioskCounter = "Quầy 1"
)

// KioskToken makes a token that pairs a kiosk at Quầy 1, and ends those of the
// calls before, whose text nobody can have again.
func KioskToken(ctx context.Context, svc *server.Service) (string, error) {
	for d, err := range svc.Store.Scan(ctx, collTokens, store.Range{}) {
		if err != nil {
			return "", fmt.Errorf("reading tokens: %w", err)
		}
		var t server.Token
		if err := json.Unmarshal(d.Body, &t); err != nil {
			return "", fmt.Errorf("reading a token: %w", err)
		}
		if t.Role != server.RoleDevice || t.Label != kioskLabel {
			continue
		}
		if err := svc.Store.Delete(ctx, collTokens, d.Key, 0); err != nil && !errors.Is(err, store.ErrNotFound) {
			return "", fmt.Errorf("ending the demo kiosk's token: %w", err)
		}
	}
	// Their kiosks would stand on the board as lost for ever.
	devices, err := svc.Devices(ctx)
	if err != nil {
		return "", err
	}
	for _, d := range devices {
		if d.Label != kioskLabel {
			continue
		}
		if err := svc.Store.Delete(ctx, collDevices, d.ID, 0); err != nil && !errors.Is(err, store.ErrNotFound) {
			return "", fmt.Errorf("removing the demo kiosk: %w", err)
		}
	}
	return svc.AddToken(ctx, server.Token{Role: server.RoleDevice, Label: kioskLabel, Counter: kioskCounter})
}
