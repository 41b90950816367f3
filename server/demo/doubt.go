package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"hailong/server"
	"hailong/server/store"
)

// The desk's network and the one phone of the sample's doubtful mornings.
const (
	deskNetwork = "192.0.2.0/24"
	onePhone    = "mot-may"
)

// A visit is a dossier whose slip is spent in a way that raises a flag.
type visit struct {
	server.Dossier
	network, phone string
}

// doubtful picks the home's mornings that look wrong: on the first day and counter
// with enough slips answered on the day of their issue, they are answered at the
// printing desk; on the first later day with enough, all from one phone. Nothing
// of what is answered changes, and so no figure.
func doubtful(ds []server.Dossier, reply model) (some []visit, rest []server.Dossier) {
	type place struct {
		day     server.Day
		counter string
	}
	byPlace, byDay := map[place][]server.Dossier{}, map[server.Day][]server.Dossier{}
	var places []place
	for _, d := range ds {
		r, ok := reply(d)
		if !ok || r.Lane != server.LaneSlip || r.Day != d.ReturnDay() {
			continue
		}
		p := place{r.Day, d.Counter}
		if byPlace[p] == nil {
			places = append(places, p)
		}
		byPlace[p], byDay[r.Day] = append(byPlace[p], d), append(byDay[r.Day], d)
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.counter, b.counter)) })
	const enoughHasty, enoughSerial = server.MinHasty, server.SerialSlips + 1
	chosen := map[server.DossierCode]bool{}
	take := func(ds []server.Dossier, network, phone string) {
		for _, d := range ds {
			chosen[d.Code] = true
			some = append(some, visit{d, network, phone})
		}
	}
	hasty := slices.IndexFunc(places, func(p place) bool { return len(byPlace[p]) >= enoughHasty })
	if hasty < 0 {
		return nil, ds
	}
	take(byPlace[places[hasty]], deskNetwork, "")
	serial := slices.IndexFunc(places, func(p place) bool { return p.day > places[hasty].day && len(byDay[p.day]) >= enoughSerial })
	if serial >= 0 {
		take(byDay[places[serial].day], "", onePhone)
	}
	for _, d := range ds {
		if !chosen[d.Code] {
			rest = append(rest, d)
		}
	}
	return some, rest
}

// spend lets the doubtful slips be answered, one after the other.
func spend(ctx context.Context, svc *server.Service, random io.Reader, visits []visit, reply model) (answers int64, err error) {
	for _, v := range visits {
		answered, err := walk(ctx, svc, random, v, reply)
		if err != nil {
			return answers, err
		}
		if answered {
			answers++
		}
	}
	return answers, nil
}

// The further ward that has every other kind of doubt.
const (
	doubtfulWard = "phuong-mau-a"
	doubtfulDay  = server.Day("2024-09-18")
	oneKiosk     = "ki-ot-mau"
)

// dishonest adds to the ward what nobody's citizens gave: a row of equal answers at
// one kiosk on one day, and answers with slips of a counter that returned nothing.
// Two people take the first out of the headline.
func dishonest(ctx context.Context, ward *server.Service) error {
	var as []server.Answer
	for i := range 16 {
		as = append(as, server.Answer{ID: fmt.Sprintf("mau-giong-nhau-%02d", i), Lane: server.LaneWalkUp, Counter: "Quầy 2", Device: oneKiosk + "-2",
			Day: doubtfulDay, Marks: map[string]string{"overall": "5", "access": "5", "procedure": "5", "official": "5", "result": "5", "feedback": "5"}})
	}
	for i := range 6 {
		as = append(as, server.Answer{ID: fmt.Sprintf("mau-vuot-ho-so-%02d", i), Lane: server.LaneSlip, Counter: "Quầy 4", Field: "Chứng thực", Officer: "CC02",
			Day: server.Day("2024-10-07").Add(3 * i), Marks: map[string]string{"overall": "5", "access": "4", "official": digit(4 + i%2)}})
	}
	for i := range as {
		as[i].Unit, as[i].Survey, as[i].Lang = ward.Config.Unit, ward.Survey().ID, "vi"
	}
	if _, err := ward.PutAnswers(ctx, as); err != nil {
		return err
	}
	id, err := propose(ctx, ward, server.RuleEqual, "Mười sáu phiếu giống hệt nhau ở một ki-ốt trong một ngày, nhiều hơn số người đến quầy.")
	if err != nil || id == "" {
		return err
	}
	return ward.DecideQuarantine(ctx, inspector, id, 1, server.StepSign, "Đã xem lịch trực và số hồ sơ của quầy: không có chừng ấy người.")
}

// propose proposes to take the first batch of a rule out of the headline; "" where
// there is none, or a decision about it already.
func propose(ctx context.Context, svc *server.Service, rule server.Rule, reason string) (string, error) {
	const from, to = server.Day("2024-01-01"), server.Day("2024-12-31")
	found, err := svc.Suspicions(ctx, handler, from, to)
	if err != nil {
		return "", err
	}
	for _, f := range found.Flags {
		if f.Rule != rule || !f.CanQuarantine() {
			continue
		}
		id, err := svc.ProposeQuarantine(ctx, handler, from, to, f.ID, reason)
		if errors.Is(err, store.ErrExists) {
			return "", nil
		}
		return id, err
	}
	return "", nil
}

// onlyKiosk is the model of the doubtful ward: one officer is rated at one kiosk
// and nowhere else. What is said does not change.
func onlyKiosk(say model) model {
	return func(d server.Dossier) (Reply, bool) {
		r, ok := say(d)
		if ok && d.Officer == "CC04" {
			r.Lane, r.Day, r.Detail, r.Device = server.LaneKiosk, d.ReturnDay(), nil, oneKiosk
		}
		return r, ok
	}
}
