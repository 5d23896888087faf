package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
)

// lawReviewView is what a change of law touches.
type lawReviewView struct {
	*visit
	since   string
	review  *licence.LawReview // nil: nothing was asked
	refusal *licence.Refusal
	key     string
}

// mostTouched is how many files and licences the page lists.
const mostTouched = 200

// marks reports whether the visitor marks what is touched.
func (v *lawReviewView) marks() bool { return v.who.role == licence.Officer }

func (s *site) getLawReview(v *visit) (templ.Component, error) {
	return s.readLawReview(v, v.URL.Query(), nil)
}

func (s *site) readLawReview(v *visit, form url.Values, refused *licence.Refusal) (templ.Component, error) {
	if !v.who.reads() {
		return nil, errNotYours
	}
	v.frame.title = "Change of law"
	out := &lawReviewView{visit: v, since: strings.TrimSpace(form.Get("since")), refusal: refused, key: newKey()}
	if out.since == "" || refused != nil {
		return lawReviewPage(out), nil
	}
	since, err := quantity.ParseDate(out.since)
	if err != nil {
		out.refusal = licence.Faulty([]licence.FieldFault{{Field: "since", Message: err.Error()}}, "")
		return lawReviewPage(out), nil
	}
	by := licence.By{Actor: v.who.actor, Role: v.who.role, At: v.at}
	head, err := v.reader.Head(v.Context())
	if err != nil {
		return nil, err
	}
	// While nothing is done at the desk the law touches the same.
	out.review, err = reported(s, fmt.Sprint("law ", v.who.authority.ID, v.who.role, v.day(), since), head.String(), func() (*licence.LawReview, error) {
		return s.Desk.ReviewLaw(v.Context(), by, v.who.authority, since, false)
	})
	if why := refusalOf(err); why != nil {
		out.refusal, err = why, nil
	}
	return lawReviewPage(out), err
}

// postLawReview marks what a change of law touches.
func (s *site) postLawReview(w http.ResponseWriter, r *http.Request) {
	s.postDesk(w, r, func(v *visit) (string, error) {
		since, err := quantity.ParseDate(strings.TrimSpace(r.PostFormValue("since")))
		if err != nil {
			return "", licence.Faulty([]licence.FieldFault{{Field: "since", Message: err.Error()}}, "")
		}
		by := licence.By{Actor: v.who.actor, Role: v.who.role, At: v.at, Reason: "change of law since " + since.String()}
		review, err := s.Desk.ReviewLaw(r.Context(), by, v.who.authority, since, true)
		if err == nil && review.Failed > 0 {
			err = &licence.Refusal{Code: licence.Stale, Message: number(review.Failed, "file or licence") + " changed meanwhile and are not marked", Remedy: "mark them again"}
		}
		return "/desk/law?since=" + since.String(), err
	}, func(v *visit, why *licence.Refusal) (templ.Component, error) {
		return s.readLawReview(v, r.PostForm, why)
	})
}

// touchedAddress is the page of what is touched.
func touchedAddress(t *licence.Touched) string {
	if t.Object.Kind == licence.KindLicence {
		return "/desk/licences/" + t.Object.ID
	}
	return "/desk/files/" + t.Object.ID
}

// touchedWords are how many files and licences are touched.
func touchedWords(r *licence.LawReview) string {
	files := 0
	for i := range r.Touched {
		if r.Touched[i].Object.Kind == licence.KindApplication {
			files++
		}
	}
	if len(r.Touched) == 0 {
		return "No file and no licence is touched, or all are marked"
	}
	return number(files, "file") + " and " + number(len(r.Touched)-files, "licence") + " are touched"
}

// touchedGroup is what happened to so many files or licences alike.
type touchedGroup struct {
	what  string
	count int
}

// touchedGroups are the files and licences by what happened to them, the most first.
func touchedGroups(r *licence.LawReview) []touchedGroup {
	var out []touchedGroup
	for i := range r.Touched {
		what := string(r.Touched[i].Object.Kind) + ": " + strings.Join(r.Touched[i].What, "; ")
		at := slices.IndexFunc(out, func(g touchedGroup) bool { return g.what == what })
		if at < 0 {
			at = len(out)
			out = append(out, touchedGroup{what: what})
		}
		out[at].count++
	}
	slices.SortStableFunc(out, func(a, b touchedGroup) int { return b.count - a.count })
	return out
}

// shownTouched are those that the page lists: licences and files whose lane changes
// before the others.
func shownTouched(r *licence.LawReview) []licence.Touched {
	less := func(t *licence.Touched) int {
		if t.Object.Kind == licence.KindLicence || t.Before != t.After {
			return 0
		}
		return 1
	}
	out := slices.Clone(r.Touched)
	slices.SortStableFunc(out, func(a, b licence.Touched) int { return less(&a) - less(&b) })
	return out[:min(len(out), mostTouched)]
}
