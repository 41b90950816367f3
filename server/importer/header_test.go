package importer

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"hailong/server"
)

// labels makes one row of a sheet.
func labels(n int, texts ...string) row {
	r := row{number: n}
	for i, s := range texts {
		if s = clean(s); s != "" {
			r.cells = append(r.cells, cell{col: i, text: s})
		}
	}
	return r
}

func TestColumnWordings(t *testing.T) {
	t.Parallel()
	d := newDictionary(Mapping{})
	seen := map[string]Column{}
	for _, k := range columnKinds() {
		for _, w := range k.wordings {
			if other, twice := seen[fold(w)]; twice && other != k.column {
				t.Errorf("%q is both %s and %s", w, other, k.column)
			}
			seen[fold(w)] = k.column
			for _, p := range personal {
				if strings.Contains(fold(w), p) && k.column != ColReturned {
					t.Errorf("%q looks like a personal column (%s)", w, p)
				}
			}
			for _, form := range []string{w, strings.ToUpper(w), norm.NFD.String(w), "  " + w + " ", strings.ReplaceAll(w, " ", "\n"), w + " (*)", w + " (dd/mm/yyyy)", w + ":"} {
				if got, ok := d.column(clean(form)); !ok || got.column != k.column {
					t.Errorf("%q is %q, want %q", form, got.column, k.column)
				}
			}
		}
	}
}

func TestHeaderOfOtherSystems(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		rows []row
		want map[Column]int
		row  int
	}{
		{"order and wording", []row{labels(1, "TT", "Tình trạng hồ sơ", "Hạn trả", "Thời gian tiếp nhận", "Mã hồ sơ", "Chủ hồ sơ")},
			map[Column]int{ColStatus: 1, ColDue: 2, ColReceived: 3, ColCode: 4}, 1},
		{"alternatives in one cell", []row{labels(3, "Số hồ sơ/Mã hồ sơ", "Ngày nhận", "TRẠNG THÁI")},
			map[Column]int{ColCode: 0, ColReceived: 1, ColStatus: 2}, 3},
		{"the more telling wording wins", []row{labels(1, "Ngày nộp", "Ngày tiếp nhận", "Số biên nhận", "Số hồ sơ", "Trạng thái")},
			map[Column]int{ColReceived: 1, ColCode: 3, ColStatus: 4}, 1},
		{"two rows", []row{labels(4, "Số hồ sơ", "Họ tên", "Ngày", "", "", "Trạng thái"), labels(5, "", "", "tiếp nhận", "hẹn trả", "trả kết quả", "")},
			map[Column]int{ColCode: 0, ColReceived: 2, ColDue: 3, ColReturned: 4, ColStatus: 5}, 5},
		{"two rows, the lower one tells all", []row{labels(4, "STT", "Hồ sơ", "", "Trạng thái", "Thời gian"), labels(5, "", "Số hồ sơ", "Ngày tiếp nhận", "", "Ngày hẹn trả")},
			map[Column]int{ColCode: 1, ColReceived: 2, ColStatus: 3, ColDue: 4}, 5},
		{"the first dossier is not a second row of the header", []row{labels(1, "Số hồ sơ", "Ngày nhận", "Trạng thái", "Loại"), labels(2, "000.21.35.H24-240115-0012", "15/01/2024", "Tiếp nhận", "Dịch vụ công")},
			map[Column]int{ColCode: 0, ColReceived: 1, ColStatus: 2}, 1},
		{"the last row", []row{labels(1, "DANH SÁCH HỒ SƠ"), labels(30, "Số hồ sơ", "Ngày nhận", "Trạng thái")},
			map[Column]int{ColCode: 0, ColReceived: 1, ColStatus: 2}, 30},
	} {
		h, ok := newDictionary(Mapping{}).find(tt.rows)
		if !ok || h.row != tt.row || len(h.column) != len(tt.want) {
			t.Errorf("%s: %+v, %t", tt.name, h, ok)
		}
		for c, col := range tt.want {
			if p, ok := h.column[c]; !ok || p.col != col {
				t.Errorf("%s: %s is in column %d (%t), want %d", tt.name, c, p.col, ok, col)
			}
		}
	}
	for name, rows := range map[string][]row{
		"too far down":   {labels(31, "Số hồ sơ", "Ngày nhận", "Trạng thái")},
		"no status":      {labels(1, "Số hồ sơ", "Ngày nhận")},
		"nothing":        nil,
		"only in a text": {labels(1, "Bảng này có Số hồ sơ, Ngày nhận và Trạng thái")},
	} {
		if h, ok := newDictionary(Mapping{}).find(rows); ok {
			t.Errorf("%s: found %+v", name, h)
		}
	}
}

