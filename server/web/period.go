package web

import (
	"fmt"
	"html/template"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"hailong/server"
)

// A period (kỳ) is what a page's figures are about. It lives in the address:
// ?ky=2024-Q1, or ?tu=2024-02-01&den=2024-03-15.
type period struct {
	Key      string // "" for a span that was chosen freely
	From, To server.Day
	Label    string
}

var monthKey = regexp.MustCompile(`^(?:19|20)\d\d-(?:0[1-9]|1[0-2])$`)

var roman = [...]string{"I", "II", "III", "IV"}

// parsePeriod reads what server.ParsePeriod reads, and months: 2024-03.
func parsePeriod(key string) (period, bool) {
	if monthKey.MatchString(key) {
		from := server.Day(key + "-01")
		return period{key, from, from.Add(31 - from.Add(31).Time().Day()), "Tháng " + monthText(key)}, true
	}
	p, err := server.ParsePeriod(key)
	if err != nil {
		return period{}, false
	}
	year, part, _ := strings.Cut(key, "-")
	label := "Năm " + year
	switch {
	case part == "H1":
		label = "6 tháng đầu năm " + year
	case part == "H2":
		label = "6 tháng cuối năm " + year
	case part != "":
		label = "Quý " + roman[part[1]-'1'] + "/" + year
	}
	return period{key, p.From, p.To, label}, true
}

// maxSpan is the longest period that may be asked for, in days.
const maxSpan = 10*366 + 1

// parseSpan reads a free span of days, ISO as a date field sends them or
// dd/mm/yyyy as people type them. The error is for the person who asked.
func parseSpan(from, to string) (period, error) {
	f, err := parseDay(from)
	if err != nil {
		return period{}, err
	}
	t, err := parseDay(to)
	if err != nil {
		return period{}, err
	}
	switch {
	case f > t:
		return period{}, fmt.Errorf("%w: Ngày đầu %s sau ngày cuối %s", server.ErrInvalid, f.VI(), t.VI())
	case f.Add(maxSpan) < t:
		return period{}, fmt.Errorf("%w: Khoảng thời gian dài hơn mười năm", server.ErrInvalid)
	}
	return period{From: f, To: t, Label: daysText(f, t)}, nil
}

func parseDay(s string) (server.Day, error) {
	s = strings.TrimSpace(s)
	for _, layout := range []string{"2006-01-02", "2/1/2006"} {
		if t, err := time.ParseInLocation(layout, s, server.Zone); err == nil && t.Year() >= 1900 {
			return server.DayOf(t), nil
		}
	}
	return "", fmt.Errorf("%w: Ngày phải viết như 31/12/2024", server.ErrInvalid)
}

// choosePeriod finds the period a request asks for, or else the given year.
// Where what was asked for cannot be right, the year comes back with a sentence
// that says why.
func choosePeriod(q url.Values, year int) (p period, problem string) {
	p, _ = parsePeriod(fmt.Sprintf("%04d", year))
	switch {
	case q.Get("tu") != "" || q.Get("den") != "":
		span, err := parseSpan(q.Get("tu"), q.Get("den"))
		if err != nil {
			return p, strings.TrimPrefix(err.Error(), server.ErrInvalid.Error()+": ") + "."
		}
		return span, ""
	case q.Get("ky") != "":
		asked, ok := parsePeriod(q.Get("ky"))
		if !ok {
			return p, "Không có kỳ báo cáo như vậy."
		}
		return asked, ""
	}
	return p, ""
}

// query is the period as it stands in an address.
func (p period) query() string {
	if p.Key != "" {
		return url.Values{"ky": {p.Key}}.Encode()
	}
	return url.Values{"tu": {string(p.From)}, "den": {string(p.To)}}.Encode()
}

// file is the period as it stands in a file's name.
func (p period) file() string {
	if p.Key != "" {
		return p.Key
	}
	return string(p.From) + "_" + string(p.To)
}

// filter passes the days of the period.
func (p period) filter() server.Filter { return server.Within(p.From, p.To) }

// wholeMonths reports whether the period begins and ends with a month.
func (p period) wholeMonths() bool {
	return p.From.Month() != p.From.Add(-1).Month() && p.To.Month() != p.To.Add(1).Month()
}

// over reports whether the period has ended.
func (p period) over(today server.Day) bool { return p.To < today }

// lastMonths returns the n months that end with the period's last one, as days
// and as keys, oldest first. A period that ends in the future ends today here.
func (p period) lastMonths(n int, today server.Day) (from, to server.Day, months []string) {
	end := min(p.To, today)
	t := end.Time()
	first := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, server.Zone).AddDate(0, 1-n, 0)
	for i := range n {
		months = append(months, server.DayOf(first.AddDate(0, i, 0)).Month())
	}
	return server.DayOf(first), server.DayOf(first.AddDate(0, n, -1)), months
}

// A periodLink is one entry of the period chooser. Its query is encoded already:
// as a plain string, a template would encode it again, and the link would ask
// for nothing.
type periodLink struct {
	Label   string
	Query   template.URL
	Current bool
}

func newPeriodLink(label, key, value string, current bool) periodLink {
	return periodLink{label, template.URL(url.Values{key: {value}}.Encode()), current}
}

// A periodChooser is the row of periods above the figures.
type periodChooser struct {
	Label    string
	Days     string
	Years    []periodLink
	Parts    []periodLink // of the chosen year
	From, To string       // of the free span
	Free     bool
	Fixed    bool // no free span
	Problem  string
	Ongoing  bool         // the period has not ended
	Query    template.URL // encoded
	Path     string       // of the page that shows it
	Keep     []option     // fields that the form of a free span carries along
}

func newPeriodChooser(p period, problem string, ext server.Extent, today server.Day) periodChooser {
	ch := periodChooser{Label: p.Label, From: string(p.From), To: string(p.To), Free: p.Key == "", Problem: problem, Ongoing: !p.over(today), Query: template.URL(p.query())}
	if p.Key != "" {
		ch.Days = daysText(p.From, p.To)
	}
	if ext.First == "" || ext.First > today {
		ext.First, ext.Last = today, today
	}
	link := func(key, label string) periodLink {
		return newPeriodLink(label, "ky", key, key == p.Key)
	}
	to, from := min(ext.Last, today).Time().Year(), ext.First.Time().Year()
	for y := max(from, to-4); y <= to; y++ {
		ch.Years = append(ch.Years, link(strconv.Itoa(y), strconv.Itoa(y)))
	}
	year := strconv.Itoa(p.From.Time().Year())
	for i, q := range roman {
		ch.Parts = append(ch.Parts, link(year+"-Q"+strconv.Itoa(i+1), "Quý "+q))
		if i == 1 {
			ch.Parts = append(ch.Parts, link(year+"-H1", "6 tháng"))
		}
	}
	return ch
}
