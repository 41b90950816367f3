package importer

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"hailong/server"
	"hailong/server/report"
	"hailong/server/store/memory"
)

// paperLine is a row of the sheet: the columns about the form, one sign for each
// item and for each further question, '-' for an empty cell.
func paperLine(number, day any, field, counter, signs string) []any {
	out := []any{number, day, field, counter}
	for _, r := range signs {
		switch {
		case r == '-':
			out = append(out, nil)
		case r >= '0' && r <= '9':
			out = append(out, int(r-'0'))
		default:
			out = append(out, string(r))
		}
	}
	return out
}

const paperGood = "54544455N4554444NN35" + "11235"

// filled fills the rows in below the header of the template.
func filled(t testing.TB, rows ...[]any) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.PaperTemplateXLSX(&b); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i, r := range rows {
		cell, err := excelize.CoordinatesToCellName(1, i+2)
		if err == nil {
			err = f.SetSheetRow("Phiếu", cell, &r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	b.Reset()
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func putPaper(t testing.TB, svc PaperHouse, content string, opt PaperOptions) PaperReport {
	t.Helper()
	r, err := ImportPaper(t.Context(), svc, "phieu.xlsx", strings.NewReader(content), int64(len(content)), opt)
	if err != nil {
		t.Fatal(err)
	}
	if r.Rows != r.New+r.Already+r.Waiting+len(r.Rejected) || r.Rejected == nil {
		t.Errorf("%+v does not add up", r)
	}
	return r
}

func paperCounts(r PaperReport) [5]int {
	return [5]int{r.Rows, r.New, r.Already, r.Waiting, len(r.Rejected)}
}

func paperAnswers(t testing.TB, svc *server.Service) int64 {
	t.Helper()
	doc, err := svc.Index(t.Context(), server.IndexQuery{From: "2024-01-01", To: "2024-12-31", Survey: "sipas-19"})
	if err != nil {
		t.Fatal(err)
	}
	return doc.Answers
}

// The template, filled in and sent: one keying, whose second is another
// person's, by hand or on a sheet, and never the same person's sheet again.
func TestPaperSheetIsOneKeying(t *testing.T) {
	t.Parallel()
	svc := newHouse(t)
	sheet := filled(t,
		paperLine("P-1", 45352, "Hộ tịch", "Quầy 1", paperGood), // 1 March 2024
		paperLine("p-2", "01/03/2024", "", "", "5------------------------"),
		paperLine(3, "2024-03-01", "", "", strings.ToLower(paperGood)))
	for i := range 3 {
		if r := putPaper(t, svc, sheet, PaperOptions{Person: "lan"}); paperCounts(r) != [5]int{3, 0, 0, 3, 0} || paperAnswers(t, svc) != 0 {
			t.Errorf("time %d: %+v, %d answers", i+1, r, paperAnswers(t, svc))
		}
	}
	waiting, err := svc.PaperWaiting(t.Context(), 10)
	want := server.PaperForm{Number: "P-1", Day: "2024-03-01", Field: "Hộ tịch", Counter: "Quầy 1", Signs: paperGood[:20], Further: "11235", By: "xlsx:lan"}
	if err != nil || !slices.Contains(waiting, want) || len(waiting) != 3 {
		t.Errorf("waiting: %+v %v", waiting, err)
	}
	// By hand, by the same person.
	hand := want
	hand.By = "lan"
	if r, err := svc.EnterPaper(t.Context(), hand, server.KeyPaper); err != nil || r.State != server.PaperStored || paperAnswers(t, svc) != 1 {
		t.Errorf("by hand: %+v %v", r, err)
	}
	// Another person's sheet.
	if r := putPaper(t, svc, sheet, PaperOptions{Person: "minh"}); paperCounts(r) != [5]int{3, 2, 1, 0, 0} || paperAnswers(t, svc) != 3 {
		t.Errorf("another person: %+v", r)
	}
	if r := putPaper(t, svc, sheet, PaperOptions{Person: "minh"}); paperCounts(r) != [5]int{3, 0, 3, 0, 0} || paperAnswers(t, svc) != 3 {
		t.Errorf("once more: %+v", r)
	}
	// A stored form with other answers.
	r := putPaper(t, svc, filled(t, paperLine("P-1", 45352, "Hộ tịch", "Quầy 1", "1"+paperGood[1:])), PaperOptions{Person: "lan", Checked: true})
	if len(r.Rejected) != 1 || r.Rejected[0].Column != "Số phiếu" || !strings.Contains(r.Rejected[0].Reason, "đã được lưu với câu trả lời khác") || paperAnswers(t, svc) != 3 {
		t.Errorf("other answers: %+v", r)
	}
}

// A sheet corrected by the same person takes the place of what it said; against
// another person's keying the differing cells are named.
func TestPaperSheetCorrected(t *testing.T) {
	t.Parallel()
	svc := newHouse(t)
	wrong := filled(t, paperLine("P-1", "1/3/2024", "", "", "1"+paperGood[1:19]+"1"+paperGood[20:]))
	right := filled(t, paperLine("P-1", "1/3/2024", "", "", paperGood))
	putPaper(t, svc, wrong, PaperOptions{Person: "lan"})
	if r := putPaper(t, svc, right, PaperOptions{Person: "lan"}); r.Waiting != 1 {
		t.Errorf("corrected: %+v", r)
	}
	r := putPaper(t, svc, wrong, PaperOptions{Person: "minh"})
	if len(r.Rejected) != 1 || !strings.HasPrefix(r.Rejected[0].Column, "1. Cơ quan cung cấp") || r.Rejected[0].Value != "1" ||
		!strings.Contains(r.Rejected[0].Reason, "(bảng tính của lan): lần trước “5”, lần này “1”") || !strings.Contains(r.Rejected[0].Reason, "“Đánh giá chung”: khác") {
		t.Errorf("differs: %+v", r)
	}
	if r := putPaper(t, svc, right, PaperOptions{Person: "minh"}); r.New != 1 || paperAnswers(t, svc) != 1 {
		t.Errorf("agrees: %+v", r)
	}
}

// Compared with the paper, forms are stored at once, whether or not they were
// keyed before.
func TestPaperSheetChecked(t *testing.T) {
	t.Parallel()
	svc := newHouse(t)
	putPaper(t, svc, filled(t, paperLine("P-1", "1/3/2024", "", "", "1"+paperGood[1:])), PaperOptions{Person: "lan"})
	sheet := filled(t, paperLine("P-1", "1/3/2024", "", "", paperGood), paperLine("P-2", "1/3/2024", "", "", paperGood))
	for i, want := range [][5]int{{2, 2, 0, 0, 0}, {2, 0, 2, 0, 0}} {
		if r := putPaper(t, svc, sheet, PaperOptions{Person: "lan", Checked: true}); paperCounts(r) != want || paperAnswers(t, svc) != 2 {
			t.Errorf("time %d: %+v, %d answers", i+1, r, paperAnswers(t, svc))
		}
	}
	if w, err := svc.PaperWaiting(t.Context(), 10); err != nil || len(w) != 0 {
		t.Errorf("still waiting: %v %v", w, err)
	}
}

// Each bad row is told by row and column; the good ones beside it are taken.
func TestPaperSheetMistakes(t *testing.T) {
	t.Parallel()
	const good = paperGood
	for name, tt := range map[string]struct {
		row                   []any
		column, value, reason string
	}{
		"no number":      {paperLine(nil, "1/3/2024", "", "", good), "Số phiếu", "", "thiếu số phiếu"},
		"odd number":     {paperLine("<b>", "1/3/2024", "", "", good), "Số phiếu", "<b>", "Số phiếu gồm chữ, số"},
		"no day":         {paperLine("X", nil, "", "", good), "Ngày trả lời", "", "thiếu ngày"},
		"no such day":    {paperLine("X", "31/02/2024", "", "", good), "Ngày trả lời", "31/02/2024", "không có ngày này"},
		"month first":    {paperLine("X", "12/31/2024", "", "", good), "Ngày trả lời", "12/31/2024", "không có ngày này"},
		"not a day":      {paperLine("X", "hôm qua", "", "", good), "Ngày trả lời", "hôm qua", "không phải ngày"},
		"future":         {paperLine("X", "1/3/2098", "", "", good), "Ngày trả lời", "01/03/2098", "ở tương lai"},
		"a six":          {paperLine("X", "1/3/2024", "", "", "6"+good[1:]), "1. Cơ quan cung cấp thông tin về việc giải quyết TTHC theo nhiều hình thức, dễ tiếp cận, dễ hiểu đối với mọi người dân.", "6", "chỉ dùng 1–5"},
		"a nought":       {paperLine("X", "1/3/2024", "", "", good[:19]+"0"+good[20:]), "Đánh giá chung", "0", "chỉ dùng 1–5"},
		"a fourth":       {paperLine("X", "1/3/2024", "", "", good[:20]+"41235"), "Công chức gây phiền hà, sách nhiễu", "4", "chỉ dùng 1–3"},
		"two faults":     {paperLine(nil, "1/3/2024", "", "", good[:20]+"11295"), "Số phiếu", "", "“Độ tuổi”: chỉ dùng 1–5"},
		"blank":          {paperLine("X", "1/3/2024", "", "", strings.Repeat("-", 25)), "Số phiếu", "X", "không có câu trả lời nào"},
		"long field":     {paperLine("X", "1/3/2024", strings.Repeat("a", 201), "", good), "Lĩnh vực", strings.Repeat("a", 80) + "…", "quá dài"},
		"same number":    {paperLine("ok-1", "1/3/2024", "", "", good), "Số phiếu", "OK-1", "đã có ở dòng 2"},
		"half a mark":    {append(paperLine("X", "1/3/2024", "", "", "")[:4:4], append([]any{4.5}, paperLine("", "", "", "", good[1:])[4:]...)...), "1. Cơ quan cung cấp thông tin về việc giải quyết TTHC theo nhiều hình thức, dễ tiếp cận, dễ hiểu đối với mọi người dân.", "4.5", "chỉ dùng 1–5"},
		"long telephone": {paperLine("0912345678 Nam", "1/3/2024", "", "", good), "Số phiếu", "•••••••••• Nam", "Số phiếu gồm"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			svc := newHouse(t)
			sheet := filled(t, paperLine("OK-1", "1/3/2024", "", "", good), tt.row, paperLine("OK-2", "1/3/2024", "", "", good))
			r := putPaper(t, svc, sheet, PaperOptions{Person: "lan"})
			if r.Rows != 3 || r.Waiting != 2 || len(r.Rejected) != 1 {
				t.Fatalf("%+v", r)
			}
			if x := r.Rejected[0]; x.Row != 3 || x.Column != tt.column || x.Value != tt.value || !strings.Contains(x.Reason, tt.reason) {
				t.Errorf("%+v", x)
			}
		})
	}
}

// What is no sheet of forms is refused as a whole.
func TestPaperSheetRefused(t *testing.T) {
	t.Parallel()
	good := filled(t, paperLine("P-1", "1/3/2024", "", "", paperGood))
	for name, tt := range map[string][2]string{
		"empty":     {"", "tệp rỗng"},
		"csv":       {"Số phiếu,Ngày\n", "không phải tệp XLSX"},
		"cut":       {good[:len(good)-100], "bị hỏng"},
		"dossiers":  {xlsx(t, tableRows{{"Số hồ sơ", "Ngày tiếp nhận"}, {"x", "y"}}, nil), "tải tệp mẫu"},
		"no column": {xlsx(t, tableRows{append([]any{"Số phiếu", "Đánh giá chung"}, itemHeads()...)}, nil), "thiếu cột “Ngày trả lời”"},
	} {
		svc := newHouse(t)
		_, err := ImportPaper(t.Context(), svc, "x", strings.NewReader(tt[0]), int64(len(tt[0])), PaperOptions{Person: "lan"})
		var fault *FileError
		if !errors.As(err, &fault) || !strings.Contains(fault.VI, tt[1]) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Bare numbers are headings too, in any order, below a title.
	sheet := xlsx(t, tableRows{{"Phiếu tháng 3"}, append(append([]any{"Ngày trả lời"}, itemHeads()...), "Đánh giá chung", "Số phiếu"),
		append(append([]any{"1/3/2024"}, paperLine("", "", "", "", paperGood[:20])[4:]...), "P-1")}, nil)
	if r := putPaper(t, newHouse(t), sheet, PaperOptions{Person: "lan"}); r.Waiting != 1 {
		t.Errorf("bare numbers: %+v", r)
	}
}

func itemHeads() []any {
	out := make([]any, 19)
	for i := range out {
		out[i] = i + 1
	}
	return out
}

// Whatever a row holds, it is a form that the service takes as it was read, or
// it has a fault with a column.
func FuzzPaperRow(f *testing.F) {
	f.Add("P-1", "01/03/2024", "Hộ tịch", "54544455N4554444NN3511235")
	f.Add("", "45352", "", "9")
	f.Add("p/7", "2024-03-01", "x", strings.Repeat("-", 25))
	svc, err := server.New(context.Background(), memory.New(), make([]byte, server.SecretSize), server.Config{})
	if err != nil {
		f.Fatal(err)
	}
	columns := server.PaperColumns()
	places := make([]int, len(columns))
	for i := range places {
		places[i] = i
	}
	p := &paperSheet{columns: columns, places: places}
	f.Fuzz(func(t *testing.T, number, day, field, signs string) {
		r := row{number: 2}
		add := func(col int, text string) {
			if text = clean(text); text != "" {
				r.cells = append(r.cells, cell{col: col, text: text})
			}
		}
		add(0, number)
		add(1, day)
		add(2, field)
		col := 4
		for _, s := range signs {
			add(col, string(s))
			col++
		}
		form, faults, empty := p.form(r)
		if empty != (len(r.cells) == 0 || r.cells[0].col >= len(columns)) {
			t.Errorf("empty %v with %d cells", empty, len(r.cells))
		}
		for _, x := range faults {
			if x.column == "" || x.reason == "" {
				t.Errorf("a fault without a place: %+v", x)
			}
		}
		if len(faults) > 0 {
			return
		}
		got, err := svc.ParsePaperForm(form)
		switch {
		case errors.Is(err, server.ErrInvalid):
			var wrong *server.Faults
			if errors.As(err, &wrong) || strings.Contains(err.Error(), "ký tự") {
				t.Errorf("signs that were read are refused: %+v %v", form, err)
			}
		case err != nil:
			t.Error(err)
		case got.Signs != form.Signs || got.Day != form.Day:
			t.Errorf("%+v became %+v", form, got)
		}
	})
}
