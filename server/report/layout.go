package report

import (
	"fmt"
	"strings"

	"hailong/server"
)

// A Layout (khổ in) says how slips stand on paper.
type Layout string

// The layouts.
const (
	A4Eight   Layout = "a4-8"       // eight on an A4 sheet, to cut apart
	A4One     Layout = "a4-1"       // one on an A4 sheet, for a window or an envelope
	Thermal80 Layout = "thermal-80" // 80 mm roll, one page a slip, 72 mm printed
)

// Layouts lists them, the default first.
func Layouts() []Layout { return []Layout{A4Eight, A4One, Thermal80} }

// ParseLayout reads a layout's name; "" is the default. The error is server.ErrInvalid.
func ParseLayout(s string) (Layout, error) {
	if s == "" {
		return A4Eight, nil
	}
	var names []string
	for _, l := range Layouts() {
		if s == string(l) {
			return l, nil
		}
		names = append(names, string(l))
	}
	return "", fmt.Errorf("%w: không có khổ in %q, dùng / no such layout, use: %s", server.ErrInvalid, s, strings.Join(names, ", "))
}
