package web

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
)

// reports keeps what takes a while to count, for a minute.
type reports struct {
	sync.Mutex
	kept map[string]*report
}

// report is one of them. Who asks for it while it is made waits for it, and for no
// other.
type report struct {
	sync.Mutex
	made  time.Time
	of    string // of what state
	value any
}

const (
	// reportTime is how long a report is shown before it is made again.
	reportTime = time.Minute
	// mostReports is how many are kept.
	mostReports = 64
)

// named returns the report of a name, which was perhaps not made yet.
func (r *reports) named(name string) *report {
	r.Lock()
	defer r.Unlock()
	x := r.kept[name]
	if x == nil {
		if r.kept == nil || len(r.kept) >= mostReports {
			r.kept = map[string]*report{}
		}
		x = new(report)
		r.kept[name] = x
	}
	return x
}

// reported returns a report of this name that was made within a minute, of the same
// state, or makes it.
func reported[T any](s *site, name, of string, make func() (T, error)) (T, error) {
	r := s.reports.named(name)
	r.Lock()
	defer r.Unlock()
	now := s.Now()
	if r.value != nil && r.of == of && now.Sub(r.made) < reportTime {
		return r.value.(T), nil
	}
	v, err := make()
	if err == nil {
		r.made, r.of, r.value = now, of, v
	}
	return v, err
}

// statisticsView are statistics as their page shows them.
type statisticsView struct {
	*visit
	statistics *licence.Statistics
	from, to   string // as they were given
	fault      string
}

// dimensions are the tables of the statistics.
var dimensions = []struct{ name, title string }{
	{licence.ByMonth, "By month of handing in"}, {licence.ByLane, "By lane"}, {licence.ByCountry, "By destination"}, {licence.ByItem, "By item"},
}

// mostTallies is how many rows of a dimension the page shows; the CSV has all.
const mostTallies = 20

// rows are the values of a dimension that the page shows.
func (v *statisticsView) rows(dimension string) []string {
	all := v.statistics.Rows(dimension)
	return all[:min(len(all), mostTallies)]
}

// widest is the largest bar of a dimension.
func (v *statisticsView) widest(dimension string) int {
	most := 1
	for _, t := range v.statistics.By[dimension] {
		most = max(most, t.Received, t.Decided, t.Pending)
	}
	return most
}

// address is that of the CSV.
func (v *statisticsView) address() string {
	return "/desk/statistics.csv?" + url.Values{"from": {v.statistics.From.String()}, "to": {v.statistics.To.String()}}.Encode()
}

// ages are the pending files by age, with their bars.
func (v *statisticsView) ages() (out []struct {
	title string
	files int
	bar   []block
}) {
	t := &v.statistics.Total
	most := max(1, t.Ages[0], t.Ages[1], t.Ages[2], t.Ages[3])
	for i, title := range []string{"up to 20 days", "21 to 45", "46 to 60", "more than 60"} {
		class := "tone-2"
		if i == 3 {
			class = "tone-1"
		}
		out = append(out, struct {
			title string
			files int
			bar   []block
		}{title, t.Ages[i], tallyBar(t.Ages[i], most, class)})
	}
	return out
}

// tallyBar is a bar of so many of the most.
func tallyBar(n, most int, class string) []block {
	return []block{across(0, 100, "bar-ground"), across(0, float64(n)/float64(most)*100, class)}
}

// percentOf is a share that is not known where nothing was decided.
func percentOf(t *licence.Tally, percent int) string {
	if t.Median < 0 {
		return "–"
	}
	return strconv.Itoa(percent) + " %"
}

func medianOf(t *licence.Tally) string {
	if t.Median < 0 {
		return "–"
	}
	return days(t.Median)
}

func (s *site) getStatistics(v *visit) (templ.Component, error) {
	out, err := s.statistics(v)
	if err != nil {
		return nil, err
	}
	return statisticsPage(out), nil
}

// statistics counts the period that is asked for: by default the year up to now.
func (s *site) statistics(v *visit) (*statisticsView, error) {
	if !v.who.reads() {
		return nil, errNotYours
	}
	v.frame.title = "Statistics"
	year, _, _ := v.day().Civil()
	first, last := quantity.NewDate(year, time.January, 1), v.day()
	out := &statisticsView{visit: v, from: strings.TrimSpace(v.FormValue("from")), to: strings.TrimSpace(v.FormValue("to"))}
	for _, p := range []struct {
		name, text string
		into       *quantity.Date
	}{{"From", out.from, &first}, {"Until", out.to, &last}} {
		if p.text == "" {
			continue
		}
		d, err := quantity.ParseDate(p.text)
		if err != nil {
			out.fault = p.name + ": " + sentence(err.Error())
			continue
		}
		*p.into = d
	}
	if last < first {
		out.fault = "The period ends before it begins."
		first = last
	}
	var err error
	out.statistics, err = reported(s, fmt.Sprint("statistics ", v.who.authority.ID, first, last), "", func() (*licence.Statistics, error) {
		return licence.ReadStatistics(v.Context(), v.reader, v.who.authority, first, last)
	})
	out.from, out.to = first.String(), last.String()
	return out, err
}

