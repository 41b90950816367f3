package server

import (
	"fmt"
	"maps"
	"slices"

	"hailong/scoring"
	"hailong/scoring/survey"
)

// An answerChunk is the answers of a day, or of a sealed span: by instrument,
// under the names that seals use (see detailSeal). It says nothing of the order
// in which answers came, and holds neither ids nor comments.
type answerChunk struct {
	rows  []answerRows
	aside []answerRows // quarantined
	// reasons are of the short form, those of quarantined answers left out.
	reasons []reasonCount
}

// answerRows are the answers to one instrument.
type answerRows struct {
	name  string
	cells []int32       // the number of each answer's cell
	marks []survey.Mark // of each answer, item after item
	sums  []answerSum
}

// An answerSum is a block of answers of which only counters are known.
type answerSum struct {
	cell  int32
	n     int64
	block []byte
}

// answers is how many there are.
func (r *answerRows) answers() int64 {
	n := int64(len(r.cells))
	for _, s := range r.sums {
		n += s.n
	}
	return n
}

// bytes is about what the chunk takes in memory.
func (a *answerChunk) bytes() int {
	n := 64 + 40*len(a.reasons)
	for _, list := range [][]answerRows{a.rows, a.aside} {
		for _, r := range list {
			n += 96 + 4*cap(r.cells) + cap(r.marks)
			for _, s := range r.sums {
				n += 48 + len(s.block)
			}
		}
	}
	return n
}

// rowsOf returns the rows of a list by the name of their instrument.
func rowsOf(list *[]answerRows, name string) *answerRows {
	i := slices.IndexFunc(*list, func(r answerRows) bool { return r.name == name })
	if i < 0 {
		i = len(*list)
		*list = append(*list, answerRows{name: name})
	}
	return &(*list)[i]
}

func (r *answerRows) add(cell int32, marks survey.Answers) {
	r.cells, r.marks = append(r.cells, cell), append(r.marks, marks...)
}

// A chunking makes chunks.
type chunking struct {
	s     *Service
	cells *cellTable
	empty map[string]*scoring.Tally // by the names of instruments in seals
}

func (s *Service) chunking() *chunking {
	return &chunking{s, &s.memory.of(s.Config.Unit).cells, map[string]*scoring.Tally{}}
}

// seal opens the blocks of a seal.
func (k *chunking) seal(doc sealDoc) (*answerChunk, error) {
	chunk := &answerChunk{reasons: doc.Reasons}
	for _, name := range slices.Sorted(maps.Keys(doc.Surveys)) {
		empty := k.empty[name]
		if empty == nil {
			sv, _, err := k.s.sealedSurvey(name)
			if err != nil {
				return nil, err
			}
			empty = scoring.NewTally(sv)
			k.empty[name] = empty
		}
		cells := doc.Surveys[name]
		r := rowsOf(&chunk.rows, name)
		r.cells = make([]int32, 0, len(cells))
		r.marks = make([]survey.Mark, 0, len(cells)*len(empty.Survey().Items()))
		for _, c := range cells {
			cell := k.cells.number(c.cell(""))
			raw, err := empty.BlockRows(c.Block, func(marks survey.Answers) { r.add(cell, marks) })
			if err != nil {
				return nil, err
			}
			if raw {
				continue
			}
			n, err := scoring.BlockAnswers(c.Block)
			if err == nil {
				err = empty.Fresh().AddBlock(c.Block)
			}
			if err != nil {
				return nil, err
			}
			r.sums = append(r.sums, answerSum{cell, n, c.Block})
		}
	}
	return chunk, nil
}

// add adds a stored answer to the chunk of its day, aside where it is out.
func (k *chunking) add(chunk *answerChunk, a Answer, out bool) error {
	list := &chunk.rows
	if out {
		list = &chunk.aside
	}
	_, marks, err := k.s.marks(a)
	if err != nil {
		return err
	}
	cell := k.cells.number(a.cell())
	rowsOf(list, a.Survey).add(cell, marks)
	if !out && a.Survey == k.s.Survey().ID && len(a.Reasons) > 0 {
		t := reasonTally{}
		for _, r := range chunk.reasons {
			t[[2]string{r.Item, r.Reason}] = r.N
		}
		t.add(k.s.Survey(), marks, a.Reasons)
		chunk.reasons = t.counts()
	}
	if a.Detail == nil {
		return nil
	}
	full, err := k.s.detailed(a)
	if err != nil {
		return err
	}
	if _, marks, err = k.s.marks(full); err != nil {
		return err
	}
	rowsOf(list, full.Survey+detailSeal).add(cell, marks)
	return nil
}

// read makes the chunks of days from the answers themselves. A day without
// answers has none.
func (k *chunking) read(days map[Day]*answerChunk, answers func(yield func(Answer, error) bool), out map[Day]map[string]bool) error {
	for a, err := range answers {
		if err != nil {
			return fmt.Errorf("reading answers: %w", err)
		}
		chunk := days[a.Day]
		if chunk == nil {
			chunk = &answerChunk{}
			days[a.Day] = chunk
		}
		if err := k.add(chunk, a, out[a.Day][a.ID]); err != nil {
			return err
		}
	}
	return nil
}
