package document

import (
	"fmt"
	"time"
)

// Date is a day of the Gregorian calendar as an MRZ gives it. A part that the
// document leaves open (filler characters) is 0; the zero Date says nothing.
type Date struct {
	Year, Month, Day int
}

// Full tells whether year, month and day are all known.
func (d Date) Full() bool { return d.Year != 0 && d.Month != 0 && d.Day != 0 }

// String gives the date as ISO 8601, YYYY-MM-DD, and "" when a part is
// unknown.
func (d Date) String() string {
	if !d.Full() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// Last is the last day that the date can mean: where the day is unknown, the
// last of the month, where the month is, the last of the year. ok is false
// where the year is unknown. An expiry date is over when Last is.
func (d Date) Last() (day time.Time, ok bool) {
	if d.Year == 0 {
		return time.Time{}, false
	}
	switch {
	case d.Month == 0:
		d.Month, d.Day = 12, 31
	case d.Day == 0:
		d.Day = daysIn(d.Year, d.Month)
	}
	return time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC), true
}

// Past tells whether the whole day that d can mean lies before the calendar
// day of today, in today's own time zone. A date of unknown year is not past.
func (d Date) Past(today time.Time) bool {
	last, ok := d.Last()
	return ok && last.Before(calendarDay(today))
}

func calendarDay(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// century chooses the full year of a date whose Year is still 0 to 99.
type century func(d Date, today time.Time) int

// birthYear is the latest year in which the date is not in the future. Where
// month or day is open, their first possible value counts.
func birthYear(d Date, today time.Time) int {
	year := today.Year() - today.Year()%100 + d.Year
	first := time.Date(year, time.Month(max(1, d.Month)), max(1, d.Day), 0, 0, 0, 0, time.UTC)
	if first.After(calendarDay(today)) {
		year -= 100
	}
	return year
}

// expiryYear is 20yy unless that is more than 50 years ahead, then 19yy.
func expiryYear(d Date, today time.Time) int {
	if year := 2000 + d.Year; year <= today.Year()+50 {
		return year
	}
	return 1900 + d.Year
}

// parseDate reads YYMMDD, in which each pair may be two fillers. ok is false
// when a pair is neither two digits nor two fillers, or when no such day
// exists; d then holds nothing. What is open is open to the end: a day without
// a month or a month without a year is no date.
func parseDate(s string, choose century, today time.Time) (d Date, ok bool) {
	var part [3]int
	open := false
	for i := range part {
		n, known, fine := pair(s[2*i : 2*i+2])
		if !fine || known && open {
			return Date{}, false
		}
		if part[i] = n; !known {
			part[i], open = -1, true
		}
	}
	if part[0] < 0 {
		return Date{}, true
	}
	if part[1] == 0 || part[1] > 12 || part[2] == 0 {
		return Date{}, false
	}
	d = Date{Year: part[0], Month: max(0, part[1]), Day: max(0, part[2])}
	if d.Day > 31 {
		return Date{}, false
	}
	d.Year = choose(d, today)
	if d.Month != 0 && d.Day > daysIn(d.Year, d.Month) {
		return Date{}, false
	}
	return d, true
}

// pair reads two digits, or two fillers (known is then false).
func pair(s string) (n int, known, ok bool) {
	if s == "<<" {
		return 0, false, true
	}
	if !digit(s[0]) || !digit(s[1]) {
		return 0, false, false
	}
	return int(s[0]-'0')*10 + int(s[1]-'0'), true, true
}

func digit(c byte) bool  { return c >= '0' && c <= '9' }
func letter(c byte) bool { return c >= 'A' && c <= 'Z' }
