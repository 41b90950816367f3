package server_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"hailong/server"
)

// The order of the Vietnamese alphabet with its tones (ngang, huyền, hỏi, ngã, sắc,
// nặng), as in the dictionary of Hoàng Phê and in the CLDR's rules for vi.
func TestSortByName(t *testing.T) {
	t.Parallel()
	want := []string{
		"An Biên", "An Hải", "Ăn", "Ân Thi", "Ba Đình", "Cát Hải", "Chứng thực", "Dương Kinh", "Đất đai", "Đồ Sơn", "Êm", "Hộ tịch", "Lê Chân",
		"ma", "mà", "mả", "mã", "má", "mạ", "Ngô Quyền", "Ô tô", "Ơn", "Phù Liễn", "Quầy 2", "Quầy 10", "Thủy Nguyên", "Ủy ban", "Ưu", "Vĩnh Bảo", "Xây dựng", "Ý Yên",
	}
	for seed := range uint64(20) {
		got := slices.Clone(want)
		rand.New(rand.NewPCG(1, seed)).Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
		server.SortByName(got, func(s string) string { return s })
		if !slices.Equal(got, want) {
			t.Fatalf("%q", got)
		}
	}
	type unit struct{ id, name string }
	same := []unit{{"b", "x"}, {"a", "x"}}
	server.SortByName(same, func(u unit) string { return u.name })
	if same[0].id != "b" {
		t.Error("equal names changed places")
	}
}

func BenchmarkSortByName(b *testing.B) {
	names := []string{"Hộ tịch", "Đất đai", "Chứng thực", "Xây dựng", "Quầy 10", "Quầy 2"}
	for b.Loop() {
		server.SortByName(slices.Clone(names), func(s string) string { return s })
	}
}
