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
