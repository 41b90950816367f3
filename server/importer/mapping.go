package importer

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"hailong/server"
)

// A Mapping says what a file means where its wording alone does not.
type Mapping struct {
	// Columns gives, for the header as it stands in the file, the column that
	// it is, or "" for one to be left alone.
	Columns map[string]Column
	// Statuses and Channels give more wordings of statuses and channels.
	Statuses map[string]server.Status
	Channels map[string]server.Channel
}

// maxMapping is the largest mapping file, in bytes.
const maxMapping = 1 << 20

// ReadMapping reads a mapping file:
//
//	columns:              # the header in the file, then the column
//	  Mã tra cứu: code
//	  Ngày vào sổ: received
//	  Ngày nhận: "-"      # not to be used
//	statuses:             # the wording in the file, then the number
//	  Trả lại hồ sơ: 3
//	channels:
//	  Zalo: 2
//
// The columns may also stand alone without the line "columns:", and each may
// be written the other way round, "code: Mã tra cứu". Columns that hold
// something about the person cannot be asked for.
func ReadMapping(path string) (Mapping, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Mapping{}, fmt.Errorf("không đọc được tệp ánh xạ / reading the mapping: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxMapping {
		return Mapping{}, fmt.Errorf("tệp ánh xạ phải là một tệp YAML nhỏ / the mapping must be a small YAML file: %s", path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return Mapping{}, fmt.Errorf("không đọc được tệp ánh xạ / reading the mapping: %w", err)
	}
	m, err := ParseMapping(b)
	if err != nil {
		return Mapping{}, fmt.Errorf("tệp ánh xạ %s / mapping: %w", path, err)
	}
	return m, nil
}

// ParseMapping reads the text of a mapping file.
func ParseMapping(b []byte) (Mapping, error) {
	var doc map[string]any
	b = bytes.TrimPrefix(b, []byte(utf8Mark)) // as Notepad writes it
	if err := yaml.Unmarshal(b, &doc); err != nil {
		return Mapping{}, fmt.Errorf("không phải YAML / not YAML: %w", err)
	}
	m := Mapping{map[string]Column{}, map[string]server.Status{}, map[string]server.Channel{}}
	for key, v := range doc {
		var err error
		switch group, _ := v.(map[string]any); {
		case group == nil:
			err = m.addColumn(key, v)
		case key == "columns":
			for k, v := range group {
				if err = m.addColumn(k, v); err != nil {
					break
				}
			}
		case key == "statuses":
			err = addNumbers(m.Statuses, server.StatusReturned, group)
		case key == "channels":
			err = addNumbers(m.Channels, server.ChannelPost, group)
		default:
			err = fmt.Errorf("không có mục %q; dùng columns, statuses, channels / no such section; use columns, statuses, channels", key)
		}
		if err != nil {
			return Mapping{}, err
		}
	}
	return m, nil
}

func (m Mapping) addColumn(key string, v any) error {
	label, name := key, fmt.Sprint(v)
	if _, ok := columnNamed(name); !ok && name != "-" {
		if _, ok := columnNamed(key); !ok {
			return fmt.Errorf("%q: %s: không có cột này; các cột là %s / no such column", key, name, columnNames())
		}
		label, name = name, key
	}
	if v == nil || strings.TrimSpace(label) == "" {
		return fmt.Errorf("%q: thiếu tên cột / lacks a name", key)
	}
	column, _ := columnNamed(name) // "" for "-"
	key = fold(label)
	if column != "" && slices.ContainsFunc(personal, func(p string) bool { return strings.Contains(key, p) }) {
		return fmt.Errorf("%q chứa thông tin cá nhân, không được nhập / holds personal data and is never read", label)
	}
	m.Columns[label] = column
	return nil
}

func addNumbers[T ~int](into map[string]T, highest T, group map[string]any) error {
	for k, v := range group {
		n := T(number(fmt.Sprint(v)))
		if n < 1 || n > highest {
			return fmt.Errorf("%q: %v phải là số từ 1 đến %d / must be a number from 1 to %d", k, v, highest, highest)
		}
		into[k] = n
	}
	return nil
}

func columnNamed(name string) (Column, bool) {
	for _, k := range columnKinds() {
		if string(k.column) == name {
			return k.column, true
		}
	}
	return "", false
}

func columnNames() string {
	var names []string
	for _, k := range columnKinds() {
		names = append(names, string(k.column))
	}
	return strings.Join(names, ", ")
}
