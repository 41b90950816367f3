package web

import (
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"hailong/server"
)

// A selection is what part of the figures a page is about: a period and
// filters. All of it lives in the address, so that a view can be sent on,
// printed with its address and come back to.
type selection struct {
	period period
	step   string // thang, tuan, ngay
	only   map[server.Dimension]string
	noEasy bool             // without chứng thực
	by     server.Dimension // what the table below is broken down by
}

// The dimensions that can be filtered and broken down by, with their names in
// the address and on the page.
var selectable = [...]struct {
	dim         server.Dimension
	param, name string
	all         string // the choice that does not filter
}{
	{server.ByField, "linhvuc", "Lĩnh vực", "Mọi lĩnh vực"},
	{server.ByProcedure, "thutuc", "Thủ tục", "Mọi thủ tục"},
	{server.ByCounter, "quay", "Quầy", "Mọi quầy"},
	{server.ByOfficer, "congchuc", "Công chức", "Mọi công chức"},
	{server.ByChannel, "hinhthuc", "Hình thức nộp", "Mọi hình thức"},
	{server.ByLane, "kenh", "Kênh trả lời", "Mọi kênh"},
}

// The steps of a trend.
const (
	stepMonth = "thang"
	stepWeek  = "tuan"
	stepDay   = "ngay"
)

// The longest spans that are shown by week and by day, in days.
const (
	mostWeeks = 3 * 366
	mostDays  = 366
)

// parseSelection reads filters and steps; what cannot be is left out with a
// sentence that says why.
func parseSelection(q url.Values, p period) (s selection, problem string) {
	s = selection{period: p, step: q.Get("buoc"), only: map[server.Dimension]string{}, noEasy: q.Get("ct") == "khong"}
	for _, d := range selectable {
		if v := clip(strings.TrimSpace(q.Get(d.param)), 200); v != "" {
			if d.dim == server.ByChannel {
				n, _ := strconv.Atoi(v)
				v = server.Channel(n).String()
			}
			if v != "" {
				s.only[d.dim] = v
			}
		}
		if q.Get("theo") == d.param {
			s.by = d.dim
		}
	}
	for _, d := range selectable {
		if (s.by == "" || s.only[s.by] != "") && s.only[d.dim] == "" {
			s.by = d.dim
		}
	}
	days := p.days()
	officer := s.only[server.ByOfficer] != ""
	switch {
	case s.step == stepDay && officer || s.step == stepWeek && officer:
		problem = "Số liệu của một công chức chỉ xem được theo tháng, để không ai nhận ra người trả lời."
		s.step = stepMonth
	case s.step == stepDay && days > mostDays:
		problem = "Theo ngày chỉ xem được tối đa một năm: đang hiển thị theo tuần."
		s.step = stepWeek
	case s.step == stepWeek && days > mostWeeks:
		problem = "Theo tuần chỉ xem được tối đa ba năm: đang hiển thị theo tháng."
	case s.step == stepMonth, s.step == stepWeek, s.step == stepDay:
		return s, ""
	case officer || days > 120:
		s.step = stepMonth
	case days > 31:
		s.step = stepWeek
	default:
		s.step = stepDay
	}
	if s.step == stepWeek && days > mostWeeks {
		s.step = stepMonth
	}
	return s, problem
}

// days is the length of the period.
func (p period) days() int {
	return int(p.To.Add(1).Time().Sub(p.From.Time()).Hours()/24 + 0.5)
}

// filter passes the cells of the selection and its period.
func (s selection) filter() server.Filter {
	f := s.period.filter()
	for d, v := range s.only {
		f = f.And(server.Only(d, v))
	}
	if s.noEasy {
		f = f.And(server.NotEasy())
	}
	return f
}

// grain is the coarsest that the selection can be read with.
func (s selection) grain() server.Grain {
	if s.step == stepMonth && s.period.wholeMonths() {
		return server.GrainMonth
	}
	return server.GrainDay
}

// values is the selection as it stands in an address.
func (s selection) values() url.Values {
	v, err := url.ParseQuery(s.period.query())
	if err != nil {
		v = url.Values{}
	}
	v.Set("buoc", s.step)
	for _, d := range selectable {
		if s.only[d.dim] != "" {
			v.Set(d.param, paramOf(d.dim, s.only[d.dim]))
		}
		if s.by == d.dim {
			v.Set("theo", d.param)
		}
	}
	if s.noEasy {
		v.Set("ct", "khong")
	}
	return v
}

// with is the query of the selection with one thing changed; "" takes it out.
func (s selection) with(param, value string) template.URL {
	v := s.values()
	v.Del(param)
	if value != "" {
		v.Set(param, value)
	}
	return template.URL(v.Encode())
}

// into is the address of the selection narrowed to one part of what it is
// broken down by, and broken down by the next thing. Officers are not seen by
// week or day.
func (s selection) into(value string) string {
	v := s.values()
	v.Del("theo")
	if s.by == server.ByOfficer {
		v.Del("buoc")
	}
	for _, d := range selectable {
		if d.dim == s.by {
			v.Set(d.param, paramOf(d.dim, value))
		}
	}
	return "?" + v.Encode()
}

// paramOf writes a part's value for an address: channels by their number.
func paramOf(d server.Dimension, value string) string {
	if d == server.ByChannel {
		for c := server.ChannelCounter; c <= server.ChannelPost; c++ {
			if c.String() == value {
				return strconv.Itoa(int(c))
			}
		}
	}
	return value
}

// partName writes a part's value for people.
func partName(d server.Dimension, value string, procedure func(string) string) string {
	switch {
	case value == "" && d == server.ByField:
		return fieldName("")
	case value == "":
		return "Chưa rõ"
	case d == server.ByLane:
		return server.Lane(value).String()
	case d == server.ByProcedure:
		return procedure(value)
	}
	return value
}

// text names the filters, "" where there is none.
func (s selection) text(procedure func(string) string) string {
	var parts []string
	for _, d := range selectable {
		if v := s.only[d.dim]; v != "" {
			parts = append(parts, partName(d.dim, v, procedure))
		}
	}
	if s.noEasy {
		parts = append(parts, "không tính Chứng thực")
	}
	return strings.Join(parts, " · ")
}

// A selectView is one filter of the page.
type selectView struct {
	Param, Name string
	Options     []option
}

// selects lists the filters with the parts that have something in the period,
// and what is chosen.
func (s selection) selects(parts map[server.Dimension][]string, procedure func(string) string) []selectView {
	var out []selectView
	for _, d := range selectable {
		values, ok := parts[d.dim]
		if !ok {
			continue
		}
		if v := s.only[d.dim]; v != "" && !slices.Contains(values, v) {
			values = append(values, v)
		}
		view := selectView{Param: d.param, Name: d.name, Options: []option{{Label: d.all, Chosen: s.only[d.dim] == ""}}}
		for _, v := range values {
			view.Options = append(view.Options, option{Value: paramOf(d.dim, v), Label: partName(d.dim, v, procedure), Chosen: v == s.only[d.dim]})
		}
		if d.dim == server.ByField || d.dim == server.ByProcedure || d.dim == server.ByCounter || d.dim == server.ByOfficer {
			server.SortByName(view.Options[1:], func(o option) string { return o.Label })
		}
		out = append(out, view)
	}
	return out
}
