package scoring_test

import (
	"fmt"

	"hailong/scoring"
	"hailong/scoring/instrument"
	"hailong/scoring/survey"
)

// A tally is filled one person at a time and evaluated as often as one likes.
func Example() {
	t := scoring.NewTally(instrument.Short())
	for range 46 { // access, procedure, official, result, feedback, overall
		t.Add(survey.Answers{5, 4, 5, 5, survey.NotApplicable, 5})
	}
	for range 2 {
		t.Add(survey.Answers{4, 2, 3, 4, 2, 3})
	}
	d := scoring.Evaluate(t, scoring.Options{Closed: true, Lang: "en"})
	overall, _ := d.Items.Get("overall")
	fmt.Printf("%d of %d, %s, %s\n", overall.X, overall.N, scoring.PercentText(*overall.Share, d.Target, "en"), d.Verdict)
	fmt.Println(d.VerdictReason)
	// Output:
	// 46 of 48, 95.83%, too_early
	// The probability that the true share is 90% or more is 92.3%: not certain enough to say met (95%) or not met (5%).
}

func ExampleTally_Merge() {
	s := instrument.Short()
	monday, tuesday := scoring.NewTally(s), scoring.NewTally(s)
	monday.Add(survey.Answers{5, 5, 5, 5, 5, 5})
	tuesday.Add(survey.Answers{3, 4, 4, 4, 4, 3})
	if err := monday.Merge(tuesday); err != nil {
		fmt.Println(err)
	}
	x, n, _ := monday.Overall()
	fmt.Println(x, "of", n)
	// Output: 1 of 2
}

func ExampleWilson() {
	i, ok := scoring.Wilson(9, 10)
	fmt.Printf("%.4f %.4f %v\n", i.Lo, i.Hi, ok)
	_, ok = scoring.Wilson(0, 0)
	fmt.Println(ok)
	// Output:
	// 0.5958 0.9821 true
	// false
}

func ExampleJudge() {
	for _, c := range [][2]int64{{29, 29}, {95, 100}, {91, 100}, {84, 100}} {
		v, _ := scoring.Judge(c[0], c[1], 0.9)
		fmt.Println(c[0], "of", c[1], v)
	}
	// Output:
	// 29 of 29 too_early
	// 95 of 100 met
	// 91 of 100 too_early
	// 84 of 100 not_met
}

func ExampleProbAtLeast() {
	fmt.Printf("%.3f\n", scoring.ProbAtLeast(91, 100, 0.9))
	// Output: 0.615
}

func ExampleSatisfiedInARow() {
	m, ok := scoring.SatisfiedInARow(850, 1000, 0.9)
	fmt.Println(m, ok)
	_, ok = scoring.SatisfiedInARow(850, 1000, 1)
	fmt.Println(ok)
	// Output:
	// 500 true
	// false
}

func ExampleNewGroups() {
	g := scoring.NewGroups([]scoring.GroupCount{
		{Name: "Quầy 1", X: 570, N: 600},
		{Name: "Quầy 2", X: 540, N: 600},
		{Name: "Quầy 3", X: 400, N: 600},
		{Name: "Quầy 4", X: 9, N: 10},
	}, 0.9)
	for _, f := range g.Entries {
		fmt.Printf("%s %.3f shrunk to %.3f %s\n", f.Name, *f.Share, *f.PosteriorMean, f.Verdict)
	}
	fmt.Printf("phi %.0f\n", *g.Phi)
	// Output:
	// Quầy 1 0.950 shrunk to 0.948 met
	// Quầy 2 0.900 shrunk to 0.899 too_early
	// Quầy 3 0.667 shrunk to 0.670 not_met
	// Quầy 4 0.900 shrunk to 0.872 too_early
	// phi 51
}

func ExampleNewDays() {
	d := scoring.NewDays([]scoring.PeriodCount{
		{Period: "2024-01", X: 180, N: 200}, {Period: "2024-02", X: 178, N: 200},
		{Period: "2024-03", X: 183, N: 200}, {Period: "2024-04", X: 140, N: 200},
		{Period: "2024-05", X: 181, N: 200}, {Period: "2024-06", X: 179, N: 200},
	}, 3)
	fmt.Println("out:", d.Out)
	// Output: out: [2024-04]
}

func ExampleKitagawa() {
	// Every kind of case is as well liked as before; there are more hard ones.
	s := scoring.Kitagawa([]scoring.MixCell{
		{Name: "chứng thực", X0: 95, N0: 100, X1: 38, N1: 40},
		{Name: "đất đai", X0: 70, N0: 100, X1: 112, N1: 160},
	})
	fmt.Printf("%.3f = mix %.3f + rate %.3f\n", *s.Change, *s.Mix, *s.Rate)
	// Output: -0.075 = mix -0.075 + rate 0.000
}

func ExampleSuppress() {
	n := [][]int64{{40, 6}, {35, 50}, {60, 44}}
	x := [][]int64{{36, 5}, {30, 45}, {50, 40}}
	s, _ := scoring.Suppress(x, n, scoring.SuppressionRules{})
	fmt.Println(s.Cells) // the six, and three more, so that totals do not give it back
	// Output: [[true true] [true true] [false false]]
}

func ExampleCircularTally_Unit() {
	var t scoring.CircularTally
	for index := 1; index <= scoring.CircularIndices; index++ {
		points := 2
		if index > 6 {
			points = 1
		}
		if err := t.Add(index, points); err != nil {
			fmt.Println(err)
		}
	}
	u := t.Unit()
	fmt.Println(u.Points(), u.Class)
	// Output: 15 xuat_sac
}
