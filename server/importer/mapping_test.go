package importer

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hailong/server"
)

func TestMapping(t *testing.T) {
	t.Parallel()
	const content = "Mã tra cứu,Ngày vào sổ,Ngày nhận,Tình hình,Kiểu nộp\n" +
		code1 + ",15/01/2024,16/01/2024,Trả lại hồ sơ,Zalo\n"
	for name, text := range map[string]string{
		"sections": "columns:\n  Mã tra cứu: code\n  NGÀY VÀO SỔ: received\n  Tình hình: status\n  Kiểu nộp: channel\nstatuses:\n  Trả lại hồ sơ: 3\nchannels:\n  Zalo: 2\n",
		"notepad":  "\ufeffcode: Mã tra cứu\r\nreceived: Ngày vào sổ\r\nstatus: Tình hình\r\nchannel: Kiểu nộp\r\nstatuses:\r\n  Trả lại hồ sơ: 3\r\nchannels:\r\n  Zalo: 2\r\n",
		"turned":   "code: Mã tra cứu\nreceived: Ngày vào sổ\nstatus: Tình hình\nchannel: Kiểu nộp\nstatuses: {trả lại HỒ SƠ: 3}\nchannels: {Zalo: 2}\n",
		"flat":     "Mã tra cứu: code\nNgày vào sổ: received\nTình hình: status\nKiểu nộp: channel\nNgày nhận: \"-\"\nstatuses: {Trả lại hồ sơ: \"3\"}\nchannels: {zalo: 2}\n",
	} {
		m, err := ParseMapping([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		svc := newHouse(t)
		r := mustPut(t, svc, content, Options{Mapping: m})
		d := dossiers(t, svc)[code1]
		if r.New != 1 || d.Status != server.StatusRefused || d.Channel != server.ChannelOnline || server.DayOf(d.Received) != "2024-01-15" {
			t.Errorf("%s: %+v, %+v", name, r, d)
		}
	}
}

// A mapping overrules the wording of the file, and may take a column away.
func TestMappingOverrules(t *testing.T) {
	t.Parallel()
	const content = "Số hồ sơ,Ngày tiếp nhận,Ngày vào sổ,Trạng thái,Lĩnh vực\n" + code1 + ",15/01/2024,16/01/2024,10,Hộ tịch\n"
	m, err := ParseMapping([]byte("Ngày vào sổ: received\nLĩnh vực: \"-\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	svc := newHouse(t)
	mustPut(t, svc, content, Options{Mapping: m})
	if d := dossiers(t, svc)[code1]; server.DayOf(d.Received) != "2024-01-16" || d.Field != "" {
		t.Errorf("%+v", d)
	}
}

func TestMappingRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Mã tra cứu: mã":               "không có cột này",
		"Người nộp hồ sơ: officer":     "thông tin cá nhân",
		"officer: Số điện thoại":       "thông tin cá nhân",
		"statuses: {Xong: 11}":         "từ 1 đến 10",
		"channels: {Zalo: trực tuyến}": "từ 1 đến 3",
		"other: {a: b}":                "không có mục",
		"code:":                        "thiếu tên cột",
		"- a\n- b":                     "không phải YAML",
		"a: [":                         "không phải YAML",
	} {
		if m, err := ParseMapping([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v; want %q", text, m, err, want)
		}
	}
	if _, err := ReadMapping(t.TempDir()); err == nil {
		t.Error("a directory is taken for a mapping")
	}
	path := filepath.Join(t.TempDir(), "map.yaml")
	if err := os.WriteFile(path, []byte("Mã tra cứu: code\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if m, err := ReadMapping(path); err != nil || !maps.Equal(m.Columns, map[string]Column{"Mã tra cứu": ColCode}) {
		t.Errorf("%v, %v", m, err)
	}
}

func FuzzMapping(f *testing.F) {
	f.Add([]byte("columns: {Mã tra cứu: code}\nstatuses: {Xong: 9}\nchannels: {Zalo: 2}\n"))
	f.Add([]byte("code: Mã tra cứu\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseMapping(b)
		if err != nil {
			return
		}
		for label, c := range m.Columns {
			for _, p := range personal {
				if c != "" && strings.Contains(fold(label), p) {
					t.Errorf("%q may be read as %s", label, c)
				}
			}
		}
	})
}
