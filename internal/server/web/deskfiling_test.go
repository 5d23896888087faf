package web

import (
	"bytes"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/navicert/navicert/internal/licence"
)

// magnetForm is a new application for magnets.
func magnetForm() url.Values {
	return url.Values{
		"country": {"CN"}, "endUse": {"motors of water pumps"}, "closed": {"yes"}, "facts": {"end_user.military = no\nend_use.military = no"},
		"lines.1.goods": {"8505.11"}, "lines.1.description": {"magnets"}, "lines.1.from": {"CN"}, "lines.1.to": {"us"}, "lines.1.quantity": {"120 kg"}, "lines.1.value": {"9000 USD"},
		"lines.1.facts":  {"goods.magnet_family = NdFeB\ngoods.Dy = 2.4"},
		"parties.1.role": {"end user"}, "parties.1.name": {"Prairie Pumps Inc."}, "parties.1.country": {"US"}, "parties.2.role": {"importer"},
	}
}

func with(form url.Values, name string, values ...string) url.Values {
	out := maps.Clone(form)
	out[name] = values
	return out
}

// attach sends a paper with the form of the page.
func (v *deskVisitor) attach(status int, id string, fields map[string]string, content string) string {
	v.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, value := range fields {
		w.WriteField(name, value)
	}
	if content != "" {
		part, err := w.CreateFormFile("paper", "paper.pdf")
		if err != nil {
			v.t.Fatal(err)
		}
		part.Write([]byte(content))
	}
	w.Close()
	r := httptest.NewRequest("POST", "/desk/files/"+id+"/attach", &b)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Cookie", v.cookie)
	rec := httptest.NewRecorder()
	v.h.ServeHTTP(rec, r)
	return v.want(status, rec.Result())
}

