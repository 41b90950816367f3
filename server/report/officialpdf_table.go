package report

// table sets rows that are never cut, and its head again on every page.
func (s *setter) table(t table) {
	const size, pad = 11.5, 1.3
	total := 0.0
	for _, c := range t.columns {
		total += c.width
	}
	type cellLines [][]word
	fit := func(texts []string, bold bool) (cells []cellLines, height float64) {
		for i, c := range t.columns {
			wide := s.width*c.width/total - 2*pad
			lines := s.breakLines(s.words([]run{{text: texts[i], bold: bold}}, size, wide), size, wide, 0)
			cells = append(cells, lines)
			height = max(height, float64(len(lines))*leading(size)+2)
		}
		return cells, height
	}
	draw := func(cells []cellLines, height float64, head bool) {
		x, top := s.left, s.y
		s.pdf.SetLineWidth(0.18)
		for i, c := range t.columns {
			wide := s.width * c.width / total
			s.tags.decoration(func() { s.tags.mark(func() { s.pdf.Rect(x, top, wide, height, "D") }) })
			s.y = top + (height-float64(len(cells[i]))*leading(size))/2
			a := left
			switch {
			case head:
				a = centre
			case c.right:
				a = right
			}
			kind := "TD"
			if head {
				kind = "TH"
			}
			s.tags.within(kind, func() {
				for n, line := range cells[i] {
					s.line(line, size, x+pad, wide-2*pad, a, n == len(cells[i])-1)
					s.y += leading(size)
				}
			})
			x += wide
		}
		s.y = top + height
	}
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.head
	}
	head, headHeight := fit(names, true)
	var rows [][]cellLines
	var heights []float64
	whole := headHeight
	for n, r := range t.rows {
		c, h := fit(r, t.bold(n))
		rows, heights, whole = append(rows, c), append(heights, h), whole+h
	}
	if len(t.rows) <= smallTable && whole < s.height/2 {
		s.room(whole)
	} else if len(heights) > 0 {
		s.room(headHeight + heights[0])
	}
	s.tags.within("TR", func() { draw(head, headHeight, true) })
	for i := range rows {
		need := heights[i]
		if t.section(i) && i+1 < len(heights) {
			need += heights[i+1]
		}
		if s.y+need > s.height-marginMM {
			s.page()
			s.tags.decoration(func() { draw(head, headHeight, true) })
		}
		s.tags.within("TR", func() { draw(rows[i], heights[i], false) })
	}
	s.y += 3
}

func (s *setter) signature(o official) {
	s.room(float64(len(o.recipients)+4)*leading(13) + 25)
	half := s.width * 0.46
	s.y += 4
	top := s.y
	put := func(size float64, style string, x, width float64, a align, text string) {
		s.tags.within("P", func() { s.put(size, style, x, s.y, width, a, text) })
	}
	put(12, "BI", s.left, half, left, "Nơi nhận:")
	s.y += leading(12)
	for _, r := range append(append([]string{}, o.recipients...), "") {
		text := "- " + r + ";"
		if r == "" {
			text = "- Lưu: VT."
		}
		s.tags.within("P", func() {
			lines := s.breakLines(s.words([]run{{text: text}}, 11, half), 11, half, 0)
			for i, line := range lines {
				s.line(line, 11, s.left, half, left, i == len(lines)-1)
				s.y += leading(11)
			}
		})
	}
	s.y = top
	for _, line := range append([]string{o.onBehalf}, o.signer...) {
		put(14, "B", s.left+half, s.width-half, centre, line)
		s.y += leading(14)
	}
	s.y += 22
	put(14, "B", s.left+half, s.width-half, centre, o.name)
}
