package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"hailong/server"
	"hailong/server/store"
)

// inspector is who signs and calls in the sample; there is no such account either.
var inspector = server.User{Name: "nguoi-mau-2", Role: server.RoleInspector}

// furnish puts on the home's desks what a year leaves there: a flag that one person
// wants to act on, a random list of which most have been called, forms that were
// keyed in once, and a kiosk that has fallen silent. No figure of the year changes.
func furnish(ctx context.Context, svc *server.Service) error {
	if _, err := propose(ctx, svc, server.RuleHasty, "Phiếu được trả lời ngay tại bàn in, cần người thứ hai xem."); err != nil {
		return fmt.Errorf("proposing a quarantine: %w", err)
	}
	if err := callSome(ctx, svc); err != nil {
		return fmt.Errorf("rechecking: %w", err)
	}
	keyed, err := svc.PaperWaiting(ctx, 10)
	if err != nil {
		return err
	}
	for i, signs := range []string{"5454445544554444NN34", "44434444444344444-44", "55555555555555555555"} {
		f, err := svc.ParsePaperForm(server.PaperForm{Number: fmt.Sprintf("MAU-%02d", i+1), Day: "2024-12-16", Field: "Hộ tịch", Counter: "Quầy 2", Signs: signs, Further: "11-3-", By: handler.Name})
		if err != nil {
			return err
		}
		if slices.ContainsFunc(keyed, func(k server.PaperForm) bool { return k.Number == f.Number }) {
			continue // once more would be the second keying
		}
		if _, err := svc.EnterPaper(ctx, f, server.KeyPaper); err != nil {
			return fmt.Errorf("keying a form: %w", err)
		}
	}
	return silentKiosk(ctx, svc)
}

// callSome draws the list of the last quarter and calls most of it: half are
// reached, and say what the model's citizens say.
func callSome(ctx context.Context, svc *server.Service) error {
	lists, err := svc.Rechecks(ctx)
	if err != nil || len(lists) > 0 {
		return err
	}
	at := *svc
	at.Now = func() time.Time { return time.Date(2025, 1, 8, 9, 0, 0, 0, server.Zone) }
	id, err := at.DrawRecheck(ctx, inspector, "2024-10-01", "2024-12-31", 0.15)
	if err != nil {
		return err
	}
	list, _, err := at.Recheck(ctx, inspector, id)
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(Seed, 15))
	for i := range 3 * len(list.Dossiers) / 4 {
		call := server.RecheckCall{Place: i + 1, Outcome: server.OutcomeNoAnswer}
		switch x := r.Float64(); {
		case x < 0.65:
			call.Outcome, call.Level = server.OutcomeReached, digit(level(base+r.NormFloat64()))
		case x < 0.75:
			call.Outcome = server.OutcomeDeclined
		case x < 0.85:
			call.Outcome = server.OutcomeWrong
		}
		if err := at.EnterRecheck(ctx, inspector, id, call); err != nil {
			return err
		}
	}
	return nil
}

// silentKiosk leaves a kiosk that reported once and was not heard of again, with an
// alert that is open.
func silentKiosk(ctx context.Context, svc *server.Service) error {
	const label = "Ki-ốt sảnh (mẫu, mất liên lạc)"
	devices, err := svc.Devices(ctx)
	if err != nil {
		return err
	}
	for _, d := range devices {
		if d.Label == label {
			return nil
		}
	}
	at := *svc
	clock := time.Date(2024, 12, 30, 9, 0, 0, 0, server.Zone)
	at.Now = func() time.Time { return clock }
	p, err := at.OfferPairing(ctx, "", server.DeviceSettings{Label: label, Counter: "Quầy 2"})
	if err != nil {
		return err
	}
	_, d, err := at.Pair(ctx, p.Code)
	if err != nil {
		return err
	}
	if _, err := at.Report(ctx, d.ID, server.Heartbeat{Clock: clock, Persisted: true}); err != nil {
		return err
	}
	clock = clock.Add(time.Hour)
	return at.WatchDevices(ctx, server.AlertByWebhook, server.AlertMinutes*time.Minute, func(context.Context, server.DeviceNotice) error { return nil })
}

// keyPaper stores the paper forms of a further ward, each keyed twice.
func keyPaper(ctx context.Context, ward *server.Service) error {
	at := *ward
	at.Now = func() time.Time { return time.Date(2024, 11, 11, 9, 0, 0, 0, server.Zone) }
	r := rand.New(rand.NewPCG(Seed, 19))
	for i := range 24 {
		signs, person := make([]byte, 20), sdPerson*r.NormFloat64()
		for j := range signs {
			signs[j] = digit(level(base - 0.2 + person + sdItem*r.NormFloat64()))[0]
		}
		further := fmt.Sprintf("%d1%d%d%d", 1+min(1, r.IntN(12)/11), 1+r.IntN(2), 1+r.IntN(5), 1+r.IntN(6))
		for _, by := range []string{handler.Name, inspector.Name} {
			f, err := at.ParsePaperForm(server.PaperForm{Number: fmt.Sprintf("GIAY-%02d", i+1), Day: server.Day("2024-11-04").Add(i % 5), Field: "Hộ tịch", Counter: "Quầy 1", Signs: string(signs), Further: further, By: by})
			if err != nil {
				return err
			}
			if _, err := at.EnterPaper(ctx, f, server.KeyPaper); err != nil && !errors.Is(err, server.ErrAnswered) && !errors.Is(err, store.ErrConflict) {
				return fmt.Errorf("keying a form: %w", err)
			}
		}
	}
	return nil
}
