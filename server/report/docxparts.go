package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A part is one file of the package.
type part struct {
	name string
	body []byte
}

// firstImage is the number of the first image's relationship.
const firstImage = 10

const (
	xmlHead    = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	nsWord     = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`
	nsAll      = nsWord + ` xmlns:r="` + relBase + `" xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"`
	relBase    = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	nsRels     = `xmlns="http://schemas.openxmlformats.org/package/2006/relationships"`
	typeWord   = "application/vnd.openxmlformats-officedocument.wordprocessingml."
	wordFont   = `<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="Times New Roman" w:cs="Times New Roman"/>`
	pageNumber = `<w:p><w:pPr><w:spacing w:before="0" w:after="0"/><w:jc w:val="center"/></w:pPr><w:r><w:rPr><w:sz w:val="26"/><w:szCs w:val="26"/></w:rPr><w:fldChar w:fldCharType="begin"/></w:r>` +
		`<w:r><w:rPr><w:sz w:val="26"/><w:szCs w:val="26"/></w:rPr><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r><w:r><w:rPr><w:sz w:val="26"/><w:szCs w:val="26"/></w:rPr><w:fldChar w:fldCharType="separate"/></w:r>` +
		`<w:r><w:rPr><w:sz w:val="26"/><w:szCs w:val="26"/></w:rPr><w:t>2</w:t></w:r><w:r><w:rPr><w:sz w:val="26"/><w:szCs w:val="26"/></w:rPr><w:fldChar w:fldCharType="end"/></w:r></w:p>`
)

// parts lists the package's files in a fixed order.
func (d *docx) parts(o official) []part {
	var rels, types strings.Builder
	rel := func(id int, kind, target string) {
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%s/%s" Target="%s"/>`, id, relBase, kind, target)
	}
	rel(1, "styles", "styles.xml")
	rel(2, "settings", "settings.xml")
	rel(3, "header", "header1.xml")
	rel(4, "header", "header2.xml")
	for i := range d.images {
		rel(firstImage+i, "image", "media/chart"+strconv.Itoa(i+1)+".png")
	}
	for _, o := range [][2]string{
		{"word/document.xml", typeWord + "document.main+xml"}, {"word/styles.xml", typeWord + "styles+xml"}, {"word/settings.xml", typeWord + "settings+xml"},
		{"word/header1.xml", typeWord + "header+xml"}, {"word/header2.xml", typeWord + "header+xml"},
		{"docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml"}, {"docProps/app.xml", "application/vnd.openxmlformats-officedocument.extended-properties+xml"},
	} {
		types.WriteString(`<Override PartName="/` + o[0] + `" ContentType="` + o[1] + `"/>`)
	}
	made := o.made.UTC().Format(time.RFC3339)
	header := func(content string) string { return xmlHead + "<w:hdr " + nsAll + ">" + content + "</w:hdr>" }
	out := []part{
		{"[Content_Types].xml", []byte(xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>` + types.String() + "</Types>")},
		{"_rels/.rels", []byte(xmlHead + "<Relationships " + nsRels + `><Relationship Id="rId1" Type="` + relBase + `/officeDocument" Target="word/document.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/><Relationship Id="rId3" Type="` + relBase + `/extended-properties" Target="docProps/app.xml"/></Relationships>`)},
		{"word/document.xml", []byte(xmlHead + "<w:document " + nsAll + "><w:body>" + d.b.String() + "</w:body></w:document>")},
		{"word/_rels/document.xml.rels", []byte(xmlHead + "<Relationships " + nsRels + ">" + rels.String() + "</Relationships>")},
		{"word/styles.xml", []byte(xmlHead + "<w:styles " + nsWord + ">" + styles() + "</w:styles>")},
		{"word/settings.xml", []byte(xmlHead + "<w:settings " + nsWord + `><w:zoom w:percent="100"/><w:defaultTabStop w:val="720"/><w:characterSpacingControl w:val="doNotCompress"/><w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat></w:settings>`)},
		{"word/header1.xml", []byte(header(pageNumber))},
		{"word/header2.xml", []byte(header(`<w:p><w:pPr><w:jc w:val="center"/></w:pPr></w:p>`))},
		{"docProps/core.xml", []byte(xmlHead + `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>` +
			escape(o.title+" "+o.subject) + `</dc:title><dc:creator>Hài Lòng</dc:creator><dcterms:created xsi:type="dcterms:W3CDTF">` + made + `</dcterms:created><dcterms:modified xsi:type="dcterms:W3CDTF">` + made + `</dcterms:modified><dc:language>vi-VN</dc:language></cp:coreProperties>`)},
		{"docProps/app.xml", []byte(xmlHead + `<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Application>Hài Lòng</Application></Properties>`)},
	}
	for i, png := range d.images {
		out = append(out, part{"word/media/chart" + strconv.Itoa(i+1) + ".png", png})
	}
	return out
}

// styles are those of an official paper: 14 point, justified, first line 1 cm.
func styles() string {
	style := func(id, name, properties, runs string) string {
		return `<w:style w:type="paragraph" w:styleId="` + id + `"><w:name w:val="` + name + `"/><w:basedOn w:val="Normal"/><w:qFormat/><w:pPr>` + properties + "</w:pPr><w:rPr>" + runs + "</w:rPr></w:style>"
	}
	return `<w:docDefaults><w:rPrDefault><w:rPr>` + wordFont + `<w:sz w:val="28"/><w:szCs w:val="28"/><w:lang w:val="vi-VN" w:eastAsia="vi-VN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>` +
		`<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/><w:pPr><w:widowControl/></w:pPr></w:style>` +
		style("Heading1", "heading 1", `<w:keepNext/><w:keepLines/><w:spacing w:before="200" w:after="80"/><w:ind w:firstLine="567"/><w:jc w:val="both"/><w:outlineLvl w:val="0"/>`, "<w:b/><w:bCs/>") +
		style("Heading2", "heading 2", `<w:keepNext/><w:keepLines/><w:spacing w:before="120" w:after="60"/><w:ind w:firstLine="567"/><w:jc w:val="both"/><w:outlineLvl w:val="1"/>`, "<w:b/><w:bCs/>") +
		style("BodyText", "Body Text", `<w:spacing w:before="60" w:after="60" w:line="264" w:lineRule="auto"/><w:ind w:firstLine="567"/><w:jc w:val="both"/>`, "")
}
