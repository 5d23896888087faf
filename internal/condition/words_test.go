package condition

import "testing"

// A condition reads as a sentence, its contrary as what it denies.
func TestWords(t *testing.T) {
	env := testEnv(t)
	for _, tt := range [][2]string{
		{`true`, "always"},
		{`!true`, "never"},
		{`military`, "military is yes"},
		{`!military`, "military is no"},
		{`military == false`, "military is no"},
		{`goods.Dy > 0.0`, "goods.Dy is more than 0"},
		{`!(goods.Dy > 0.0)`, "goods.Dy is 0 or less"},
		{`goods.Dy >= 0.1 && goods.Tb >= 0.1`, "goods.Dy and goods.Tb are 0.1 or more"},
		{`goods.Dy < 5.0 || goods.Tb < 5.0`, "goods.Dy or goods.Tb is less than 5"},
		{`goods.Dy == 5.0`, "goods.Dy is 5"},
		{`goods.Dy != 5.0`, "goods.Dy is not 5"},
		{`goods.Dy > goods.Tb`, "goods.Dy is more than goods.Tb"},
		{`goods.Dy <= goods.Tb`, "goods.Dy is at most goods.Tb"},
		{`goods.form == "metal"`, "goods.form is metal"},
		{`goods.form != "metal"`, "goods.form is not metal"},
		{`goods.form in ["metal", "alloy", "oxide"]`, "goods.form is alloy, metal or oxide"},
		{`!(goods.form in ["metal", "alloy"])`, "goods.form is none of alloy and metal"},
		{`origin in ["CN", "HK"]`, "origin is China or Hong Kong"},
		{`loaded < timestamp("2025-04-05T00:01:00-04:00")`, "loaded is before 2025-04-05T00:01-04:00"},
		{`loaded >= timestamp("2025-04-05T00:01:00-04:00")`, "loaded is 2025-04-05T00:01-04:00 or later"},
		{`listed(end_user.name, "us.entity-list") || listed(consignee.name, "us.entity-list")`, "end_user.name or consignee.name is on the list us.entity-list"},
		{`!(listed(end_user.name, "us.entity-list") || listed(consignee.name, "us.entity-list"))`, "end_user.name and consignee.name are not on the list us.entity-list"},
		{`military && listed(end_user.name, "us.entity-list")`, "military is yes, and end_user.name is on the list us.entity-list"},
		{`exclusion && !military && (goods.Dy < 5.0 || (goods.Tb < 5.0 && use == "x"))`,
			"exclusion is yes, military is no, and (goods.Dy is less than 5, or (goods.Tb is less than 5, and use is x))"},
		{`!(military && goods.Dy > 0.0)`, "military is no, or goods.Dy is 0 or less"},
		{`military ? exclusion : goods.Dy > 0.0`, "if military is yes then exclusion is yes, else goods.Dy is more than 0"},
	} {
		if got := env.Words(compile(t, env, tt[0])); got != tt[1] {
			t.Errorf("%s:\n%s, want\n%s", tt[0], got, tt[1])
		}
	}
	if got := env.Words(nil); got != "always" {
		t.Errorf("no condition reads as %q", got)
	}
}
