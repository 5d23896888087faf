package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/navicert/navicert/internal/licence"
)

// reach is on whose objects somebody may carry a command out.
type reach string

const (
	nobody reach = ""
	own    reach = "own" // of the applicant, or referred to the agency
	all    reach = "all"
)

// testRoles goes through role, command and object: who may do what to whose. An
// act that is refused for the role, or because there is no such object for who
// acts, is one that he may not do; any other refusal is about how things stand.
func testRoles(t *testing.T, e Engine) {
	d := newDesk(t, e)
	names := map[licence.Role]string{licence.Applicant: "Harbour Magnets", licence.Agency: "defence"}
	officer := by("reviewer", licence.Officer)
	referred := func(applicant, agency string) string {
		c := content("cn.ordinary")
		c.Applicant.Name = applicant
		id := d.must(by(applicant, licence.Applicant), &licence.File{Content: c, Submit: true}).Object.ID
		d.must(by("intake", licence.Intake), &licence.Accept{Application: id})
		d.claimed("reviewer", id)
		d.must(officer, &licence.Refer{Application: id, Agency: agency})
		return id
	}
	held := func(id, holder string) (drawdown string) {
		l := d.term(line("120 kg", "9000 USD"))
		d.must(by("clerk", licence.Administrator), &licence.IssueLicence{ID: id, Authority: "CN.MOFCOM", Holder: holder, Side: licence.AuthoritySide, Terms: l})
		return d.mustMove(&licence.Draw{Takes: []licence.Take{take(id, 1, "1 kg", "1 USD")}}).Object.ID
	}
	type objects struct{ file, licence, drawdown string }
	mine := objects{referred("Harbour Magnets", "defence"), "mine", held("mine", "Harbour Magnets")}
	others := objects{referred("Other Works", "foreign affairs"), "others", held("others", "Other Works")}

	type row struct {
		command func(objects) licence.Command
		may     map[licence.Role]reach
	}
	file := func(c func(id string) licence.Command, may map[licence.Role]reach) row {
		return row{func(o objects) licence.Command { return c(o.file) }, may}
	}
	keep := func(c func(id string) licence.Command, may map[licence.Role]reach) row {
		return row{func(o objects) licence.Command { return c(o.licence) }, may}
	}
	move := func(c func(o objects) licence.Command, may map[licence.Role]reach) row { return row{c, may} }
	roles := func(applicant reach, rest ...licence.Role) map[licence.Role]reach {
		m := map[licence.Role]reach{licence.Applicant: applicant}
		for _, r := range rest {
			m[r] = all
		}
		return m
	}
	keepers := []licence.Role{licence.Officer, licence.Countersigner, licence.Enforcement, licence.Administrator}
	advisers := roles(nobody, licence.Officer, licence.Enforcement)
	advisers[licence.Agency] = own
	terms := d.term(line("120 kg", "9000 USD"))
	table := []row{
		file(func(id string) licence.Command {
			return &licence.Amend{Application: id, Content: content("cn.ordinary")}
		}, roles(own, licence.Intake)),
		file(func(id string) licence.Command { return &licence.Attach{Application: id} }, roles(own, licence.Intake, licence.Officer)),
		file(func(id string) licence.Command { return &licence.Submit{Application: id} }, roles(own, licence.Intake)),
		file(func(id string) licence.Command { return &licence.Accept{Application: id} }, roles(nobody, licence.Intake, licence.Officer)),
		file(func(id string) licence.Command { return &licence.GiveBack{Application: id} }, roles(nobody, licence.Intake, licence.Officer)),
		file(func(id string) licence.Command { return &licence.Endorse{Application: id} }, roles(own, licence.Intake, licence.Officer)),
		file(func(id string) licence.Command { return &licence.Claim{Application: id} }, roles(nobody, licence.Officer, licence.Intake, licence.Countersigner, licence.Administrator)),
		file(func(id string) licence.Command { return &licence.Claim{Application: id, For: "somebody"} }, roles(nobody, licence.Officer, licence.Intake, licence.Administrator)),
		file(func(id string) licence.Command { return &licence.Unclaim{Application: id} }, roles(nobody, licence.Officer, licence.Intake, licence.Countersigner, licence.Administrator)),
		file(func(id string) licence.Command { return &licence.Ask{Application: id} }, roles(nobody, licence.Officer)),
		file(func(id string) licence.Command { return &licence.Answer{Application: id} }, roles(own)),
		file(func(id string) licence.Command { return &licence.Refer{Application: id} }, roles(nobody, licence.Officer)),
		row{func(o objects) licence.Command { return &licence.Advise{Application: o.file, Agency: "defence"} }, advisers},
		file(func(id string) licence.Command { return &licence.Recommend{Application: id} }, roles(nobody, licence.Officer)),
		file(func(id string) licence.Command { return &licence.Decide{Application: id} }, roles(nobody, licence.Officer)),
		file(func(id string) licence.Command { return &licence.Countersign{Application: id} }, roles(nobody, licence.Officer, licence.Countersigner)),
		file(func(id string) licence.Command { return &licence.Appeal{Application: id} }, roles(own)),
		file(func(id string) licence.Command { return &licence.Reassess{Application: id} }, roles(nobody, licence.Officer, licence.Intake, licence.Administrator)),
		file(func(id string) licence.Command { return &licence.Withdraw{Application: id} }, roles(own)),
		keep(func(id string) licence.Command { return &licence.AmendLicence{Licence: id, Terms: terms} }, roles(nobody, keepers...)),
		keep(func(id string) licence.Command { return &licence.Suspend{Licence: id} }, roles(nobody, keepers...)),
		keep(func(id string) licence.Command { return &licence.Resume{Licence: id} }, roles(nobody, keepers...)),
		move(func(o objects) licence.Command {
			return &licence.Draw{Takes: []licence.Take{take(o.licence, 1, "1 kg", "1 USD")}}
		}, roles(own, licence.Customs, licence.Officer, licence.Administrator)),
		move(func(o objects) licence.Command { return draw(take(o.licence, 1, "1 kg", "1 USD")) }, roles(nobody, licence.Customs, licence.Officer, licence.Administrator)),
		move(func(o objects) licence.Command { return &licence.CommitDraw{Drawdown: o.drawdown} }, roles(nobody, licence.Customs, licence.Officer, licence.Administrator)),
		move(func(o objects) licence.Command { return &licence.ReturnGoods{Drawdown: o.drawdown} }, roles(nobody, licence.Customs, licence.Officer, licence.Administrator)),
		move(func(o objects) licence.Command { return &licence.ReleaseDraw{Drawdown: o.drawdown} }, roles(own, licence.Customs, licence.Officer, licence.Administrator)),
		keep(func(id string) licence.Command {
			return &licence.EndLicence{Licence: id, How: licence.EndSurrendered}
		}, roles(own, keepers...)),
		keep(func(id string) licence.Command { return &licence.EndLicence{Licence: id, How: licence.EndRevoked} }, roles(nobody, keepers...)),
		row{func(objects) licence.Command { return &licence.Impose{Of: "party", Subject: "nobody"} }, roles(nobody, keepers...)},
		row{func(objects) licence.Command { return &licence.Lift{ID: "S1"} }, roles(nobody, keepers...)},
	}
	for _, r := range table {
		for _, role := range licence.Roles() {
			name := names[role]
			if name == "" {
				name = string(role)
			}
			for whose, o := range map[reach]objects{own: mine, all: others} {
				c := r.command(o)
				want := r.may[role] == all || r.may[role] == own && whose == own
				who := by(name, role)
				who.Key = d.key()
				_, err := d.Do(context.Background(), who, c)
				var refused *licence.Refusal
				if err != nil && !errors.As(err, &refused) {
					t.Fatal(err)
				}
				got := refused == nil || refused.Code != licence.WrongRole && (refused.Code != licence.NotFound || strings.Contains(refused.Message, "suspension"))
				if got != want {
					t.Errorf("%s as %s on the object of %s: %v; may: %t", c.Name(), role, map[reach]string{own: "Harbour Magnets", all: "Other Works"}[whose], err, want)
				}
			}
		}
	}
	// What others do not tell by their objects: an advice in the name of another, a
	// licence that is recorded for another or as an authority's, a file that changes
	// hands, and an id that the desk gives.
	applicant := by("Harbour Magnets", licence.Applicant)
	d.refused(licence.NotFound, by("defence", licence.Agency), &licence.Advise{Application: others.file, Agency: "defence", Kind: licence.AdviseApprove})
	d.refused(licence.WrongRole, applicant, &licence.IssueLicence{ID: "x", Authority: "CN.MOFCOM", Holder: "Other Works", Terms: terms})
	d.refused(licence.WrongRole, applicant, &licence.IssueLicence{ID: "x", Authority: "CN.MOFCOM", Holder: "Harbour Magnets", Side: licence.AuthoritySide, Terms: terms})
	draft := d.must(applicant, &licence.File{Content: content("cn.ordinary")}).Object.ID
	c := content("cn.ordinary")
	c.Applicant.Name = "Other Works"
	d.refused(licence.Invalid, applicant, &licence.Amend{Application: draft, Content: c})
	d.refused(licence.Invalid, applicant, &licence.File{ID: "A77777", Content: content("cn.ordinary")})
	d.testSight(mine.file, others.file)
	d.lawful()
}

// testSight goes through who sees whose file.
func (d *desk) testSight(mine, others string) {
	d.t.Helper()
	whole := []licence.Role{licence.Intake, licence.Officer, licence.Countersigner, licence.Enforcement, licence.Auditor, licence.Administrator}
	for _, role := range licence.Roles() {
		name := map[licence.Role]string{licence.Applicant: "Harbour Magnets", licence.Agency: "defence"}[role]
		_, one := d.application(mine).SeenBy(name, role)
		_, two := d.application(others).SeenBy(name, role)
		first := slices.Contains(whole, role) || role == licence.Applicant || role == licence.Agency
		if second := slices.Contains(whole, role); (one == nil) != first || (two == nil) != second {
			d.t.Errorf("as %s one sees one's own file: %v, and that of another: %v", role, one, two)
		}
	}
}
