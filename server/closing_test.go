package server_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"hailong/scoring"
	"hailong/server"
	"hailong/server/store"
	"hailong/server/store/memory"
)

// answered puts n answers of a day, of which x are satisfied.
func (h *house) answered(t testing.TB, day server.Day, name string, x, n int) {
	t.Helper()
	var as []server.Answer
	for i := range n {
		mark := "2"
		if i < x {
			mark = "5"
		}
		as = append(as, server.Answer{ID: fmt.Sprintf("%s%04d", name, i), Unit: h.Config.Unit, Survey: "sipas-short", Day: day, Lane: server.LaneSlip,
			Field: "Hộ tịch", Counter: "Quầy 3", Marks: map[string]string{"overall": mark, "access": "4", "feedback": "N"}})
	}
	if _, err := h.PutAnswers(t.Context(), as); err != nil {
		t.Fatal(err)
	}
}

func (h *house) period(t testing.TB, id string) server.Period {
	t.Helper()
	p, err := h.Period(id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (h *house) report(t testing.TB, p server.Period) *server.PeriodReport {
	t.Helper()
	r, err := h.PeriodReport(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A closed period keeps its figures: a late answer stands beside them as an
// amendment. Reopening needs a reason, and the reason stays.
func TestClosePeriod(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.period(t, "2024-Q1")
	h.put(t, returned(1, "2024-02-01", "2024-02-05"), returned(2, "2024-02-01", "2024-02-06"))
	h.answered(t, "2024-02-05", "a", 40, 42)
	h.set("2024-04-02 10:00:00")

	c, err := h.ClosePeriod(t.Context(), p, "", "Nguyễn Thị Hạnh")
	if err != nil {
		t.Fatal(err)
	}
	if c.Number != 1 || c.From != "2024-01-01" || c.To != "2024-03-31" || c.Method != server.MethodVersion || len(c.SHA256) != 64 {
		t.Errorf("closed as %+v", c)
	}
	if _, err := h.ClosePeriod(t.Context(), p, "", "ai đó"); !errors.Is(err, server.ErrClosed) {
		t.Errorf("closing twice: %v", err)
	}
	r := h.report(t, p)
	if it, _ := r.Figures.Total.Items.Get("overall"); r.Closed == nil || it.X != 40 || it.N != 42 || r.Amendment != nil {
		t.Errorf("closed report: %+v %+v", it, r.Amendment)
	}
	before, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}

	h.set("2024-04-10 10:00:00")
	h.answered(t, "2024-03-30", "b", 1, 12)
	late := returned(3, "2024-03-01", "2024-03-10")
	late.Due = at("2024-03-08 17:00:00")
	h.put(t, late)
	r = h.report(t, p)
	if it, _ := r.Figures.Total.Items.Get("overall"); it.X != 40 || it.N != 42 {
		t.Errorf("the frozen figures moved: %+v", it)
	}
	a := r.Amendment
	if a == nil || a.AsOf != "2024-04-10" || a.Hidden || a.Answers != 12 || a.Now.X != 41 || a.Now.N != 54 || a.Frozen.X != 40 || a.Frozen.OnTime.N != 2 || a.Now.OnTime.N != 3 || a.Now.OnTime.X != 2 {
		t.Errorf("amendment %+v", a)
	}
	after, err := r.JSON()
	if err != nil || string(after) == string(before) || !strings.Contains(string(after), `"amendment"`) {
		t.Errorf("the document does not show the amendment: %v", err)
	}

	if _, err := h.ReopenPeriod(t.Context(), p, "Hạnh", "  "); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("reopening without a reason: %v", err)
	}
	if _, err := h.ReopenPeriod(t.Context(), p, "Hạnh", "Nhập thiếu phiếu giấy tháng 3"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.ReopenPeriod(t.Context(), p, "Hạnh", "lần nữa"); !errors.Is(err, server.ErrClosed) {
		t.Errorf("reopening twice: %v", err)
	}
	r = h.report(t, p)
	if it, _ := r.Figures.Total.Items.Get("overall"); r.Closed != nil || it.N != 54 || len(r.History) != 2 || r.History[1].Reason != "Nhập thiếu phiếu giấy tháng 3" {
		t.Errorf("after reopening: %+v", r.History)
	}
	if c, err := h.ClosePeriod(t.Context(), p, "", "Hạnh"); err != nil || c.Number != 3 {
		t.Errorf("closing again: %+v %v", c, err)
	}
}

// A period that runs is frozen up to yesterday, one that has not begun cannot
// be closed, and a sign-off has a name.
func TestCloseEarly(t *testing.T) {
	t.Parallel()
	h := newHouse(t) // 15 January
	p := h.period(t, "2024-Q1")
	if _, err := h.ClosePeriod(t.Context(), h.period(t, "2024-Q2"), "", "Hạnh"); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("closing the future: %v", err)
	}
	for _, to := range []server.Day{"2024-01-20", "2023-12-31"} {
		if _, err := h.ClosePeriod(t.Context(), p, to, "Hạnh"); !errors.Is(err, server.ErrInvalid) {
			t.Errorf("closing to %s: %v", to, err)
		}
	}
	if _, err := h.ClosePeriod(t.Context(), p, "", " "); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("closing without a name: %v", err)
	}
	c, err := h.ClosePeriod(t.Context(), p, "", "Hạnh")
	if err != nil || c.To != "2024-01-14" {
		t.Errorf("closed to %s: %v", c.To, err)
	}
	r := h.report(t, p)
	if d := r.Figures.Total; d.Answers != 0 || d.OnTime.Share != nil || d.Verdict != scoring.TooEarly || r.Figures.Before != nil || r.Figures.YearBefore != nil {
		t.Errorf("an empty period says %+v", d)
	}
}

func TestPeriods(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		id       string
		cut      int
		from, to server.Day
		name     string
	}{
		{"2024-Q1", 0, "2024-01-01", "2024-03-31", "Quý I năm 2024"},
		{"2024-H1", 0, "2024-01-01", "2024-06-30", "6 tháng đầu năm 2024"},
		{"2024-Q3", 0, "2024-07-01", "2024-09-30", "Quý III năm 2024"},
		{"2024", 0, "2024-01-01", "2024-12-31", "năm 2024"},
		{"2024-Q1", 14, "2023-12-15", "2024-03-14", "Quý I năm 2024"},
		{"2024-H1", 14, "2023-12-15", "2024-06-14", "6 tháng đầu năm 2024"},
		{"2024-Q3", 14, "2024-06-15", "2024-09-14", "Quý III năm 2024"},
		{"2024", 14, "2023-12-15", "2024-12-14", "năm 2024"},
		{"2024-Q1", 27, "2023-12-28", "2024-03-27", "Quý I năm 2024"},
	} {
		svc, err := server.New(t.Context(), memory.New(), make([]byte, server.SecretSize), server.Config{CutOffDay: tt.cut})
		if err != nil {
			t.Fatal(err)
		}
		p, err := svc.Period(tt.id)
		if err != nil || p.From != tt.from || p.To != tt.to || p.Name() != tt.name {
			t.Errorf("%s cut at %d: %+v %q %v", tt.id, tt.cut, p, p.Name(), err)
		}
	}
	for _, bad := range []server.Config{{CutOffDay: 28}, {CutOffDay: -1}, {Profile: "2026-nuoc"}} {
		if _, err := server.New(t.Context(), memory.New(), make([]byte, server.SecretSize), bad); !errors.Is(err, server.ErrInvalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// The plan's four reports and their days; the unit decides whom they are for.
func TestDuePeriods(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	due, err := h.DuePeriods(2024)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range due {
		got = append(got, d.ID+" "+string(d.Before))
	}
	if s := strings.Join(got, ", "); s != "2024-Q1 2024-03-05, 2024-H1 2024-06-05, 2024-Q3 2024-09-05, 2024 2024-12-05" {
		t.Errorf("due: %s", s)
	}
	if p := h.Profile(); p.ID != "2024-quan" || !strings.Contains(p.Addressee, "quận Kiến An") {
		t.Errorf("profile %+v", p)
	}
	h.Config.Unit = "phu-lien-2025"
	if p := h.Profile(); p.ID != "2025-thanh-pho" || !strings.Contains(p.Addressee, "thành phố Hải Phòng") {
		t.Errorf("profile %+v", p)
	}
	h.Config.Unit = "khac-2030"
	if p := h.Profile(); p.Full != "khac-2030" {
		t.Errorf("profile %+v", p)
	}
	h.Config.Profile = "2025-thanh-pho"
	if p := h.Profile(); p.Unit != "khac-2030" || p.ID != "2025-thanh-pho" {
		t.Errorf("profile %+v", p)
	}
}

func TestReportTexts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.period(t, "2024-Q1")
	long := strings.Repeat("Đề nghị bổ sung máy quét & <bàn>. ", 600) // some 20,000 characters
	if err := h.PutReportTexts(t.Context(), p, server.ReportTexts{Proposals: long, Causes: "a\r\nb\x00\x0bc\te\u0302\u0301"}, "hanh"); err != nil {
		t.Fatal(err)
	}
	got, err := h.ReportTexts(t.Context(), p)
	if err != nil || got.Proposals != strings.TrimSpace(long) || got.Causes != "a\nbc ế" || got.By != "hanh" || got.Version != 1 {
		t.Errorf("got %.80q %q %v", got.Proposals, got.Causes, err)
	}
	if err := h.PutReportTexts(t.Context(), p, server.ReportTexts{Causes: "x"}, "other"); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a text written over one not read: %v", err)
	}
	got.Measures = "Bố trí thêm người"
	if err := h.PutReportTexts(t.Context(), p, got, "hanh"); err != nil {
		t.Error(err)
	}
	if err := h.PutReportTexts(t.Context(), p, server.ReportTexts{Version: 2, Causes: strings.Repeat("á", server.MaxReportText+1)}, "hanh"); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("too long: %v", err)
	}
}

