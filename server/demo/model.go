package demo

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/rand/v2"

	"hailong/scoring/instrument"
	"hailong/server"
)

// Seed is the seed of the sample year's answers.
const Seed uint64 = 2024_0119

// A Reply is what a citizen of the model says.
type Reply struct {
	Day     server.Day
	Lane    server.Lane
	Given   map[string]string // item id to level or N
	Detail  map[string]string // criteria of one element, where the citizen went on to them
	Reasons []string          // why not satisfied, where the kiosk asked
	Device  string            // of a kiosk that is known
	Comment string
	Lang    string
}

// The numbers of the model; the package comment explains them.
const (
	base        = 1.25
	sdPerson    = 0.8
	sdItem      = 0.6
	sharedNoise = 0.7 // of the variance of the overall's residual, from the elements

	probKiosk        = 0.35
	probNextDay      = 0.60
	maxLag           = 10
	probNothingToSay = 0.55
	probSkipped      = 0.04
	probStraight     = 0.06
	probComplains    = 0.25
	probPraises      = 0.06
	probEnglish      = 0.01
	probGoesOn       = 0.30
	probOtherLevel   = 0.25
)

// thresholds: y at or above thresholds[k] is level k+2 or higher.
var thresholds = [4]float64{-1.35, -0.75, 0, 1.15}

// An item of the short instrument with what moves it.
type item struct {
	id      string
	effect  float64
	officer float64 // a
	late    float64 // b
	weight  float64 // w, in the overall's residual
}

var elements = [5]item{
	{"access", -0.05, 0, 0.3, 1},
	{"procedure", -0.05, 0, 0.6, 2},
	{"official", 0.10, 1, 0.3, 4},
	{"result", 0, 0, 1.3, 5},
	{"feedback", -0.25, 0, 0.3, 1},
}

var overall = item{"overall", 0, 0.5, 1, 0}

// probAnswers is the probability that a returned dossier is rated.
func probAnswers(d server.Dossier) float64 {
	r := 0.60
	switch d.Field {
	case "Chứng thực":
		r = 0.62
	case "Hộ tịch":
		r = 0.66
	case "Bảo trợ xã hội":
		r = 0.70
	case "Người có công":
		r = 0.55
	case "Giảm nghèo":
		r = 0.50
	}
	switch d.Channel {
	case server.ChannelOnline:
		r *= 0.75
	case server.ChannelPost:
		r *= 0.60
	}
	return r
}

// eta is the linear predictor of an item.
func eta(d server.Dossier, it item) float64 {
	y := base + it.effect
	switch d.Field {
	case "Chứng thực":
		y += 0.40
	case "Hộ tịch":
		y -= 0.15
	case "Bảo trợ xã hội":
		y -= 0.50
	case "Người có công":
		y -= 0.25
	case "Giảm nghèo":
		y -= 0.60
	}
	switch d.Counter {
	case "Quầy 1":
		y += 0.10
	case "Quầy 3":
		y -= 0.20
	}
	switch d.Officer {
	case "CC01":
		y += it.officer * 0.15
	case "CC03":
		y -= it.officer * 0.20
	case "CC04":
		y += it.officer * 0.05
	}
	day := d.ReturnDay().Time()
	month := int(day.Month())
	y += 0.02 * (float64(month) - 6.5)
	switch month {
	case 1:
		y -= 0.10
	case 7:
		y -= 0.15
	case 8:
		y -= 0.20
	}
	if d.Punctuality(day) == server.Late {
		y -= it.late
	}
	return y
}

// level cuts the latent satisfaction into 1…5.
func level(y float64) int {
	l := 1
	for _, t := range thresholds {
		if y >= t {
			l++
		}
	}
	return l
}

// Simulate draws what the citizen of a returned dossier says, and false where
// he or she says nothing. The same dossier always gives the same.
func Simulate(d server.Dossier) (Reply, bool) {
	return simulate(d, generator(Seed, d.Code), 0)
}

// generator is the dossier's own source of chance.
func generator(seed uint64, code server.DossierCode) *rand.Rand {
	b := binary.BigEndian.AppendUint64([]byte("hailong/demo/"), seed)
	h := sha256.Sum256(append(b, code...))
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(h[:]), binary.BigEndian.Uint64(h[8:])))
}

func simulate(d server.Dossier, r *rand.Rand, shift float64) (Reply, bool) {
	if r.Float64() >= probAnswers(d) {
		return Reply{}, false
	}
	reply := Reply{Lane: server.LaneSlip, Lang: "vi", Day: d.ReturnDay()}
	if d.Channel == server.ChannelCounter && r.Float64() < probKiosk {
		reply.Lane = server.LaneKiosk
	} else {
		lag := 0
		for lag < maxLag && r.Float64() < probNextDay {
			lag++
		}
		reply.Day = reply.Day.Add(lag)
	}
	if r.Float64() < probEnglish {
		reply.Lang = "en"
	}

	person := sdPerson * r.NormFloat64()
	var levels [len(elements)]int
	var mixed, squares float64
	for j, it := range elements {
		e := r.NormFloat64()
		levels[j] = level(eta(d, it) + shift + person + sdItem*e)
		mixed += it.weight * e
		squares += it.weight * it.weight
	}
	e := math.Sqrt(sharedNoise)*mixed/math.Sqrt(squares) + math.Sqrt(1-sharedNoise)*r.NormFloat64()
	whole := level(eta(d, overall) + shift + person + sdItem*e)
	straight := r.Float64() < probStraight

	reply.Given = map[string]string{overall.id: digit(whole)}
	worst := 0
	for j, it := range elements {
		if levels[j] < levels[worst] {
			worst = j
		}
		nothing := it.id == "feedback" && r.Float64() < probNothingToSay
		skipped := r.Float64() < probSkipped
		switch {
		case straight:
			reply.Given[it.id] = digit(whole)
		case skipped:
		case nothing:
			reply.Given[it.id] = "N"
		default:
			reply.Given[it.id] = digit(levels[j])
		}
	}
	reply.Comment = comment(r, whole, elements[worst].id, reply.Lang)
	if reply.Lane == server.LaneKiosk {
		reply.Reasons = reasons(r, d, reply.Given)
	} else if r.Float64() < probGoesOn {
		reply.Detail = criteria(r, reply.Given)
	}
	return reply, true
}

// criteria draws what is said to the criteria of one element: most are as the
// element, some a level off. Which element it is does not follow from the slip, as
// on the page: codes are random, and the figures must not be.
func criteria(r *rand.Rand, given map[string]string) map[string]string {
	el := instrument.Full().Elements[r.IntN(len(elements))]
	out := map[string]string{}
	for _, c := range el.Criteria {
		mark := given[el.ID]
		if mark == "" {
			continue
		}
		if mark != "N" && r.Float64() < probOtherLevel {
			mark = digit(min(max(int(mark[0]-'0')+1-2*r.IntN(2), 1), 5))
		}
		out[c.ID] = mark
	}
	return out
}

func digit(level int) string { return string(rune('0' + level)) }
