package scoring

// Schema names the layout of a Document. Keys are only ever added to it.
const Schema = "hailong-index/1"

// A Document holds every figure of one tally (văn bản chỉ số). Nothing in it is
// rounded. What does not exist is nil, null in JSON, or left out.
type Document struct {
	Schema          string  `json:"schema"`
	Survey          string  `json:"survey"`
	Target          float64 `json:"target"`
	Confidence      float64 `json:"confidence"`
	SatisfiedLevels []int   `json:"satisfied_levels"`
	Rows            int64   `json:"rows"`
	Answers         int64   `json:"answers"` // respondents

	ResponseRate *ResponseRate `json:"response_rate,omitempty"`
	Finite       *Finite       `json:"finite_population,omitempty"` // of the overall question

	Verdict       Verdict `json:"verdict"`
	VerdictReason string  `json:"verdict_reason"`
	VerdictOn     string  `json:"verdict_on"` // the item or index judged
	Official      bool    `json:"official"`   // the period is closed
	Outlook       Outlook `json:"outlook,omitempty"`

	Items    Keyed[Item]    `json:"items"`
	Elements Keyed[Element] `json:"elements"`

	// The index in its two published forms; see Element.
	IndexMeanOfElements       *float64 `json:"index_mean_of_elements"`
	SEIndexMeanOfElements     *float64 `json:"se_index_mean_of_elements,omitempty"`
	IndexMeanOfElementsPooled *float64 `json:"index_mean_of_elements_pooled"`
	IndexAllCriteria          *Element `json:"index_all_criteria"`

	Reliability    Keyed[Reliability] `json:"reliability,omitempty"`
	Drivers        *Drivers           `json:"drivers,omitempty"`
	OrdinalLogit   *OrdinalLogit      `json:"ordinal_logit,omitempty"`
	Straightlining *Straightlining    `json:"straightlining,omitempty"`

	Needed *Needed `json:"needed,omitempty"`

	WeightedOverall *Weighted `json:"weighted_overall,omitempty"`

	Groups *Groups `json:"groups,omitempty"`
	Days   *Days   `json:"days,omitempty"`
	Trend  *Trend  `json:"trend,omitempty"` // the one of Days

	// Of an answers file: what could not be read.
	Rejected      []Rejection `json:"rejected,omitempty"`
	RejectedCount int64       `json:"rejected_count,omitempty"`
}

// A ResponseRate (tỷ lệ trả lời) is answers over the dossiers that could have
// been rated.
type ResponseRate struct {
	Answers  int64    `json:"answers"`
	Eligible int64    `json:"eligible"`
	Share    *float64 `json:"share"`
	// Implausible says that there are more answers than dossiers: some were not
	// given by people whose dossier was closed.
	Implausible bool `json:"implausible,omitempty"`
}

// An Item is one criterion, or the overall question.
type Item struct {
	Levels        []int64   `json:"levels"` // lowest first
	NotApplicable int64     `json:"not_applicable"`
	Unanswered    int64     `json:"unanswered"`
	Missing       int64     `json:"missing"` // not applicable or unanswered
	N             int64     `json:"n"`       // gave a level
	X             int64     `json:"x"`       // gave a satisfied level
	Share         *float64  `json:"share"`   // x/n
	Net           *float64  `json:"net,omitempty"`
	Mean          *float64  `json:"mean"` // of the level values
	Var           *float64  `json:"var"`  // with n-1; nil for n < 2
	Wilson        *Interval `json:"wilson"`
	AgrestiCoull  *Interval `json:"agresti_coull,omitempty"`

	ClopperPearson *Interval `json:"clopper_pearson,omitempty"`
	Jeffreys       *Interval `json:"jeffreys,omitempty"`

	ProbTrueShareGE090 *float64 `json:"prob_true_share_ge_090"`
	ProbTarget         *float64 `json:"prob_target"` // the same for the document's target
}

// An Element is a group of criteria, or all of them. Its index has two forms,
// which differ when some criteria are skipped more often than others:
//
//   - the mean of the criteria's shares (trung bình tiêu chí), the default;
//   - satisfied answers over answers (gộp câu trả lời).
type Element struct {
	ShareMeanOfCriteria  *float64 `json:"share_mean_of_criteria"`
	SEMeanOfCriteria     *float64 `json:"se_mean_of_criteria,omitempty"`
	SharePooledAnswers   *float64 `json:"share_pooled_answers"`
	Answers              int64    `json:"answers"`
	Satisfied            int64    `json:"satisfied"`
	SEPooledClustered    *float64 `json:"se_pooled_clustered,omitempty"`
	ShareAllSatisfied    *float64 `json:"share_all_criteria_satisfied_complete,omitempty"`
	CompleteRespondents  *int64   `json:"complete_respondents,omitempty"` // its denominator
	CompleteAllSatisfied *int64   `json:"complete_all_satisfied,omitempty"`
	Respondents          *int64   `json:"respondents,omitempty"` // answered a criterion
	CriteriaWithData     int      `json:"criteria_with_data"`
	Weight               float64  `json:"weight"`
}
