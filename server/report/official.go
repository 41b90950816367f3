package report

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"hailong/server"
)

// An official (văn bản hành chính) is a report in the form of NĐ 30/2020/NĐ-CP,
// before it is set: what OfficialDOCX, OfficialPDF and a preview have in common.
type official struct {
	authority, body string // letterhead, left
	number, place   string
	title, subject  string
	addressee       []string
	blocks          []block
	recipients      []string
	signer          []string
	name            string
	annexes         []annex
	demo            bool
	made            time.Time
	lines           []string // what is said under the title of every annex
	nation, motto   string
	onBehalf        string
}

// An annex (phụ lục) stands on landscape pages with numbers of its own.
type annex struct {
	number, title string
	blocks        []block
}

// A block is one of heading, paragraph, table, picture.
type block interface{ isBlock() }

type heading struct {
	level int // 1: I., 2: 1.
	text  string
}

type paragraph struct {
	runs   []run
	plain  bool // no first-line indent
	centre bool
	keep   bool // with what follows
}

// A run is text of one style.
type run struct {
	text         string
	bold, italic bool
}

type table struct {
	columns []column
	rows    [][]string
	strong  int // so many first rows are bold
	// sections are the rows that stand over those that follow, in bold.
	sections []int
}

// bold reports whether a row is bold, and section whether it goes with the next.
func (t table) bold(row int) bool    { return row < t.strong || t.section(row) }
func (t table) section(row int) bool { return slices.Contains(t.sections, row) }

type column struct {
	head  string
	width float64 // relative
	right bool
}

type picture struct {
	png           []byte
	width, height float64 // mm
	alt           string
}

func (heading) isBlock()   {}
func (paragraph) isBlock() {}
func (table) isBlock()     {}
func (picture) isBlock()   {}

// say is a paragraph of plain text.
func say(text string) paragraph { return paragraph{runs: []run{{text: text}}} }

// led is a paragraph whose first words are bold.
func led(lead, text string) paragraph {
	return paragraph{runs: []run{{text: lead + " ", bold: true}, {text: text}}}
}

// caption is a line over a table or a chart.
func caption(text string) paragraph {
	return paragraph{runs: []run{{text: text, italic: true}}, plain: true, centre: true, keep: true}
}

// officialDate is the date of an official paper: days under 10 and the months
// January and February are padded, so that no digit can be added.
func officialDate(t time.Time) string {
	t = t.In(server.Zone)
	month := strconv.Itoa(int(t.Month()))
	if t.Month() <= time.February {
		month = "0" + month
	}
	return "ngày " + t.Format("02") + " tháng " + month + " năm " + t.Format("2006")
}

// newOfficial writes the report in Vietnamese prose, its pictures drawn or only
// named.
func newOfficial(r *server.PeriodReport, demo, paint bool) (official, error) {
	w := &writer{r: r, demo: demo, paint: paint, fig: reportFigures(r, demo)}
	w.list = w.fig.list()
	charts, err := newCharts(w)
	if err != nil {
		return official{}, err
	}
	p := r.Profile
	signer := r.Texts.Signer
	if signer == "" {
		signer = p.Signer
	}
	o := official{
		authority: p.Authority, body: p.Body, nation: "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", motto: "Độc lập - Tự do - Hạnh phúc",
		number: "Số: " + orBlank(r.Texts.Number) + "/" + p.Symbol, place: p.Place + ", " + officialDate(r.Made),
		title: "BÁO CÁO", subject: "Kết quả đo lường sự hài lòng của người dân, doanh nghiệp và tình hình giải quyết thủ tục hành chính " + r.Period.Name(),
		addressee: strings.Split(p.Addressee, "\n"), recipients: p.Recipients,
		onBehalf: "TM. " + p.Authority, signer: strings.Split(signer, "\n"), name: r.Texts.Name,
		demo: demo, made: r.Made, blocks: w.body(charts), annexes: w.annexes(),
		lines: []string{"(Kèm theo Báo cáo số " + orBlank(r.Texts.Number) + "/" + p.Symbol + " " + officialDate(r.Made) + " của " + p.Name + ")"},
	}
	return o, nil
}

func orBlank(number string) string {
	if number == "" {
		return "        "
	}
	return number
}

// reportFigures are the lines of the report's tables, the same as the exports'.
func reportFigures(r *server.PeriodReport, demo bool) *Figures {
	f := r.Figures
	name := r.Period.Name()
	return &Figures{Office: r.Profile.Full, Period: strings.ToUpper(name[:1]) + name[1:], Made: r.Made, Demo: demo, Survey: r.Survey,
		Total: f.Total, Without: f.Without, Trend: f.Trend, Lanes: f.Lanes, Months: f.Months, Mix: f.Mix, Counters: f.Counters, Report: f}
}