// sendDesk sends a file that is made of one state of the desk.
func (s *site) sendDesk(w http.ResponseWriter, r *http.Request, name, media string, fn func(*visit) ([]byte, error)) {
	var content []byte
	err := s.visit(w, r, func(v *visit) (err error) {
		content, err = fn(v)
		return err
	})
	switch {
	case err != nil:
		s.deskFail(w, r, err)
	case content != nil:
		w.Header().Set("Content-Type", media)
		w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
		w.Header().Set("Cache-Control", "no-store")
		w.Write(content)
	}
}

func (s *site) getStatisticsCSV(w http.ResponseWriter, r *http.Request) {
	s.sendDesk(w, r, "statistics.csv", "text/csv; charset=utf-8", func(v *visit) ([]byte, error) {
		out, err := s.statistics(v)
		if err != nil {
			return nil, err
		}
		if out.fault != "" {
			return nil, &licence.Refusal{Code: licence.Invalid, Message: out.fault}
		}
		var b bytes.Buffer
		err = out.statistics.WriteCSV(&b)
		return b.Bytes(), err
	})
}

// exportTime is how long the export of a whole desk may take.
const exportTime = 30 * time.Minute

// getExport sends all that the desk holds to an auditor, while it is read.
func (s *site) getExport(w http.ResponseWriter, r *http.Request) {
	began := false
	err := s.visit(w, r, func(v *visit) error {
		if err := licence.MayExport(v.who.role); err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/zip")
		w.Header().Set("Content-Disposition", `attachment; filename="desk.zip"`)
		w.Header().Set("Cache-Control", "no-store")
		began = true
		// All of it may take longer than a page; where this cannot be said, it has
		// the time of a page.
		_ = http.NewResponseController(w).SetWriteDeadline(s.Now().Add(exportTime))
		_, err := licence.Export(r.Context(), v.reader, w, nil)
		return err
	})
	switch {
	case err != nil && began:
		panic(http.ErrAbortHandler) // what was sent must not look whole
	case err != nil:
		s.deskFail(w, r, err)
	}
}

// forecastView is a forecast as its page shows it, beside what would be otherwise.
type forecastView struct {
	*visit
	forecast *licence.Forecast // as asked
	whatIf   []scenarioRow
	officers int
	lane     string // that files are admitted to
	words    string // of the reason that no longer keeps them out
	fault    string
}

// scenarioRow is a forecast under other assumptions.
type scenarioRow struct {
	title    string
	forecast *licence.Forecast
}

// usualOfficers is how many officers a forecast reckons with that names none.
const usualOfficers = 30

// moreOfficers is how many more the page compares with.
const moreOfficers = 10

// mostOfficers is with how many officers a forecast reckons at most.
const mostOfficers = 10_000

// usualWaiver is the reason that the page begins with: of the June 2025 lane.
var usualWaiver = struct{ lane, words string }{"cn.expedited", "samarium"}

// forecastRuns is how many futures a page plays.
const forecastRuns = 100

// forecastOf simulates the queue with so many officers, or gives what was simulated
// within a minute.
func (s *site) forecastOf(v *visit, officers int, files []string) (*licence.Forecast, error) {
	return reported(s, fmt.Sprint("forecast ", v.who.authority.ID, v.day(), officers, files), "", func() (*licence.Forecast, error) {
		return licence.ReadForecast(v.Context(), v.reader, v.who.authority, v.at, licence.Plan{Officers: officers, Runs: forecastRuns}, files)
	})
}

func (s *site) getForecast(v *visit) (templ.Component, error) {
	if !v.who.reads() {
		return nil, errNotYours
	}
	v.frame.title = "Forecast"
	out := &forecastView{visit: v, officers: usualOfficers}
	if text := strings.TrimSpace(v.FormValue("officers")); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > mostOfficers {
			out.fault = strconv.Quote(text) + " is no number of officers from 1 to " + grouped(mostOfficers) + "."
		} else {
			out.officers = n
		}
	}
	out.lane, out.words = strings.TrimSpace(v.FormValue("lane")), strings.TrimSpace(v.FormValue("words"))
	if out.lane == "" && v.who.authority.Country == "CN" {
		out.lane = usualWaiver.lane
	}
	if !v.URL.Query().Has("words") && out.lane == usualWaiver.lane {
		out.words = usualWaiver.words
	}
	var err error
	if out.forecast, err = s.forecastOf(v, out.officers, nil); err != nil {
		return nil, err
	}
	if v.FormValue("compare") != "" {
		err = out.compare(s)
	}
	return forecastPage(out), err
}

