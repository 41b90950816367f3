package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"hailong/server"
	"hailong/server/store"
)

// wardsKey marks that the sample's further wards are filled.
const wardsKey = "demo-wards"

// sampleCity is the unit above the three wards of the sample.
const sampleCity = "hai-phong"

// A sampleWard is a ward that does not exist: dossiers drawn from a seed of its
// own, and answers from the model of the sample year with shift added to every
// linear predictor. Φ(1.25 + shift) is about its share on a plain item.
type sampleWard struct {
	unit     server.Unit
	dossiers int
	shift    float64
	late     float64 // probability that a dossier is resolved after its due time
	prefix   string  // of the dossiers' codes
}

func sampleWards() []sampleWard {
	unit := func(id, letter string) server.Unit {
		return server.Unit{ID: id, Name: "UBND phường Mẫu " + letter + " (mô phỏng)", Level: server.LevelWard, Parent: sampleCity}
	}
	return []sampleWard{
		{unit("phuong-mau-a", "A"), 500, -0.20, 0.07, "000.31.35.H24"},
		{unit("phuong-mau-b", "B"), 700, 0.25, 0.02, "000.41.35.H24"},
	}
}

// FillWards gives a store that holds the sample year a city with two more wards,
// so that units and the city's view of them can be tried. A store that is no
// sample is left alone. It may be broken off and called again.
func FillWards(ctx context.Context, svc *server.Service, progress io.Writer) error {
	sample, err := Marked(ctx, svc)
	if err != nil || !sample {
		return err
	}
	switch _, err := svc.Store.Get(ctx, collMeta, wardsKey); {
	case err == nil:
		return nil
	case !errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("reading the demo mark: %w", err)
	}
	if err := svc.PutUnit(ctx, server.Unit{ID: sampleCity, Name: "UBND thành phố Hải Phòng (mẫu)", Level: server.LevelCity}); err != nil {
		return err
	}
	home := server.Unit{ID: svc.Config.Unit, Name: svc.Profile().Full, Level: server.LevelWard, Parent: sampleCity}
	if home.ID == "phu-lien-2024" { // the ward of that name from 1 July 2025 is another one
		home.ValidTo = "2025-06-30"
	}
	if err := svc.PutUnit(ctx, home); err != nil {
		return err
	}
	for _, w := range sampleWards() {
		if err := w.fill(ctx, svc); err != nil {
			return fmt.Errorf("filling %s: %w", w.unit.ID, err)
		}
	}
	body, err := json.Marshal(mark{done, Seed})
	if err != nil {
		return err
	}
	if err := svc.Store.Insert(ctx, collMeta, store.Doc{Key: wardsKey, Body: body}); err != nil && !errors.Is(err, store.ErrExists) {
		return fmt.Errorf("marking the sample wards: %w", err)
	}
	fmt.Fprintf(progress, "  thêm hai phường mẫu và thành phố\n")
	return nil
}

func (w sampleWard) fill(ctx context.Context, svc *server.Service) error {
	if err := svc.PutUnit(ctx, w.unit); err != nil {
		return err
	}
	ward, err := svc.For(ctx, w.unit.ID)
	if err != nil {
		return err
	}
	ds := w.draw()
	if _, err := ward.PutDossiers(ctx, ds); err != nil {
		return err
	}
	if ds, err = returned(ctx, ward); err != nil {
		return err
	}
	say := model(func(d server.Dossier) (Reply, bool) { return simulate(d, generator(Seed, d.Code), w.shift) })
	if w.unit.ID == doubtfulWard {
		say = onlyKiosk(say)
	}
	if _, err = answerAll(ctx, ward, nil, ds, say); err != nil {
		return err
	}
	if w.unit.ID == doubtfulWard {
		if err := keyPaper(ctx, ward); err != nil {
			return err
		}
		if err := dishonest(ctx, ward); err != nil {
			return err
		}
	}
	return handle(ctx, ward)
}

// draw makes the ward's dossiers of 2024.
func (w sampleWard) draw() []server.Dossier {
	r := rand.New(rand.NewPCG(Seed, uint64(len(w.unit.ID))<<32|uint64(w.dossiers)))
	kinds := []struct {
		field, procedure string
		days             int // to the due day; 0 is the same day
		weight           float64
	}{
		{"Chứng thực", "Chứng thực bản sao từ bản chính", 0, 0.55}, {"Hộ tịch", "Đăng ký khai sinh", 1, 0.25},
		{"Bảo trợ xã hội", "Trợ giúp xã hội thường xuyên", 15, 0.12}, {"Người có công", "Xác nhận người có công", 10, 0.08},
	}
	out := make([]server.Dossier, w.dossiers)
	for i := range out {
		day := server.Day("2024-01-02").Add(i * 355 / w.dossiers)
		for wd := day.Time().Weekday(); wd == time.Saturday || wd == time.Sunday; wd = day.Time().Weekday() {
			day = day.Add(1)
		}
		pick, k := r.Float64(), 0
		for k < len(kinds)-1 && pick >= kinds[k].weight {
			pick -= kinds[k].weight
			k++
		}
		kind := kinds[k]
		at := day.Time().Add(8*time.Hour + time.Duration(r.IntN(180))*time.Minute)
		d := server.Dossier{Code: server.DossierCode(fmt.Sprintf("%s-%s-%04d", w.prefix, day.Time().Format("060102"), i+1)),
			Field: kind.field, ProcedureName: kind.procedure, Status: server.StatusReturned, Channel: server.ChannelCounter,
			Officer: fmt.Sprintf("CC%02d", 1+r.IntN(4)), Counter: fmt.Sprintf("Quầy %d", 1+r.IntN(3)), Received: at}
		if r.Float64() < 0.3 {
			d.Channel = server.ChannelOnline
		}
		d.Finished = at.Add(time.Duration(10+r.IntN(100)) * time.Minute)
		if kind.days > 0 {
			d.Due = at.AddDate(0, 0, kind.days)
			d.Finished = at.AddDate(0, 0, kind.days).Add(-time.Hour)
		}
		if r.Float64() < w.late {
			d.Finished = d.Finished.AddDate(0, 0, 2)
		}
		d.Returned = d.Finished.Add(30 * time.Minute)
		out[i] = d
	}
	return out
}