func TestPersonalColumnsAreNotKnown(t *testing.T) {
	t.Parallel()
	d := newDictionary(Mapping{})
	for _, label := range []string{"Người nộp hồ sơ", "Họ và tên", "Chủ hồ sơ", "Số điện thoại", "Địa chỉ", "Số CCCD", "CMND", "Email", "Ghi chú",
		"Ngày sinh", "Tên hồ sơ", "Trích yếu", "Người nhận kết quả", "Tổ chức, cá nhân nộp hồ sơ", "Thời hạn giải quyết"} {
		if w, ok := d.column(label); ok {
			t.Errorf("%q is read as %s", label, w.column)
		}
	}
}

func FuzzHeader(f *testing.F) {
	f.Add("Số hồ sơ|Ngày nhận|Trạng thái\nSố hồ sơ|Ngày|\n|tiếp nhận|hẹn trả")
	f.Add("(1)|(2)|(3)")
	f.Fuzz(func(t *testing.T, s string) {
		var rows []row
		for i, l := range strings.Split(s, "\n") {
			rows = append(rows, labels(i+1, strings.Split(l, "|")...))
		}
		h, ok := newDictionary(Mapping{}).find(rows)
		if !ok {
			return
		}
		if h.row < 1 || h.row > headerRows+1 || h.row > len(rows) {
			t.Errorf("header on row %d", h.row)
		}
		for _, c := range []Column{ColCode, ColReceived, ColStatus} {
			if _, ok := h.column[c]; !ok {
				t.Errorf("a header without %s", c)
			}
		}
	})
}

func TestFold(t *testing.T) {
	t.Parallel()
	for _, group := range [][]string{
		{"Huỷ", "Hủy", "HUỶ", "hủy", norm.NFD.String("Huỷ"), " h u ỷ "},
		{"Đã trả kết quả", "ĐÃ TRẢ KẾT QUẢ", "đa tra ket qua", norm.NFD.String("Đã trả kết quả"), "Đã trả\u00a0kết quả."},
		{"Hoà", "Hòa"},
	} {
		for _, s := range group {
			if fold(s) != fold(group[0]) {
				t.Errorf("fold(%q) = %q, fold(%q) = %q", s, fold(s), group[0], fold(group[0]))
			}
		}
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a":                         "a",
		"":                          "",
		" ":                         "",
		"a  b":                      "a b",
		" a\r\n\tb\u00a0":           "a b",
		norm.NFD.String("Phù Liễn"): "Phù Liễn",
		"\ufeffSTT":                 "STT",
		"a\u200bb":                  "ab",
		"a\x00b\x1b[31m":            "a b [31m",
		"=cmd()":                    "=cmd()",
		"<script>{{x}}$where":       "<script>{{x}}$where",
	} {
		if got := clean(text); got != want {
			t.Errorf("clean(%q) = %q, want %q", text, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		once := clean(rapid.String().Draw(t, "text"))
		if twice := clean(once); twice != once {
			t.Fatalf("%q becomes %q when cleaned again", once, twice)
		}
	})
}

func TestShownBlotsOutNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0900000001":                "••••••••••",
		"001087012345 Nguyễn":       "•••••••••••• Nguyễn",
		"000.21.35.H24-240115-0012": "000.21.35.H24-240115-0012",
		"31/02/2024 08:00:00":       "31/02/2024 08:00:00",
		strings.Repeat("á", 100):    strings.Repeat("á", 80) + "…",
	} {
		if got := shown(text); got != want {
			t.Errorf("shown(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestVocabulary(t *testing.T) {
	t.Parallel()
	w := statusWordings()
	for text, want := range map[string]server.Status{
		"Đã trả kết quả": 10, "đã trả kết quả ": 10, "10": 10, "10. Đã trả kết quả": 10, "10 - Đã trả kết quả": 10, "(10)": 0,
		"9": 9, "09": 9, "0": 0, "11": 0, "100": 0, "9 - Đã trả kết quả": 0, "10a": 0,
		"Huỷ": 8, "Hủy": 8, "HUỶ": 8, "Đã huỷ": 8, "Dừng xử lý": 8, "dung xu ly": 8,
		"Tạm dừng": 0, "Trả lại hồ sơ": 0, "": 0, "Đang xử lý (quá hạn)": 4, "Được tiếp nhận": 2,
	} {
		if got := w.find(text); got != want {
			t.Errorf("status %q = %d, want %d", text, got, want)
		}
	}
	for s := server.StatusNew; s <= server.StatusReturned; s++ {
		if got := w.find(strings.ToUpper(norm.NFD.String(s.String()))); got != s {
			t.Errorf("status %q = %d, want %d", s, got, s)
		}
	}
	c := channelWordings()
	for text, want := range map[string]server.Channel{"Trực tiếp": 1, "trực tuyến": 2, "BCCI": 3, "Bưu chính công ích": 3, "2": 2, "4": 0, "Zalo": 0} {
		if got := c.find(text); got != want {
			t.Errorf("channel %q = %d, want %d", text, got, want)
		}
	}
}
