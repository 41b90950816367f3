package server_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"hailong/server"
)

func TestMask(t *testing.T) {
	t.Parallel()
	officers := []string{"Nguyễn Thị Lan", "CC07"}
	slip, err := server.NewSlipCode(bytes.NewReader([]byte("0123456789abcde")))
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"CCCD 031099001234 của tôi":         "CCCD [số giấy tờ] của tôi",
		"căn cước 031 099 001 234.":         "căn cước [số giấy tờ].",
		"CMND 031234567":                    "CMND [số giấy tờ]",
		"gọi 0912345678 nhé":                "gọi [số điện thoại] nhé",
		"gọi 0912 345 678":                  "gọi [số điện thoại]",
		"gọi 0912.345.678.":                 "gọi [số điện thoại].",
		"gọi 091-234-5678":                  "gọi [số điện thoại]",
		"gọi +84 912 345 678":               "gọi [số điện thoại]",
		"gọi (+84)912345678":                "gọi [số điện thoại]",
		"gọi 84912345678":                   "gọi [số điện thoại]",
		"gọi 0084.912.345.678":              "gọi [số điện thoại]",
		"máy bàn (0225) 3876 543":           "máy bàn [số điện thoại]",
		"gọi ０９１２３４５６７８":                    "gọi [số điện thoại]",
		"gọi 0912\u200b345\u200b678":        "gọi [số điện thoại]",
		"hồ sơ 000.21.35.H24-240115-0012 ạ": "hồ sơ [mã hồ sơ] ạ",
		"hồ sơ h24.35.21-240115-0012":       "hồ sơ [mã hồ sơ]",
		"hồ sơ H24.35-240115–00123":         "hồ sơ [mã hồ sơ]",
		"phiếu " + slip.Text() + " của tôi": "phiếu [mã phiếu] của tôi",
		"phiếu " + slip.Fours():             "phiếu [mã phiếu]",
		"phiếu " + strings.ToLower(strings.ReplaceAll(slip.Fours(), "-", " ")): "phiếu [mã phiếu]",
		"biên nhận 7K2MP-4QWXZ":                 "biên nhận [mã biên nhận]",
		"thư lan.nguyen@haiphong.gov.vn nhé":    "thư [thư điện tử] nhé",
		"xe 15A-123.45 đỗ chắn cửa":             "xe [biển số xe] đỗ chắn cửa",
		"xe 15-B1 234.56":                       "xe [biển số xe]",
		"xe 16H-1234":                           "xe [biển số xe]",
		"xe 15MĐ1-123.45":                       "xe [biển số xe]",
		"Chị Nguyễn Thị Lan rất tốt":            "Chị [tên công chức] rất tốt",
		"nguyen thi lan quát tháo":              "[tên công chức] quát tháo",
		"cô Lan quát tháo":                      "[tên công chức] quát tháo",
		"chi thi Lan":                           "[tên công chức]",
		"CC07 đòi tiền":                         "[tên công chức] đòi tiền",
		"hoa lan ở sảnh đẹp":                    "hoa lan ở sảnh đẹp",
		"đòi 100.000.000 đồng":                  "đòi 100.000.000 đồng",
		"đòi 500000000đ":                        "đòi 500000000đ",
		"chờ từ 8 giờ 30 đến 11 giờ 15/01/2024": "chờ từ 8 giờ 30 đến 11 giờ 15/01/2024",
		"Quầy số 3, mất 50.000 đồng":            "Quầy số 3, mất 50.000 đồng",
		"xin cám ơn các anh chị nhiều":          "xin cám ơn các anh chị nhiều",
		"":                                      "",
	} {
		if got := server.Mask(in, officers); got != want {
			t.Errorf("Mask(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"Nghĩa vụ": "nghia vu", "ĐƯỜNG": "duong", "nghi\u0303a": "nghia"} {
		if got := server.Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

// What is masked holds no long run of digits that is not a sum, and masking
// again changes nothing.
func FuzzMask(f *testing.F) {
	for _, s := range []string{"0912 345 678", "+84(912)345.678", "000.21.35.H24-240115-0012", "a@b.vn", "15A-123.45", "chị Lan 031099001234", "\xff\x00", "١٢٣٤٥٦٧٨٩٠", "1.000.000.000đ"} {
		f.Add(s)
	}
	run := regexp.MustCompile(`[0-9]{9,}`)
	f.Fuzz(func(t *testing.T, s string) {
		got := server.Mask(s, []string{"Nguyễn Thị Lan"})
		if !utf8.ValidString(got) {
			t.Errorf("Mask(%q) is not UTF-8: %q", s, got)
		}
		for _, at := range run.FindAllStringIndex(server.Fold(got), -1) {
			if rest := strings.TrimLeft(server.Fold(got)[at[1]:], " "); !strings.HasPrefix(rest, "d") && !strings.HasPrefix(rest, "vnd") {
				t.Errorf("Mask(%q) = %q holds a number", s, got)
			}
		}
		if strings.Contains(server.Fold(got), "nguyen thi lan ") {
			t.Errorf("Mask(%q) = %q holds a name", s, got)
		}
	})
}
