package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/navicert/navicert/internal/licence"
)

// bulkView is one decision on many files, as its page shows it.
type bulkView struct {
	*visit
	ids     []string
	files   []licence.FileView
	form    url.Values
	results map[string]licence.BulkResult
	dry     bool // the results are those of a dry run
	done    bool // they are those of the act
	mixed   *licence.Refusal
	refusal *licence.Refusal
	two     bool // some want a second officer
	key     string
}

// written is what was written into a field, or what it begins with.
func (b *bulkView) written(name, proposed string) string {
	if b.form.Has(name) {
		return b.form.Get(name)
	}
	return proposed
}

// bulkIDs are the files that a form names, each once.
func bulkIDs(form url.Values) []string {
	var out []string
	for _, id := range form["file"] {
		if id = strings.TrimSpace(id); id != "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

func getBulk(v *visit) (templ.Component, error) {
	b, err := readBulk(v, v.URL.Query(), nil)
	if err != nil {
		return nil, err
	}
	return bulkPage(b), nil
}

func readBulk(v *visit, form url.Values, refused *licence.Refusal) (*bulkView, error) {
	if v.who.role != licence.Officer {
		return nil, &licence.Refusal{Code: licence.WrongRole, Message: "files are decided together by officers", Remedy: "change your role on the first page of the desk"}
	}
	v.frame.title = "Decide together"
	b := &bulkView{visit: v, ids: bulkIDs(form), form: form, refusal: refused, key: newKey()}
	if len(b.ids) == 0 {
		b.mixed = &licence.Refusal{Code: licence.Invalid, Message: "no file is chosen", Remedy: "tick files in the queue"}
		return b, nil
	}
	files, err := licence.ReadApplications(v.Context(), v.reader, b.ids)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		b.files = append(b.files, v.who.authority.View(f, v.at))
		b.two = b.two || v.who.authority.TwoOfficers(f)
	}
	b.mixed = refusalOf(licence.Unmixed(files))
	return b, nil
}

// postBulk tries one decision on many files, or takes it.
func (s *site) postBulk(w http.ResponseWriter, r *http.Request) {
	v := s.formOf(w, r)
	if v == nil {
		return
	}
	var results []licence.BulkResult
	do := r.PostFormValue("do") == "decide"
	p, err := proposal(r.PostForm)
	if err == nil && v.who.role != licence.Officer {
		err = &licence.Refusal{Code: licence.WrongRole, Message: "files are decided together by officers"}
	}
	if err == nil {
		by := licence.By{Actor: v.who.actor, Role: v.who.role, At: v.at}
		results, err = s.Desk.Bulk(r.Context(), by, bulkIDs(r.PostForm), p, !do)
	}
	why := refusalOf(err)
	if err != nil && why == nil {
		s.deskFail(w, r, err)
		return
	}
	status := http.StatusOK
	if why != nil {
		status = RefusalStatus(why.Code)
	}
	s.deskAnswer(w, r, status, func(x *visit) (templ.Component, error) {
		b, err := readBulk(x, r.PostForm, why)
		if err != nil {
			return nil, err
		}
		b.results, b.dry, b.done = map[string]licence.BulkResult{}, why == nil && !do, why == nil && do
		for _, one := range results {
			b.results[one.Application] = one
		}
		return bulkPage(b), nil
	})
}

// tally says what the results come to.
func (b *bulkView) tally() string {
	n := map[string]int{}
	for _, r := range b.results {
		if r.Refusal != "" {
			n["refused"]++
		} else {
			n[r.Done]++
		}
	}
	verb := ""
	if b.dry {
		verb = "would be "
	}
	var out []string
	for _, what := range []string{"decided", "recommended"} {
		if n[what] > 0 {
			out = append(out, fmt.Sprintf("%s %s%s", number(n[what], "file"), verb, what))
		}
	}
	if n["refused"] > 0 {
		out = append(out, fmt.Sprintf("%d could not be", n["refused"]))
	}
	return sentence(strings.Join(out, ", "))
}
