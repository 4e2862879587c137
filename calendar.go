package osprey

import "time"

// Day is a day in UTC, "2026-01-31"; days compare as texts.
type Day string

// Month is a month in UTC, "2026-01".
type Month string

const (
	dayForm   = "2006-01-02"
	monthForm = "2006-01"
)

// DayOf is the day of a moment.
func DayOf(t time.Time) Day { return Day(t.UTC().Format(dayForm)) }

// ParseDay reads a day of the years 1970 to 9999.
func ParseDay(s string) (Day, bool) {
	t, err := time.Parse(dayForm, s)
	if err != nil || t.Year() < 1970 {
		return "", false
	}
	return Day(s), true
}

// Time is the moment at which the day begins; it is a valid day.
func (d Day) Time() time.Time {
	t, _ := time.Parse(dayForm, string(d))
	return t
}

// Add is the day n days later.
func (d Day) Add(n int) Day { return DayOf(d.Time().AddDate(0, 0, n)) }

// Month is the month of the day.
func (d Day) Month() Month { return Month(d[:len(monthForm)]) }

// DaysBetween counts the days from one to another, both included; not above zero when
// the second comes before the first.
func DaysBetween(from, to Day) int {
	return int(to.Time().Sub(from.Time())/(24*time.Hour)) + 1
}

// MonthOf is the month of a moment.
func MonthOf(t time.Time) Month { return Month(t.UTC().Format(monthForm)) }

// ParseMonth reads a month of the years 1970 to 9999.
func ParseMonth(s string) (Month, bool) {
	t, err := time.Parse(monthForm, s)
	if err != nil || t.Year() < 1970 {
		return "", false
	}
	return Month(s), true
}

// First and Last are the days at the ends of the month; it is a valid month.
func (m Month) First() Day { return Day(m + "-01") }

// Last is the last day of the month.
func (m Month) Last() Day { return DayOf(m.First().Time().AddDate(0, 1, -1)) }

// NextMonth is the moment at which the month after that of t begins.
func NextMonth(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC)
}