// An applicant files with forms alone: faults stand at their fields, the check tells
// what is missing for each lane before anything is filed, papers are attached, and
// the file is handed in, amended, and withdrawn.
func TestDeskFiling(t *testing.T) {
	d := newDesk(t, 20)
	v := enter(t, d, licence.Applicant, "Harbour Magnets")
	has(t, v.see(200, "/desk/new"), "A new application", "Goods code", "Check what is missing")

	bad := with(with(magnetForm(), "lines.1.quantity", "many"), "lines.1.to", "Atlantis")
	_, page := v.post(422, "/desk/new", with(bad, "do", "save"))
	has(t, page, `id="lines.1.quantity-fault-0"`, `aria-describedby="lines.1.to-fault-0"`, "Atlantis", `value="many"`)
	_, page = v.post(422, "/desk/new", with(with(magnetForm(), "lines.1.quantity", ""), "do", "save"))
	has(t, page, `id="lines.1.quantity-fault-0"`, "120 kg")
	_, page = v.post(422, "/desk/new", with(with(magnetForm(), "facts", "civil"), "do", "save"))
	has(t, page, `id="facts-fault-0"`, "Write a name and a value")
	_, page = v.post(200, "/desk/new", with(magnetForm(), "do", "party"))
	has(t, page, `name="parties.2.name"`)

	_, page = v.post(200, "/desk/new", with(with(magnetForm(), "do", "check"), "lines.1.facts", "goods.magnet_family = NdFeB\ngoods.Dyy = 2.4"))
	has(t, page, `id="lines.1.facts-fault-0"`)
	_, page = v.post(200, "/desk/new", with(magnetForm(), "do", "check"))
	has(t, page, "What is missing", "this is the lane", "not attached", "(original)", "asked for by the lane", "So far only reported by the press")
	gives := regexp.MustCompile(`name="give" value="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(gives) == 0 {
		t.Fatal("the lane asks for no undertaking")
	}
	form := magnetForm()
	for _, g := range gives {
		form.Add("give", g[1])
	}
	leads, _ := v.post(http.StatusSeeOther, "/desk/new", with(form, "do", "save"))
	id := strings.TrimPrefix(leads, "/desk/files/")
	page = v.see(200, leads)
	has(t, page, "It cannot be handed in yet", "Attach a paper", "What each lane asks for")
	_, page = v.post(422, leads+"/submit", url.Values{})
	has(t, page, "Attach them and submit again")

	// Papers: a wrong digest, a form that will not do, then all of them.
	if page = v.attach(422, id, map[string]string{"kind": "Contract", "form": "copy"}, ""); !strings.Contains(page, "Choose a file") {
		t.Error("a paper without a file is taken")
	}
	if page = v.attach(422, id, map[string]string{"kind": "Contract", "form": "copy", "digest": "sha256:" + strings.Repeat("0", 64)}, "%PDF"); !strings.Contains(page, "Attach the file that the digest was made of") {
		t.Error("a paper with another digest is taken")
	}
	v.attach(422, id, map[string]string{"kind": "Contract", "form": "copy", "until": "soon"}, "%PDF")
	missing := missingPapers(t, d, id)
	for i, m := range missing {
		form := m.Form
		if form == "" {
			form = "copy"
		}
		v.attach(http.StatusSeeOther, id, map[string]string{"kind": m.What, "form": form, "from": "2025-01-01", "until": "2026-12-31"}, "%PDF "+string(rune('a'+i)))
	}
	page = v.see(200, leads)
	has(t, page, "Nothing is missing for its lane.", "valid 2025-01-01 to 2026-12-31")
	digest := licence.DigestOf([]byte("%PDF a"))
	if got := v.see(200, leads+"/papers/"+digest); got != "%PDF a" {
		t.Errorf("the paper is %q", got)
	}
	enter(t, d, licence.Applicant, "Somebody Else").see(404, leads+"/papers/"+digest)
	enter(t, d, licence.Customs, "customs-1").see(403, leads+"/papers/"+digest)

	// A new version says what it changes; what is known already stays.
	page = v.see(200, leads+"/edit")
	has(t, page, "Amend "+id, "goods.Dy = 2.4", "Prairie Pumps Inc.", "It can be handed in as it is")
	changed := with(form, "lines.1.quantity", "140 kg")
	delete(changed, "give")
	for i, g := range gives {
		n := fieldName("undertakings", i, "")
		changed[n+"kind"], changed[n+"says"], changed[n+"by"] = []string{"stated"}, []string{g[1]}, []string{"Prairie Pumps Inc."}
	}
	v.post(http.StatusSeeOther, leads+"/edit", with(changed, "do", "save"))
	has(t, v.see(200, leads), "Version 2", "120 kg", "140 kg", "goods 1, quantity")
	v.post(http.StatusSeeOther, leads+"/submit", url.Values{})
	has(t, v.see(200, leads), "handed in")
	_, page = v.post(409, leads+"/edit", with(changed, "do", "save"))
	has(t, page, "its content can be changed in a draft")

	// The same again is found and linked, and the applicant sees the link to its own.
	leads2, _ := v.post(http.StatusSeeOther, "/desk/new", with(changed, "do", "save"))
	id2 := strings.TrimPrefix(leads2, "/desk/files/")
	for i, m := range missingPapers(t, d, id2) {
		v.attach(http.StatusSeeOther, id2, map[string]string{"kind": m.What, "form": m.Form}, "%PDF "+string(rune('a'+i)))
	}
	v.post(http.StatusSeeOther, leads2+"/submit", url.Values{})
	has(t, v.see(200, leads2), id, "same applicant")
	v.post(http.StatusSeeOther, leads2+"/withdraw", url.Values{})
	has(t, v.see(200, leads2), "withdrawn")
	has(t, v.see(200, "/desk/mine"), id, id2, "A new application")
	enter(t, d, licence.Officer, "officer-1").see(403, "/desk/new")
}

func missingPapers(t *testing.T, d *licence.Desk, id string) (out []licence.Missing) {
	t.Helper()
	err := d.View(t.Context(), func(r licence.Reader) error {
		at, _, err := d.Time(t.Context(), r)
		if err != nil {
			return err
		}
		file, err := d.Dossier(t.Context(), r, id, "", licence.System, at)
		for _, m := range file.Missing {
			if m.Why != "the undertaking is not given" {
				if m.Form == "" {
					m.Form = "copy"
				}
				out = append(out, m)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
