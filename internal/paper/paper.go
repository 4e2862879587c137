// Package paper writes pages to be filed: a PDF on A4 with headings, facts, tables,
// pictures and marks. It lays out what it is given and knows nothing of its
// meaning. Lengths are millimetres.
package paper

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/dejavu/dejavusans"
	"github.com/go-fonts/dejavu/dejavusansbold"
	"github.com/go-fonts/dejavu/dejavusansmono"
)

// The page: A4, upright.
const (
	pageWidth    = 210.0
	pageHeight   = 297.0
	margin       = 18.0
	footerHeight = 16.0
	textWidth    = pageWidth - 2*margin
)

// MaxPages bounds a document; what is written beyond it is an error of Bytes.
const MaxPages = 500

// ErrTooLong means that the content does not fit in MaxPages.
var ErrTooLong = errors.New("paper: too many pages")

// Info describes a document.
type Info struct {
	Title   string
	Subject string
	Lang    string // BCP 47
	Created time.Time
	// Footer stands on every page, left; Page is its format with the number of
	// the page and of all pages, at the right: "Page %s of %s".
	Footer string
	Page   string
}

// Document is a document being written, from the top to the bottom. It is not safe
// for concurrent use.
type Document struct {
	pdf    *fpdf.Fpdf
	info   Info
	images int
}

// families and styles of type.
const (
	sans = "sans"
	mono = "mono"
)

// New begins a document.
func New(info Info) *Document {
	d := &Document{pdf: fpdf.New("P", "mm", "A4", ""), info: info}
	p := d.pdf
	p.AddUTF8FontFromBytes(sans, "", dejavusans.TTF)
	p.AddUTF8FontFromBytes(sans, "B", dejavusansbold.TTF)
	p.AddUTF8FontFromBytes(mono, "", dejavusansmono.TTF)
	p.SetTitle(printable(info.Title), true)
	p.SetSubject(printable(info.Subject), true)
	p.SetProducer("Osprey", true)
	p.SetCreator("Osprey", true)
	p.SetLang(info.Lang)
	p.SetCreationDate(info.Created.UTC())
	p.SetModificationDate(info.Created.UTC())
	p.SetCatalogSort(true)
	p.SetMargins(margin, margin, margin)
	p.SetCellMargin(0)
	p.SetAutoPageBreak(false, 0)
	p.AliasNbPages(allPages)
	p.SetFooterFunc(d.footer)
	p.AddPage()
	return d
}

// allPages stands for the number of pages until that is known.
const allPages = "{all}"

func (d *Document) footer() {
	p := d.pdf
	y := pageHeight - footerHeight
	d.draw(rule)
	p.SetLineWidth(0.2)
	p.Line(margin, y, pageWidth-margin, y)
	p.SetXY(margin, y+2)
	d.font(small, quiet)
	p.CellFormat(textWidth-30, 4, d.fit(printable(d.info.Footer), textWidth-32), "", 0, "L", false, 0, "")
	p.CellFormat(30, 4, fmt.Sprintf(d.info.Page, fmt.Sprint(p.PageNo()), allPages), "", 0, "L", false, 0, "")
}

// room begins a new page unless the height is left on this one.
func (d *Document) room(height float64) {
	if d.pdf.GetY()+height <= pageHeight-footerHeight-4 {
		return
	}
	if d.pdf.PageCount() >= MaxPages {
		d.pdf.SetError(ErrTooLong)
		return
	}
	d.pdf.AddPage()
}

// Space leaves a gap.
func (d *Document) Space(height float64) { d.pdf.SetY(d.pdf.GetY() + height) }

// Bytes ends the document.
func (d *Document) Bytes() ([]byte, error) {
	var out bytes.Buffer
	if err := d.pdf.Output(&out); err != nil {
		if d.pdf.Error() == ErrTooLong { //nolint:errorlint // fpdf hands it back as it was set
			return nil, ErrTooLong
		}
		return nil, fmt.Errorf("paper: %w", err)
	}
	return out.Bytes(), nil
}

// Pages is how many pages there are so far.
func (d *Document) Pages() int { return d.pdf.PageCount() }
