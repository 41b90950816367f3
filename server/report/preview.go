package report

import "hailong/server"

// A Preview is a report's content for a page: what the paper says, without its
// form. Pictures are told in words.
type Preview struct {
	Letterhead [2]string
	Number     string
	Place      string
	Title      string
	Subject    string
	Addressee  []string
	Blocks     []PreviewBlock
	Annexes    []PreviewAnnex
}

// A PreviewAnnex is one annex.
type PreviewAnnex struct {
	Number, Title string
	Blocks        []PreviewBlock
}

// A PreviewBlock is a heading, a paragraph, a table or a picture's description;
// what it is not is empty.
type PreviewBlock struct {
	Heading int // 1 or 2
	Text    string
	Lead    string // the bold beginning of a paragraph
	Caption bool
	Picture string
	Name    string // of a table: what stands over it
	Head    []string
	Rows    [][]string
}

// NewPreview writes the same sentences and figures as the papers.
func NewPreview(r *server.PeriodReport, demo bool) (Preview, error) {
	o, err := newOfficial(r, demo, false)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Letterhead: [2]string{o.authority, o.body}, Number: o.number, Place: o.place, Title: o.title, Subject: o.subject, Addressee: o.addressee, Blocks: previewBlocks(o.blocks, "Bảng")}
	for _, a := range o.annexes {
		p.Annexes = append(p.Annexes, PreviewAnnex{a.number, a.title, previewBlocks(a.blocks, a.title)})
	}
	return p, nil
}

func previewBlocks(blocks []block, name string) []PreviewBlock {
	var out []PreviewBlock
	for _, b := range blocks {
		switch b := b.(type) {
		case heading:
			out = append(out, PreviewBlock{Heading: b.level, Text: b.text})
		case paragraph:
			p := PreviewBlock{Caption: b.centre}
			for _, r := range b.runs {
				if r.bold && p.Text == "" {
					p.Lead += r.text
				} else {
					p.Text += r.text
				}
			}
			if b.centre {
				name = p.Text
			}
			out = append(out, p)
		case picture:
			out = append(out, PreviewBlock{Picture: b.alt})
		case table:
			p := PreviewBlock{Rows: b.rows, Name: name}
			for _, c := range b.columns {
				p.Head = append(p.Head, c.head)
			}
			out = append(out, p)
		}
	}
	return out
}
