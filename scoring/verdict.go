package scoring

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"hailong/scoring/survey"
)

// A Verdict (kết luận) says whether a target is met, as far as the answers can
// say it.
type Verdict string

// The three verdicts.
const (
	Met      Verdict = "met"       // đạt
	NotMet   Verdict = "not_met"   // chưa đạt
	TooEarly Verdict = "too_early" // chưa đủ cơ sở kết luận
)

// MinAnswers is the number of answers under which no verdict is given.
const MinAnswers = 30

// Certainty is the probability a verdict needs, in either direction.
const Certainty = 0.95

// Text names the verdict to a person.
func (v Verdict) Text() survey.Text {
	switch v {
	case Met:
		return survey.Text{VI: "Đạt", EN: "Met"}
	case NotMet:
		return survey.Text{VI: "Chưa đạt", EN: "Not met"}
	}
	return survey.Text{VI: "Chưa đủ cơ sở kết luận", EN: "Too early to say"}
}

// Judge compares the true share behind x satisfied of n with the target. It is
// Met if the probability of at least the target (ProbAtLeast) is 0.95 or more,
// NotMet if it is 0.05 or less, and TooEarly otherwise or under 30 answers.
// The reason is a Vietnamese sentence; see Explain for both languages.
//
// A verdict is for the close of a period: looked at every week, a share of
// exactly 90 % is called met at some time in one period out of four.
func Judge(x, n int64, target float64) (Verdict, string) {
	v, reason := Explain(x, n, target)
	return v, reason.VI
}

// Explain is Judge with the reason in both languages.
func Explain(x, n int64, target float64) (Verdict, survey.Text) {
	if !countable(x, n) {
		return TooEarly, survey.Text{VI: "Chưa có dữ liệu.", EN: "No data."}
	}
	return judge(float64(x), float64(n), n, target)
}

// judge takes effective counts; people is the number who answered.
func judge(x, n float64, people int64, target float64) (Verdict, survey.Text) {
	if people < MinAnswers {
		k := strconv.FormatInt(people, 10)
		return TooEarly, survey.Text{
			VI: "Mới có " + k + " người trả lời, cần ít nhất " + strconv.Itoa(MinAnswers) + " để kết luận.",
			EN: "Only " + k + " answers; a verdict needs at least " + strconv.Itoa(MinAnswers) + ".",
		}
	}
	p := probAtLeast(x, n, target)
	vi := "Xác suất tỷ lệ hài lòng thực đạt từ " + percentVI(target, 1) + " trở lên là " + probVI(p)
	en := "The probability that the true share is " + percentEN(target, 1) + " or more is " + probEN(p)
	switch {
	case p >= Certainty:
		return Met, survey.Text{VI: vi + " (cần ít nhất 95%).", EN: en + " (at least 95% needed)."}
	case p <= 1-Certainty:
		return NotMet, survey.Text{VI: vi + " (từ 5% trở xuống là chưa đạt).", EN: en + " (5% or less means not met)."}
	}
	return TooEarly, survey.Text{
		VI: vi + ": chưa đủ chắc chắn để kết luận đạt (95%) hay chưa đạt (5%).",
		EN: en + ": not certain enough to say met (95%) or not met (5%).",
	}
}

// Reaches reports whether x of n is at least target, exactly: 94.996 % is not
// 95 %. The target is read as the decimal number it prints as, so 0.9 is nine
// tenths. It is false if there is no share.
func Reaches(x, n int64, target float64) bool {
	return countable(x, n) && new(big.Rat).SetFrac64(x, n).Cmp(decimal(target)) >= 0
}

// Exceeds is Reaches with "more than", for the plan's on-time target.
func Exceeds(x, n int64, target float64) bool {
	return countable(x, n) && new(big.Rat).SetFrac64(x, n).Cmp(decimal(target)) > 0
}

// decimal returns the number that f prints as.
func decimal(f float64) *big.Rat {
	r, ok := new(big.Rat).SetString(strconv.FormatFloat(f, 'g', -1, 64))
	if !ok {
		return new(big.Rat)
	}
	return r
}

// percentEN prints a share as a percentage with at most digits decimals, cut
// off, never rounded up: 0.94996 is 94.9 %.
func percentEN(p float64, digits int) string {
	scale := math.Pow(10, float64(digits))
	cut := math.Floor(p*100*scale+1e-9) / scale
	return strconv.FormatFloat(cut, 'f', -1, 64) + "%"
}

func percentVI(p float64, digits int) string {
	return strings.Replace(percentEN(p, digits), ".", ",", 1)
}

// probEN prints a probability without claiming certainty.
func probEN(p float64) string {
	switch {
	case p < 0.001:
		return "under 0.1%"
	case p > 0.999:
		return "over 99.9%"
	}
	return percentEN(p, 1)
}

func probVI(p float64) string {
	switch {
	case p < 0.001:
		return "dưới 0,1%"
	case p > 0.999:
		return "trên 99,9%"
	}
	return percentVI(p, 1)
}