// compare forecasts what would be with more officers, and with a reason waived.
func (f *forecastView) compare(s *site) error {
	more := f.officers + moreOfficers
	titles := []string{"Ten more officers"}
	plans := []licence.Plan{{Officers: more, Runs: forecastRuns}}
	waives := f.lane != "" && f.words != ""
	if waives {
		titles = append(titles, capital(f.words)+" admitted to "+laneName(f.lane), "Both")
	}
	forecasts, err := reported(s, fmt.Sprint("comparison ", f.who.authority.ID, f.day(), f.officers, f.lane, "=", f.words), "", func() ([]*licence.Forecast, error) {
		if waives {
			moved, err := reported(s, fmt.Sprint("waived ", f.who.authority.ID, f.day(), f.lane, "=", f.words), "", func() (map[string]string, error) {
				return licence.Waived(f.Context(), f.reader, f.who.authority, map[string]string{f.lane: f.words})
			})
			if err != nil {
				return nil, err
			}
			for _, officers := range []int{f.officers, more} {
				plans = append(plans, licence.Plan{Officers: officers, Runs: forecastRuns, Moved: moved})
			}
		}
		return licence.ReadForecasts(f.Context(), f.reader, f.who.authority, f.at, plans, nil)
	})
	if err != nil {
		return err
	}
	f.whatIf = []scenarioRow{{"As it is", f.forecast}}
	for i, title := range titles {
		f.whatIf = append(f.whatIf, scenarioRow{title, forecasts[i]})
	}
	return nil
}

// comparing is the address of the comparison.
func (f *forecastView) comparing() string {
	return "/desk/forecast?" + url.Values{"officers": {strconv.Itoa(f.officers)}, "lane": {f.lane}, "words": {f.words}, "compare": {"yes"}}.Encode()
}

// getExpected is when a file may be decided: what an applicant has to reckon with.
func (s *site) getExpected(v *visit) (templ.Component, error) {
	f, err := s.readDossier(v, nil, nil)
	if err != nil {
		return nil, err
	}
	if f.app().Queue() == licence.QueueReview {
		forecast, err := s.forecastOf(v, usualOfficers, []string{f.app().ID})
		if err != nil {
			return nil, err
		}
		if span, ok := forecast.Files[f.app().ID]; ok {
			f.expected = &span
		}
	}
	return dossierPage(f), nil
}

// bounds are the first and the last day of all ranges that are compared.
func (f *forecastView) bounds() (first, last quantity.Date) {
	first = f.day()
	for i := range f.whatIf {
		last = max(last, clearsOf(f.whatIf[i].forecast).Most)
	}
	return first, max(last, first+1)
}

// bar draws a range between the first and the last day of all.
func (f *forecastView) bar(s licence.Span) []block {
	first, last := f.bounds()
	at := func(d quantity.Date) float64 { return float64(d-first) / float64(last-first) * 100 }
	return []block{across(0, 100, "bar-ground"), across(at(s.Least), max(at(s.Most), at(s.Least)+0.5), "tone-2")}
}

// lanes are the lanes of the authority that files may be admitted to.
func (f *forecastView) lanes() (out []string) {
	for _, l := range f.who.authority.Lanes {
		if strings.Contains(l.ID, ".") {
			out = append(out, l.ID)
		}
	}
	return out
}

// clearsOf is when the whole queue clears: the last of its lanes.
func clearsOf(f *licence.Forecast) licence.Span {
	var out licence.Span
	for _, l := range f.Lanes {
		if l.Pending == 0 {
			continue
		}
		out.Least, out.Middle, out.Most = max(out.Least, l.Clears.Least), max(out.Middle, l.Clears.Middle), max(out.Most, l.Clears.Most)
		out.Never = out.Never || l.Clears.Never
	}
	return out
}

// spanWords is a range of days in words.
func spanWords(s licence.Span) string {
	out := s.Middle.String() + " (" + s.Least.String() + " to " + s.Most.String() + ")"
	if s.Never {
		out = "not for certain: in some runs more comes in than is worked off for ten years"
	}
	return out
}

// dimensionWord is a value of a dimension in words.
func dimensionWord(dimension, value string) string {
	switch {
	case value == "":
		return "none"
	case dimension == licence.ByLane:
		return laneName(value)
	}
	return value
}