// What could single somebody out does not leave the house: not a small field,
// nor what would give it back, nor what a few late answers were. A field that
// nobody answered about hides nobody.
func TestPeriodFiguresHideSmall(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set("2024-04-02 10:00:00")
	p := h.period(t, "2024-Q1")
	quiet := returned(1, "2024-02-01", "2024-02-05")
	quiet.Field = "Nuôi con nuôi"
	h.put(t, quiet)
	h.answered(t, "2024-02-05", "a", 40, 60)
	var few []server.Answer
	for field, n := range map[string]int{"Đất đai": 2, "Người có công": 15, "Chứng thực": 50} {
		for i := range n {
			few = append(few, server.Answer{ID: fmt.Sprint(field, i), Unit: h.Config.Unit, Survey: "sipas-short", Day: "2024-02-06", Lane: server.LaneSlip, Field: field, Marks: map[string]string{"overall": []string{"5", "2"}[i%2]}})
		}
	}
	if _, err := h.PutAnswers(t.Context(), few); err != nil {
		t.Fatal(err)
	}
	f := h.report(t, p).Figures
	hidden := map[string]bool{}
	for _, part := range f.Total.Parts {
		hidden[part.Key[server.ByField]] = part.Hidden
	}
	if want := map[string]bool{"Đất đai": true, "Người có công": true, "Chứng thực": false, "Hộ tịch": false, "Nuôi con nuôi": false}; !maps.Equal(hidden, want) {
		t.Errorf("hidden %v, want %v", hidden, want)
	}
	if f.Mix != nil || f.Total.Hidden || f.Answers != 127 {
		t.Errorf("mix %v, total hidden %v, %d answers", f.Mix, f.Total.Hidden, f.Answers)
	}

	if _, err := h.ClosePeriod(t.Context(), p, "", "Hạnh"); err != nil {
		t.Fatal(err)
	}
	h.answered(t, "2024-03-05", "z", 0, 3)
	if a := h.report(t, p).Amendment; a == nil || !a.Hidden || a.Answers != 3 || a.Now.N != 0 {
		t.Errorf("three late answers: %+v", a)
	}

	h = newHouse(t)
	h.set("2024-04-02 10:00:00")
	h.answered(t, "2024-02-05", "a", 3, 9)
	r := h.report(t, p)
	if it, _ := r.Figures.Total.Items.Get("overall"); !r.Figures.Total.Hidden || it.N != 0 || r.Figures.Answers != 9 {
		t.Errorf("nine answers: %+v", it)
	}
	b, err := r.JSON()
	if err != nil || !strings.Contains(string(b), `"hidden": true`) {
		t.Errorf("the document does not say hidden: %v", err)
	}
}
