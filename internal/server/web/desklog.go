package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"github.com/navicert/navicert/internal/licence"
)

// eventsAPage is how many events a page of the log shows.
const eventsAPage = 50

// logView is a page of the log.
type logView struct {
	*visit
	head   licence.Head
	object licence.Ref // events of this object alone, where it has an id
	from   int64
	events []eventRow
	more   bool                 // there are events after these
	proof  *licence.AuditReport // nil: none was asked for
	kept   string               // the head that the proof was held against
	fault  string
}

// eventRow is an event with its hash.
type eventRow struct {
	licence.Event
	hash   string
	record string
}

// address is that of the page of an object; empty where it has none.
func (e *eventRow) address() string {
	switch e.Object.Kind {
	case licence.KindApplication:
		return "/desk/files/" + e.Object.ID
	case licence.KindLicence:
		return "/desk/licences/" + e.Object.ID
	}
	return ""
}

var errEnough = errors.New("enough")

func getLog(v *visit) (templ.Component, error) {
	out, err := readLog(v)
	if err != nil {
		return nil, err
	}
	return logPage(out), nil
}

func readLog(v *visit) (*logView, error) {
	v.frame.title = "The log"
	if v.who.role != licence.Auditor {
		return nil, &licence.Refusal{Code: licence.WrongRole, Message: "the log is for auditors", Remedy: "change your role on the first page of the desk"}
	}
	out := &logView{visit: v, object: licence.Ref{Kind: licence.Kind(v.URL.Query().Get("kind")), ID: v.URL.Query().Get("object")}}
	var err error
	if out.head, err = v.reader.Head(v.Context()); err != nil {
		return nil, err
	}
	out.from = max(0, out.head.Size-eventsAPage)
	if out.object.ID != "" {
		out.from = 0
	}
	if s := v.URL.Query().Get("from"); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < 0 {
			out.fault = fmt.Sprintf("%q is no number of an event: they go from 0 to %d.", s, out.head.Size-1)
		} else {
			out.from = n
		}
	}
	err = v.reader.Events(v.Context(), licence.EventQuery{From: out.from, Object: out.object}, func(s licence.SealedEvent) error {
		if len(out.events) == eventsAPage {
			return errEnough
		}
		e, err := licence.ReadRecord(s.Record)
		if err != nil {
			return err
		}
		out.events = append(out.events, eventRow{e, s.Hash.String(), string(s.Record)})
		return nil
	})
	if errors.Is(err, errEnough) {
		out.more, err = true, nil
	}
	return out, err
}

// postProof proves the log and shows what came of it.
func (s *site) postProof(w http.ResponseWriter, r *http.Request) {
	var v *visit
	err := s.visit(w, r, func(x *visit) (err error) {
		v = x
		_, err = readLog(x)
		return err
	})
	if err != nil {
		s.deskFail(w, r, err)
		return
	}
	if v == nil {
		return
	}
	var o licence.AuditOptions
	kept, fault := r.PostFormValue("kept"), ""
	if kept != "" {
		h, err := licence.ParseHead(kept)
		if err != nil {
			fault = sentence(err.Error())
		}
		o.Against = &h
	}
	var report *licence.AuditReport
	switch {
	case fault != "":
	case !s.proving.TryLock():
		fault = "Another proof is running; one at a time is enough. Try again in a while."
	default:
		defer s.proving.Unlock()
		found, err := s.Desk.Audit(r.Context(), o)
		if err != nil {
			s.deskFail(w, r, err)
			return
		}
		report = &found
	}
	s.deskPage(w, r, func(x *visit) (templ.Component, error) {
		out, err := readLog(x)
		if err != nil {
			return nil, err
		}
		out.proof, out.kept, out.fault = report, kept, fault
		return logPage(out), nil
	})
}

// further is the address of the events after those of the page.
func (l *logView) further() string {
	q := url.Values{"from": {strconv.FormatInt(l.events[len(l.events)-1].Seq+1, 10)}}
	if l.object.ID != "" {
		q.Set("kind", string(l.object.Kind))
		q.Set("object", l.object.ID)
	}
	return "/desk/log?" + q.Encode()
}
