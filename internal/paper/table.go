package paper

// Fact is a name with its value.
type Fact struct {
	Name  string
	Value string
	Code  bool // an identifier, a hash: set in letters of one width
}

// nameWidth is the column of names of facts.
const nameWidth = 46.0

// Facts writes names and values, a line each; empty values are left out.
func (d *Document) Facts(facts ...Fact) { d.facts(margin, textWidth, facts) }

func (d *Document) facts(x, width float64, facts []Fact) {
	for _, f := range facts {
		if f.Value == "" {
			continue
		}
		valueFace := text
		if f.Code {
			valueFace = code
		}
		names := min(nameWidth, width*0.26)
		d.font(text, quiet)
		label := d.lines(f.Name, names-2)
		d.font(valueFace, Black)
		value := d.lines(f.Value, width-names)
		height := float64(max(len(label), len(value))) * text.line
		d.room(height)
		y := d.pdf.GetY()
		d.font(text, quiet)
		d.column(x, y, names, label, "L")
		d.font(valueFace, Black)
		d.column(x+names, y, width-names, value, "L")
		d.pdf.SetY(y + height)
	}
}

// column writes lines below each other, in the current face.
func (d *Document) column(x, y, width float64, lines []string, align string) {
	for i, line := range lines {
		d.pdf.SetXY(x, y+float64(i)*text.line)
		d.pdf.CellFormat(width, text.line, line, "", 0, align, false, 0, "")
	}
}

// Column is a column of a table.
type Column struct {
	Title string
	Share float64 // of the width, against the other columns' shares
	Right bool    // set flush right, as numbers are
	Code  bool
}

// Cell is one place of a table.
type Cell struct {
	Text string
	Ink  Ink // the zero value is black
	Bold bool
}

// Cells are plain cells.
func Cells(texts ...string) []Cell {
	out := make([]Cell, len(texts))
	for i, t := range texts {
		out[i].Text = t
	}
	return out
}

const (
	cellPad = 1.4
	rowPad  = 0.9
)

// Table writes rows under a head that is repeated on every page.
func (d *Document) Table(columns []Column, rows [][]Cell) {
	widths := shares(columns)
	d.room(3 * text.line)
	d.head(columns, widths)
	for _, row := range rows {
		lines := make([][]string, len(columns))
		most := 1
		for i, c := range columns {
			if i >= len(row) {
				continue
			}
			d.font(faceOf(c, row[i]), Black)
			lines[i] = d.lines(row[i].Text, widths[i]-2*cellPad)
			most = max(most, len(lines[i]))
		}
		height := float64(most)*text.line + 2*rowPad
		page := d.pdf.PageNo()
		if d.room(height); d.pdf.PageNo() != page {
			d.head(columns, widths)
		}
		d.row(columns, widths, row, lines, height)
	}
	d.Space(2)
}

func shares(columns []Column) []float64 {
	var sum float64
	for _, c := range columns {
		sum += c.Share
	}
	out := make([]float64, len(columns))
	for i, c := range columns {
		out[i] = textWidth * c.Share / sum
	}
	return out
}

func faceOf(c Column, cell Cell) face {
	switch {
	case c.Code:
		return code
	case cell.Bold:
		return strong
	}
	return text
}

func (d *Document) head(columns []Column, widths []float64) {
	y := d.pdf.GetY()
	height := small.line + 2*rowPad
	d.fill(shade)
	d.pdf.Rect(margin, y, textWidth, height, "F")
	x := margin
	d.font(small, quiet)
	for i, c := range columns {
		d.pdf.SetXY(x+cellPad, y+rowPad)
		d.pdf.CellFormat(widths[i]-2*cellPad, small.line, d.fit(printable(c.Title), widths[i]-2*cellPad), "", 0, align(c), false, 0, "")
		x += widths[i]
	}
	d.pdf.SetY(y + height)
}

func align(c Column) string {
	if c.Right {
		return "R"
	}
	return "L"
}

func (d *Document) row(columns []Column, widths []float64, row []Cell, lines [][]string, height float64) {
	y := d.pdf.GetY()
	x := margin
	for i, c := range columns {
		if i < len(row) {
			ink := row[i].Ink
			if (ink == Ink{}) {
				ink = Black
			}
			d.font(faceOf(c, row[i]), ink)
			d.column(x+cellPad, y+rowPad, widths[i]-2*cellPad, lines[i], align(c))
		}
		x += widths[i]
	}
	d.draw(rule)
	d.pdf.SetLineWidth(0.15)
	d.pdf.Line(margin, y+height, pageWidth-margin, y+height)
	d.pdf.SetY(y + height)
}
