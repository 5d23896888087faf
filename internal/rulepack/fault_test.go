package rulepack

import (
	"testing"
)

const (
	headFile        = "dexter/pack.yaml"
	instrumentsFile = "dexter/instruments.yaml"
	factsFile       = "dexter/facts.yaml"
	dutiesFile      = "dexter/measures/duties.yaml"
	goodsFile       = "dexter/lists/us.list.csv"
	tableFile       = "dexter/schedule/hts.csv"
	controlFile     = "lorica/measures/control.yaml"
	itemsFile       = "lorica/lists/cn.a18.csv"
	lanesFile       = "lorica/lanes.yaml"
)

// faults are one wrong thing each, put into the good packs, and all that is
// then said.
var faults = []struct {
	name           string
	file, old, new string
	want           []string
}{
	// YAML and its shapes
	{"not YAML", factsFile, "", "facts:\n- {name: a\n", []string{
		`dexter/facts.yaml:2:11: not readable as YAML: did not find expected ',' or '}' while parsing a flow mapping that begins in line 2`,
	}},
	{"bad indent", dutiesFile, "  kind: duty\n  title: Duty on a list", "  kind: duty\n   title: Duty on a list", []string{
		`dexter/measures/duties.yaml:6:9: not readable as YAML: mapping values are not allowed in this context`,
	}},
	{"empty file", factsFile, "", "# nothing\n", []string{
		`dexter/facts.yaml:1:1: the file is empty`,
	}},
	{"a list for a mapping", factsFile, "", "- facts\n", []string{
		`dexter/facts.yaml:1:1: the file of facts must be a mapping, not a list (its keys are facts, contradictions)`,
	}},
	{"two documents", dutiesFile, "relations:", "---\nrelations:", []string{
		`dexter/measures/duties.yaml:38:1: the file holds a second YAML document (put it into a file of its own)`,
	}},
	{"not UTF-8", factsFile, "- {name: loaded,", "- {name: l\xffaded,", []string{
		`dexter/facts.yaml:6:11: the file is not UTF-8 text here (save the file as UTF-8 without a byte order mark)`,
	}},
	{"byte order mark", factsFile, "facts:", "\ufefffacts:", []string{
		`dexter/facts.yaml:1:1: the file begins with a byte order mark (save the file as UTF-8 without a byte order mark)`,
	}},
	{"anchor", dutiesFile, "- id: us.list", "- &a id: us.list", []string{
		`dexter/measures/duties.yaml:4:3: the anchor &a has no meaning in a pack (leave it out)`,
	}},
	{"anchor and alias", dutiesFile, "{into: [US], goods: [\"7318\", 8505.11]}\n  on: steel", "&s {into: [US]}\n  on: *s", []string{
		`dexter/measures/duties.yaml:17:10: the anchor &s has no meaning in a pack (leave it out)`,
		`dexter/measures/duties.yaml:18:7: the alias *s stands for text written elsewhere (write the text out)`,
	}},
	{"tag", dutiesFile, "title: Duty on a list", "title: !x Duty on a list", []string{
		`dexter/measures/duties.yaml:6:10: the tag !x has no meaning in a pack (leave it out)`,
	}},
	{"unknown key", dutiesFile, "heading: 9903.88.01", "headng: 9903.88.01", []string{
		`dexter/measures/duties.yaml:7:3: a measure has no key "headng" (did you mean "heading"?)`,
	}},
	{"far-off key", headFile, "licence: CC0-1.0", "licence: CC0-1.0\nowner: me", []string{
		`dexter/pack.yaml:10:1: the pack has no key "owner" (its keys are id, title, jurisdiction, zone, currency, begins, known-through, depends-on, licence, not-covered, rounding, base, fixed-by, portions, groups, classification, filing-order)`,
	}},
	{"note as comment", dutiesFile, "us.column-1], by: eo-1", "us.column-1], note: so, by: eo-1", []string{
		`dexter/measures/duties.yaml:39:59: a relation has no key "note" (write it as a comment, # ...)`,
	}},
	{"duplicate key", dutiesFile, "  heading: 9903.88.01", "  heading: 9903.88.01\n  heading: 9903.88.02", []string{
		`dexter/measures/duties.yaml:8:3: a measure has the key "heading" twice, first in line 7 (keep one of them)`,
	}},
	{"key is no word", dutiesFile, "  heading: 9903.88.01", "  ? [a]\n  : b", []string{
		`dexter/measures/duties.yaml:7:5: a key of a measure must be a word, not a list`,
	}},
	{"missing keys", dutiesFile, "  kind: duty\n  title: Duty on a list\n", "", []string{
		`dexter/measures/duties.yaml:4:3: a measure needs the key "kind"`,
		`dexter/measures/duties.yaml:4:3: a measure needs the key "title"`,
	}},
	{"list for text", dutiesFile, "title: Duty on a list", "title: [Duty]", []string{
		`dexter/measures/duties.yaml:6:10: "title" of a measure must be text, not a list`,
	}},
	{"empty text", dutiesFile, "title: Duty on a list", "title:", []string{
		`dexter/measures/duties.yaml:6:9: "title" of a measure is empty`,
	}},
	{"bool for text", dutiesFile, "title: Duty on a list", "title: true", []string{
		`dexter/measures/duties.yaml:6:10: "title" of a measure must be text, not true (quote it if the word is meant: "true")`,
	}},
	{"text for list", dutiesFile, "[us.list], except", "us.list, except", []string{
		`dexter/measures/duties.yaml:8:44: "goods" of a scope must be a list, not "us.list" (write [us.list])`,
	}},
	{"null for list", dutiesFile, "[us.list], except", "~, except", []string{
		`dexter/measures/duties.yaml:8:44: "goods" of a scope must be a list, not empty`,
	}},
	{"empty list", dutiesFile, "[us.list], except", "[], except", []string{
		`dexter/measures/duties.yaml:8:44: "goods" of a scope is an empty list (leave the key out where everything is meant)`,
	}},
	{"text for mapping", dutiesFile, "{into: [US], origin: [CN], goods: [us.list], except: [us.out]}", "us", []string{
		`dexter/measures/duties.yaml:8:10: a scope must be a mapping, not "us" (its keys are into, out-of, reexport-from, from, to, origin, goods, except, items, controlled-by)`,
	}},
	{"bad id", dutiesFile, "id: us.list\n", "id: us.List\n", []string{
		`dexter/measures/duties.yaml:4:7: "id" of a measure, "us.List", is not an id (use lower-case letters and digits, joined by dots and hyphens, like eo-14257 or us.301.list-3)`,
	}},
	{"bad choice", dutiesFile, "  kind: exemption", "  kind: exmption", []string{
		`dexter/measures/duties.yaml:31:9: "kind" of a measure cannot be "exmption" (did you mean "exemption"?)`,
	}},
	{"far-off choice", instrumentsFile, "kind: ruling", "kind: decree", []string{
		`dexter/instruments.yaml:20:9: "kind" of an instrument cannot be "decree" (choose one of order, statute, proclamation, memorandum, announcement, notice, regulation, ruling, schedule, guidance, report)`,
	}},
	{"bad flag", dutiesFile, "from: 2025-09-01, end: true", "from: 2025-09-01, end: false", []string{
		`dexter/measures/duties.yaml:29:39: "end" of an act takes the value true alone, not "false" (write true, or leave the key out)`,
	}},

	// pack.yaml
	{"wrong name", headFile, "id: dexter", "id: dextre", []string{
		`dexter/pack.yaml:1:5: the pack is called "dextre" and lies in the directory "dexter" (give both the same name)`,
	}},
	{"bad jurisdiction", headFile, "jurisdiction: US", "jurisdiction: us", []string{
		`dexter/pack.yaml:3:15: "us" is not a country code (write US)`,
	}},
	{"bad zone", headFile, "zone: America/New_York", "zone: America/New York", []string{
		`dexter/pack.yaml:4:7: "America/New York" is not a time zone (use a name of the IANA database, like America/New_York or Asia/Shanghai)`,
	}},
	{"bad currency", headFile, "currency: USD", "currency: dollars", []string{
		`dexter/pack.yaml:5:11: "dollars" is not a currency (use its three letters, like USD)`,
	}},
	{"no currency", headFile, "currency: USD\n", "", []string{
		`dexter/pack.yaml:1:1: a pack with duties needs the key "currency" (like currency: USD)`,
	}},
	{"no rounding", headFile, "rounding: {places: 2, mode: half-up, by: hts}\n", "", []string{
		`dexter/pack.yaml:1:1: a pack with duties needs the key "rounding" (like rounding: {places: 2, mode: half-up, by: INSTRUMENT})`,
	}},
	{"bad places", headFile, "places: 2", "places: two", []string{
		`dexter/pack.yaml:11:20: "places" of the rounding must be a whole number from 0 to 9, not "two"`,
	}},
	{"bad mode", headFile, "mode: half-up", "mode: halfup", []string{
		`dexter/pack.yaml:11:29: "mode" of the rounding cannot be "halfup" (did you mean "half-up"?)`,
	}},
	{"dangling rounding", headFile, "half-up, by: hts", "half-up, by: htsus", []string{
		`dexter/pack.yaml:11:42: there is no instrument "htsus" (add it to instruments.yaml)`,
	}},
	{"bad day", headFile, "begins: 2025-01-01", "begins: 2025-1-1", []string{
		`dexter/pack.yaml:6:9: "begins" of the pack: day …`,
	}},
	{"known before it begins", headFile, "known-through: 2025-06-30", "known-through: 2024-06-30", []string{
		`dexter/pack.yaml:7:16: the pack is known through 2024-06-30 and begins only on 2025-01-01`,
	}},
	{"missing dependency", headFile, "depends-on: [lorica]", "depends-on: [lorica, loricas]", []string{
		`dexter/pack.yaml:8:22: the pack depends on "loricas", which was not found (did you mean "lorica"?)`,
	}},
	{"depends on itself", headFile, "depends-on: [lorica]", "depends-on: [lorica, dexter]", []string{
		`dexter/pack.yaml:8:22: the pack depends on itself (leave it out)`,
	}},
	{"depends twice", headFile, "depends-on: [lorica]", "depends-on: [lorica, lorica]", []string{
		`dexter/pack.yaml:8:22: the pack depends on "lorica" twice (leave one out)`,
	}},
	{"circle of packs", "lorica/pack.yaml", "licence: CC0-1.0", "licence: CC0-1.0\ndepends-on: [dexter]", []string{
		`lorica/pack.yaml:8:14: lorica depends on dexter, which depends on lorica again (move what both need into a third pack)`,
	}},
	{"base measure taken", headFile, "measure: us.column-1", "measure: us.list", []string{
		`dexter/measures/duties.yaml:4:7: there is a measure "us.list" already, at dexter/pack.yaml:13 (give each an id of its own)`,
		`dexter/measures/duties.yaml:39:15: "us.list" matches no duty (us.list is a base duty)`,
		`dexter/measures/duties.yaml:39:45: "us.column-1" matches no measure (* stands for any characters)`,
	}},
	{"held until before it begins", headFile, "heading-digits: 8", "heading-digits: 8\n  held-until: 2017-01-01", []string{
		`dexter/pack.yaml:15:15: the pack begins when no edition is held any more (give the first instant after the last edition held)`,
	}},
	{"odd digits", headFile, "heading-digits: 8", "heading-digits: 7", []string{
		`dexter/pack.yaml:14:19: codes have an even number of digits (write 4, 6, 8 or 10)`,
	}},
	{"no table", headFile, "table: schedule/hts.csv", "table: schedule/htsus.csv", []string{
		`dexter/pack.yaml:15:10: there is no file "schedule/htsus.csv" (did you mean "schedule/hts.csv"?)`,
	}},
	{"no programmes", headFile, "programmes: schedule/programmes.csv", "programmes: programmes.csv", []string{
		`dexter/pack.yaml:19:15: there is no file "programmes.csv" (give the path of a file in the pack's folder schedule)`,
		`dexter/schedule/programmes.csv:1:1: the file holds programmes, and pack.yaml does not name it (add programmes: schedule/programmes.csv under base)`,
	}},
	{"claim is no enum", headFile, "claim: preference", "claim: loaded", []string{
		`dexter/pack.yaml:18:10: the fact loaded cannot name the programme claimed (declare it with type: enum and kind: claim)`,
	}},
	{"no such claim", headFile, "claim: preference", "claim: preferences", []string{
		`dexter/pack.yaml:18:10: there is no fact "preferences" (did you mean "preference"?)`,
	}},
	{"nothing to claim with", headFile, "  claim: preference\n", "", []string{
		`dexter/pack.yaml:18:15: programmes cannot be claimed without a fact to claim them (add claim, an enum fact of kind claim)`,
	}},
	{"unknown fact of portion", headFile, "share: content.steel", "share: content.steal", []string{
		`dexter/pack.yaml:21:18: there is no fact "content.steal" (did you mean "content.steel"?)`,
	}},
	{"fact is no share", factsFile, "{name: content.us, type: number, kind: claim, min: 0, max: 1}", "{name: content.us, type: number, kind: claim, min: 0, max: 2}", []string{
		`dexter/pack.yaml:23:18: the fact content.us is no share (declare it as a number with min: 0 and max: 1)`,
	}},
	{"share and less", headFile, "{share: content.copper}", "{share: content.copper, less: content.us}", []string{
		`dexter/pack.yaml:22:11: the portion copper needs either share or less (share: the fact is the part; less: the part is 1 minus the fact)`,
	}},
	{"built-in portion", headFile, "  non-us: {", "  whole: {", []string{
		`dexter/pack.yaml:23:3: the portion "whole" is built in (leave it out)`,
	}},
	{"bad portion", headFile, "  non-us: {", "  Non_US: {", []string{
		`dexter/pack.yaml:23:3: "Non_US" cannot name a portion (use lower-case letters and digits, joined by hyphens)`,
	}},
	{"portion twice", headFile, "  copper: {", "  steel: {", []string{
		`dexter/measures/duties.yaml:26:7: there is no portion "copper" (declare it under portions in pack.yaml)`,
		`dexter/pack.yaml:22:3: "steel" is twice in the portions, first in line 21 (keep one of them)`,
	}},
	{"bad group", headFile, "  EU: [", "  Eu: [", []string{
		`dexter/pack.yaml:26:3: "Eu" cannot name a group of countries (use three or more upper-case letters, digits and hyphens, like CAFTA-DR)`,
	}},
	{"group of a dependency", headFile, "  EU: [", "  ALLIES: [", []string{
		`dexter/pack.yaml:26:3: the pack lorica, on which this one depends, has a group ALLIES already (use it, or choose another name)`,
	}},
	{"unknown member", headFile, "[AT, BE]", "[AT, BX]", []string{
		`dexter/pack.yaml:26:22: "BX" is not a country: …`,
	}},
	{"member by name", headFile, "[AT, BE]", "[Austria, BE]", []string{
		`dexter/pack.yaml:26:18: "Austria" is not a country code (write AT)`,
	}},
	{"member twice", headFile, "[AT, BE]", "[AT, AT]", []string{
		`dexter/pack.yaml:26:22: the group EU names AT twice (leave one out)`,
	}},
	{"empty membership", headFile, "from: 2025-01-01, until: 2025-03-01", "from: 2025-03-01, until: 2025-03-01", []string{
		`dexter/pack.yaml:26:86: "until" of a membership, 2025-03-01, is not after its "from", 2025-03-01 (the interval is from inclusive, until exclusive)`,
	}},
	{"filing orders at once", headFile, "order: [\"9903.88.*\", \"*\"]}", "order: [\"*\"]}\n- {from: \"2025-01-01T00:00-05:00\", by: hts, order: [\"*\"]}", []string{
		`dexter/pack.yaml:29:10: another filing order begins at the same instant (keep one of them)`,
	}},
	{"stray file", "dexter/measures/more/a.yaml", "", "programme: {}", []string{
		`dexter/measures/more/a.yaml: the file is no part of a pack (the files are measures/NAME.yaml and cases/NAME.yaml, without deeper folders)`,
	}},
	{"misnamed file", "dexter/instrument.yaml", "", "", []string{
		`dexter/instrument.yaml: the file is no part of a pack (did you mean "instruments.yaml"?)`,
	}},
	{"misplaced list", "dexter/list/a.csv", "", "", []string{
		`dexter/list/a.csv: the file is no part of a pack (put it into lists/)`,
	}},
	{"yml", "dexter/measures/a.yml", "", "", []string{
		`dexter/measures/a.yml: the file is no part of a pack (name it .yaml)`,
	}},

	// instruments and facts
	{"instrument twice", instrumentsFile, "id: ruling", "id: eo-1", []string{
		`dexter/instruments.yaml:19:7: there is an instrument "eo-1" already, in line 7 (give each an id of its own)`,
		`dexter/measures/duties.yaml:12:10: there is no instrument "ruling" (add it to instruments.yaml)`,
	}},
	{"instrument of a dependency", instrumentsFile, "id: ruling\n  kind", "id: ann-18\n  kind", []string{
		`dexter/instruments.yaml:19:7: there is an instrument "ann-18" already, in a pack that this one depends on (give each an id of its own)`,
		`dexter/measures/duties.yaml:12:10: there is no instrument "ruling" (add it to instruments.yaml)`,
	}},
	{"instrument without date", instrumentsFile, "  date: 2025-05-28\n", "", []string{
		`dexter/instruments.yaml:19:3: an instrument needs the key "date"`,
	}},
	{"bad address", "lorica/instruments.yaml", "https://example.org/18", "example.org/18", []string{
		`lorica/instruments.yaml:7:8: "example.org/18" is not the address of a page (begin it with https://)`,
	}},
	{"bad confidence", instrumentsFile, "confidence: memory", "confidence: memroy", []string{
		`dexter/instruments.yaml:17:15: "confidence" of an instrument cannot be "memroy" (did you mean "memory"?)`,
	}},
	{"no instruments", instrumentsFile, "", "instruments: {}\n", []string{
		`dexter/instruments.yaml:1:14: "instruments" of the file of instruments must be a list, not a mapping`,
	}},
	{"fact twice", factsFile, "{name: loaded, type: instant, kind: claim}", "{name: preference, type: enum, kind: claim, values: [S, KR]}", []string{
		`dexter/facts.yaml:6:10: fact preference is declared already, at dexter/facts.yaml:2 (leave one out)`,
		`dexter/measures/duties.yaml:34:9: condition: …`,
	}},
	{"fact declared otherwise", factsFile, "{name: loaded, type: instant, kind: claim}", "{name: goods.form, type: enum, values: [metal]}\n- {name: loaded, type: instant}", []string{
		`dexter/facts.yaml:6:10: fact goods.form is declared otherwise at lorica/facts.yaml:12 (declare it word for word the same, or give it another name)`,
	}},
	{"fact declared alike", factsFile, "{name: loaded, type: instant, kind: claim}", "{name: goods.form, type: enum, values: [metal, magnet], absent: none of them}\n- {name: loaded, type: instant, kind: claim}", []string{}},
	{"built-in fact", factsFile, "{name: loaded, type: instant, kind: claim}", "{name: origin, type: text}\n- {name: loaded, type: instant, kind: claim}", []string{
		`dexter/facts.yaml:6:10: fact origin: …`,
	}},
	{"contradiction of a fact that is not declared", factsFile, "{name: loaded, type: instant, kind: claim}", "{name: loaded, type: instant, kind: claim}\ncontradictions:\n- {when: 'loadd > entered', says: no, remedy: none}", []string{
		`dexter/facts.yaml:8:11: condition: …`,
	}},
	{"contradiction of no fact of the case", factsFile, "{name: loaded, type: instant, kind: claim}", "{name: loaded, type: instant, kind: claim}\ncontradictions:\n- {when: 'entered < exported', says: no, remedy: none}", []string{
		`dexter/facts.yaml:8:10: the condition reads no fact that a case states (name the fact to correct first)`,
	}},
	{"contradiction without a remedy", factsFile, "{name: loaded, type: instant, kind: claim}", "{name: loaded, type: instant, kind: claim}\ncontradictions:\n- {when: 'loaded > entered', says: no}", []string{
		`dexter/facts.yaml:8:3: a contradiction needs the key "remedy"`,
	}},
	{"bad fact name", factsFile, "{name: loaded, type: instant, kind: claim}", "{name: loaded-at, type: instant, kind: claim}", []string{
		`dexter/facts.yaml:6:10: "loaded-at" cannot name a fact: …`,
	}},
	{"enum without values", factsFile, "{name: preference, type: enum, kind: claim, values: [S, KR]}", "{name: preference, type: enum, kind: claim}", []string{
		`dexter/facts.yaml:2:10: fact preference: …`,
	}},
	{"bad implied value", "lorica/facts.yaml", "value: 0}", "value: 120}", []string{
		`lorica/facts.yaml:9:37: goods.Dy cannot be 120: …`,
	}},
	{"bad implied code", "lorica/facts.yaml", "goods: \"8505.11.00.70\"", "goods: \"8505.11.00.7\"", []string{
		`lorica/facts.yaml:9:13: goods code …`,
	}},

	// measures
	{"no programme", dutiesFile, "programme: {id: us.first, title: First programme}\n", "", []string{
		`dexter/measures/duties.yaml:2:1: the file of measures has measures and no "programme" (like programme: {id: us.301, title: Section 301 of the Trade Act 1974})`,
	}},
	{"measure twice", dutiesFile, "- id: us.copper", "- id: us.steel", []string{
		`dexter/measures/duties.yaml:22:7: there is a measure "us.steel" already, at dexter/measures/duties.yaml:13 (give each an id of its own)`,
	}},
	{"no leg", dutiesFile, "{into: [US], goods: [\"7318\"]}", "{goods: [\"7318\"]}", []string{
		`dexter/measures/duties.yaml:25:10: the scope names no leg of the movement (add into, out-of or reexport-from)`,
	}},
	{"two legs", dutiesFile, "{into: [US], goods: [\"7318\"]}", "{into: [US], out-of: [US], goods: [\"7318\"]}", []string{
		`dexter/measures/duties.yaml:25:23: the scope has both "into" and "out-of" (make two measures of it)`,
	}},
	{"no territory", dutiesFile, "{into: [US], goods: [\"7318\"]}", "{into: [], goods: [\"7318\"]}", []string{
		`dexter/measures/duties.yaml:25:17: "into" of a scope names no territory`,
	}},
	{"unknown country", dutiesFile, "origin: [CN], goods", "origin: [ZQ], goods", []string{
		`dexter/measures/duties.yaml:8:32: "ZQ" is not a country: …`,
	}},
	{"country in words", dutiesFile, "origin: [CN], goods", "origin: [China], goods", []string{
		`dexter/measures/duties.yaml:8:32: there is no country or group "China" (write CN)`,
	}},
	{"unknown group", dutiesFile, "origin: [CN], goods", "origin: [not COLUMN2], goods", []string{
		`dexter/measures/duties.yaml:8:32: there is no country or group "COLUMN2" (did you mean "COLUMN-2"?)`,
	}},
	{"undeclared group", dutiesFile, "origin: [CN], goods", "origin: [NATO], goods", []string{
		`dexter/measures/duties.yaml:8:32: there is no country or group "NATO" (declare the group in pack.yaml)`,
	}},
	{"country twice", dutiesFile, "origin: [CN], goods", "origin: [CN, not CN], goods", []string{
		`dexter/measures/duties.yaml:8:36: "origin" of a scope names CN twice (leave one out)`,
	}},
	{"unknown list", dutiesFile, "goods: [us.list]", "goods: [us.lists]", []string{
		`dexter/measures/duties.yaml:8:45: there is no list of goods "us.lists" (did you mean "us.list"?)`,
	}},
	{"list of another kind", dutiesFile, "goods: [us.list]", "goods: [cn.a18]", []string{
		`dexter/measures/duties.yaml:8:45: cn.a18 is a list of items, not of goods (name it under items)`,
	}},
	{"items of goods", controlFile, "items: [cn.a18]", "items: [cn.parties]", []string{
		`lorica/measures/control.yaml:7:33: cn.parties is a list of parties, not of items`,
	}},
	{"list of a stranger", controlFile, "items: [cn.a18]", "items: [us.list]", []string{
		`lorica/measures/control.yaml:7:33: the list us.list is that of a pack on which this one does not depend (add the pack to depends-on in pack.yaml)`,
	}},
	{"bad code", dutiesFile, "goods: [\"7318\"]", "goods: [\"73181\"]", []string{
		`dexter/measures/duties.yaml:25:31: goods code …`,
	}},
	{"controlled by a duty", controlFile, "controlled-by: [\"cn.ann-*\"]", "controlled-by: [\"cn.listed\"]", []string{
		`lorica/measures/control.yaml:14:41: "cn.listed" matches no licence measure (cn.listed is a prohibition)`,
	}},
	{"controlled by nothing", controlFile, "controlled-by: [\"cn.ann-*\"]", "controlled-by: [\"cn.an-18\"]", []string{
		`lorica/measures/control.yaml:14:41: "cn.an-18" matches no licence measure (did you mean "cn.ann-18"?)`,
	}},
	{"unknown portion", dutiesFile, "on: copper", "on: coper", []string{
		`dexter/measures/duties.yaml:26:7: there is no portion "coper" (did you mean "copper"?)`,
	}},
	{"portion of a licence", controlFile, "  review: case by case", "  on: whole", []string{
		`lorica/measures/control.yaml:8:3: a licence stands on no portion of the value (leave it out)`,
	}},
	{"condition does not parse", dutiesFile, "when: loaded <", "when: loaded <<", []string{
		`dexter/measures/duties.yaml:34:17: condition: …`,
	}},
	{"condition of the wrong type", dutiesFile, "when: loaded < timestamp(\"2025-02-01T00:01:00-05:00\")", "when: preference < 3.0", []string{
		`dexter/measures/duties.yaml:34:20: condition: …`,
	}},
	{"unknown fact", dutiesFile, "when: loaded <", "when: preference == 'S' || loadde <", []string{
		`dexter/measures/duties.yaml:34:30: condition: …`,
	}},
	{"unknown fact in quotes", dutiesFile, "when: loaded < timestamp(\"2025-02-01T00:01:00-05:00\")", "when: 'preference == ''S'' && loadde'", []string{
		`dexter/measures/duties.yaml:34:33: condition: …`,
	}},
	{"unknown fact in double quotes", dutiesFile, "when: loaded < timestamp(\"2025-02-01T00:01:00-05:00\")", `when: "preference == \"S\" && loadde"`, []string{
		`dexter/measures/duties.yaml:34:33: condition: …`,
	}},
	{"unknown fact in a block", dutiesFile, "when: loaded < timestamp(\"2025-02-01T00:01:00-05:00\")", "when: |\n    preference == 'S'\n      && loadde", []string{
		`dexter/measures/duties.yaml:36:10: condition: …`,
	}},
	{"unknown fact in a folded block", dutiesFile, "when: loaded < timestamp(\"2025-02-01T00:01:00-05:00\")", "when: >-\n    preference == 'S'\n    && loadde", []string{
		`dexter/measures/duties.yaml:36:8: condition: …`,
	}},
	{"unknown fact over two lines", dutiesFile, "when: loaded < timestamp(\"2025-02-01T00:01:00-05:00\")", "when: preference == 'S' &&\n    loadde", []string{
		`dexter/measures/duties.yaml:35:5: condition: …`,
	}},
	{"fact of a stranger", controlFile, "when: listed(end_user.name, \"cn.parties\")", "when: content.us > 0.5", []string{
		`lorica/measures/control.yaml:15:9: condition: the fact content.us is that of the pack dexter (add dexter to depends-on in pack.yaml)`,
	}},
	{"unknown party list", controlFile, "\"cn.parties\"", "\"cn.partys\"", []string{
		`lorica/measures/control.yaml:15:31: condition: …`,
	}},
	{"exempting duty", dutiesFile, "  on: copper", "  exempts: [us.list]", []string{
		`dexter/measures/duties.yaml:26:3: a duty exempts from nothing (a duty that takes the place of another has in-lieu-of)`,
	}},
	{"review of others without one", controlFile, "  review: case by case", "  reviews: [cn.ann-18]", []string{
		`lorica/measures/control.yaml:8:3: the measure has no policy of review to put in the place of another (write it under review)`,
	}},
	{"fact computed from itself", "lorica/facts.yaml", "type: number", "type: number\n  formula: goods.Dy * 2", []string{
		`lorica/facts.yaml:2:9: formula of goods.Dy, column 1: goods.Dy is computed from itself`,
	}},
	{"exemption from nothing", dutiesFile, "  exempts: [us.list]\n", "", []string{
		`dexter/measures/duties.yaml:30:3: an exemption needs the key "exempts" (patterns over the ids of the measures that do not apply where it does)`,
	}},
	{"exempts nothing", dutiesFile, "exempts: [us.list]", "exempts: [\"us.lists.*\"]", []string{
		`dexter/measures/duties.yaml:35:13: "us.lists.*" matches no measure (did you mean "us.list"?)`,
	}},
	{"replacing licence", controlFile, "  review: case by case", "  in-lieu-of: [cn.listed]", []string{
		`lorica/measures/control.yaml:8:3: a licence takes the place of no duty (leave it out)`,
	}},
	{"replaces nothing", dutiesFile, "  on: copper", "  in-lieu-of: [us.column-3]", []string{
		`dexter/measures/duties.yaml:26:16: "us.column-3" matches no measure (* stands for any characters)`,
	}},

	// acts
	{"no acts", dutiesFile, "\n  - {by: eo-1, from: 2025-02-04, unknown: \"whether it ended\"}", " []", []string{
		`dexter/measures/duties.yaml:36:9: a measure has no acts (an act is what an instrument does to it)`,
	}},
	{"dangling citation", dutiesFile, "{by: eo-1, from: 2025-02-04, rate: total 15%}", "{by: e0-1, from: 2025-02-04, rate: total 15%}", []string{
		`dexter/measures/duties.yaml:20:10: there is no instrument "e0-1" (did you mean "eo-1"?)`,
	}},
	{"act without instrument", dutiesFile, "{by: eo-1, from: 2025-02-04, rate: total 15%}", "{from: 2025-02-04, rate: total 15%}", []string{
		`dexter/measures/duties.yaml:20:5: an act needs the key "by"`,
	}},
	{"no effect", dutiesFile, "from: 2025-02-04, rate: total 15%", "from: 2025-02-04", []string{
		`dexter/measures/duties.yaml:20:5: the act has no effect (add one of rate, applies, suspend, resume, end, void, stay, unknown)`,
	}},
	{"two effects", dutiesFile, "from: 2025-02-04, rate: total 15%", "from: 2025-02-04, end: true, rate: 15%", []string{
		`dexter/measures/duties.yaml:20:34: the act has two effects, "rate" and "end" (make two acts of it, or use until and then)`,
	}},
	{"no from", dutiesFile, "by: eo-1, from: 2025-02-04, rate: total 15%", "by: eo-1, rate: total 15%", []string{
		`dexter/measures/duties.yaml:20:5: the act needs the key "from" (the day or the instant from which it has its effect)`,
	}},
	{"void without from", dutiesFile, "by: eo-1, from: 2025-09-01, end: true", "by: ruling, void: true", []string{}},
	{"void with an end", dutiesFile, "by: eo-1, from: 2025-09-01, end: true", "by: ruling, void: true, until: 2025-12-31", []string{
		`dexter/measures/duties.yaml:29:30: what is void from the start has no end (leave until out)`,
	}},
	{"bad instant", dutiesFile, "2025-05-14T00:01-04:00", "2025-05-14T00:01", []string{
		`dexter/measures/duties.yaml:11:22: "from" of an act: instant …`,
	}},
	{"bad day of act", dutiesFile, "from: 2025-09-01, end", "from: 2025-09-31, end", []string{
		`dexter/measures/duties.yaml:29:22: "from" of an act: moment …`,
	}},
	{"until before from", dutiesFile, "until: \"2025-08-12T00:01-04:00\"", "until: \"2025-05-14T04:01Z\"", []string{
		`dexter/measures/duties.yaml:11:65: "until" of an act, 2025-05-14T04:01Z, is not after its "from", 2025-05-14T00:01-04:00 (the interval is from inclusive, until exclusive)`,
	}},
	{"then without until", dutiesFile, "until: 2025-07-01, then: resume", "then: resume", []string{
		`dexter/measures/duties.yaml:21:49: the act has "then" and no "until" (until says when it follows)`,
	}},
	{"bad then", dutiesFile, "then: resume", "then: resumed", []string{
		`dexter/measures/duties.yaml:21:74: rate …`,
	}},
	{"then of a licence", controlFile, "then: unknown", "then: 25%", []string{
		`lorica/measures/control.yaml:17:90: then cannot be "25%" for a prohibition (write applies, resume, end or unknown)`,
	}},
	{"then applies at what rate", dutiesFile, "then: resume", "then: applies", []string{
		`dexter/measures/duties.yaml:21:74: a duty applies at a rate (write the rate, like then: 25%)`,
	}},
	{"duty that applies", dutiesFile, "rate: total 15%", "applies: true", []string{
		`dexter/measures/duties.yaml:20:34: a duty applies at a rate (write rate, like rate: 25%)`,
	}},
	{"licence with a rate", controlFile, "{by: ann-18, from: 2025-04-04, applies: true}", "{by: ann-18, from: 2025-04-04, rate: 5%}", []string{
		`lorica/measures/control.yaml:10:36: a licence has no rate (write applies: true)`,
	}},
	{"unreadable rate", dutiesFile, "rate: 1.5 cents/kg", "rate: 1.5 cents a kilo", []string{
		`dexter/measures/duties.yaml:28:40: rate …`,
	}},
	{"staying a stranger", dutiesFile, "stay: eo-1", "stay: hts", []string{
		`dexter/measures/duties.yaml:12:42: hts did nothing to a measure that could be stayed (name the instrument of one of its other acts)`,
	}},
	{"staying nobody", dutiesFile, "stay: eo-1", "stay: eo-3", []string{
		`dexter/measures/duties.yaml:12:42: there is no instrument "eo-3" (add it to instruments.yaml)`,
	}},
	{"bad standing", dutiesFile, "from: 2025-09-01, end: true", "from: 2025-09-01, end: true, standing: rumoured", []string{
		`dexter/measures/duties.yaml:29:55: "standing" of an act cannot be "rumoured" (choose one of enacted, announced, reported)`,
	}},

	// relations and lanes
	{"relation of nothing", dutiesFile, "measures: [us.list]", "measures: [us.lost]", []string{
		`dexter/measures/duties.yaml:39:15: "us.lost" matches no duty (did you mean "us.list"?)`,
	}},
	{"relation of exemptions", dutiesFile, "measures: [us.list]", "measures: [us.afloat]", []string{
		`dexter/measures/duties.yaml:39:15: "us.afloat" matches no duty (us.afloat is an exemption)`,
	}},
	{"relation to nothing", dutiesFile, "us.column-1]", "\"us.colum.*\"]", []string{
		`dexter/measures/duties.yaml:39:45: "us.colum.*" matches no measure (did you mean "us.column-1"?)`,
	}},
	{"relation without a kind", dutiesFile, "adds-to: [us.steel, us.column-1], ", "", []string{
		`dexter/measures/duties.yaml:39:3: the relation says nothing of its measures (add adds-to, yields-to or apart)`,
	}},
	{"relation of two kinds", dutiesFile, "adds-to: [us.steel, us.column-1], ", "adds-to: [us.steel], apart: true, ", []string{
		`dexter/measures/duties.yaml:39:46: the relation has both "adds-to" and "apart" (make two relations of it)`,
	}},
	{"relation without a citation", dutiesFile, "by: eo-1, from: 2025-02-04}", "from: 2025-02-04}", []string{
		`dexter/measures/duties.yaml:39:3: a relation needs the key "by"`,
	}},
	{"relation ended and open", dutiesFile, "by: eo-1, from: 2025-02-04}", "by: eo-1, from: 2025-02-04, ended-by: eo-2}", []string{
		`dexter/measures/duties.yaml:39:87: the relation is ended by "eo-2" and has no end (add until)`,
	}},
	{"lane twice", lanesFile, "lanes:", "lanes:\n- {id: cn.ordinary, title: T, authority: A, for: [cn.ann-18], rank: 1, acts: [{by: ann-18, from: 2025-04-04, applies: true}]}", []string{
		`lorica/lanes.yaml:3:7: there is a lane "cn.ordinary" already, at lorica/lanes.yaml:2 (give each an id of its own)`,
	}},
	{"lane for nothing", lanesFile, "for: [\"cn.*\"]", "for: [\"cn.anne-*\", cn.listed]", []string{
		`lorica/lanes.yaml:5:9: "cn.anne-*" matches no licence measure (did you mean "cn.ann-18"?)`,
		`lorica/lanes.yaml:5:22: "cn.listed" matches no licence measure (cn.listed is a prohibition)`,
	}},
	{"bad rank", lanesFile, "rank: 2", "rank: second", []string{
		`lorica/lanes.yaml:6:9: "rank" of a lane must be a whole number from 0 to 1000, not "second"`,
	}},
	{"bad requirement", lanesFile, "{when: 'goods.Dy < 50.0', else: too much of it, by: ann-18}", "{when: 'goods.Dy < goods.form', by: ann-81}", []string{
		`lorica/lanes.yaml:18:5: a requirement needs the key "else"`,
		`lorica/lanes.yaml:18:22: condition: …`,
		`lorica/lanes.yaml:18:41: there is no instrument "ann-81" (did you mean "ann-18"?)`,
	}},
	{"lane with a rate", lanesFile, "applies: true", "rate: 5%", []string{
		`lorica/lanes.yaml:20:36: a licence has no rate (write applies: true)`,
	}},
	{"days that are not said how to count", lanesFile, "counted: working-days, starts: acceptance", "counted: workdays", []string{
		`lorica/lanes.yaml:8:27: "days" of a clock without "starts" (say which days count and with which event they begin)`,
		`lorica/lanes.yaml:8:40: "counted" of a clock cannot be "workdays" (choose one of working-days, calendar-days)`,
	}},
	{"clock of days and none", lanesFile, "none: no time limit", "none: no limit, days: 45, counted: working-days, starts: acceptance", []string{
		`lorica/lanes.yaml:9:27: a clock has both "days" and "none" (leave out one of them)`,
	}},
	{"term without months", lanesFile, "months: 12, ", "", []string{
		`lorica/lanes.yaml:11:5: a term of a lane has neither "months" nor "says" (add one of them)`,
		`lorica/lanes.yaml:11:15: "at-most" of a term of a lane without "months" (it is about a term of whole months)`,
		`lorica/lanes.yaml:11:27: "ends" of a term of a lane without "months" (it is about a term of whole months)`,
	}},
	{"paper as text", lanesFile, "{title: Form, by: ann-18}", "Form", []string{
		`lorica/lanes.yaml:13:5: a paper must be a mapping, not "Form" (its keys are title, form, when, from, until, by, provision, confidence, note)`,
	}},
	{"paper without law", lanesFile, "form: copy, from: 2025-06-01, by: ann-18", "form: photocopy", []string{
		`lorica/lanes.yaml:14:5: a paper needs the key "by"`,
		`lorica/lanes.yaml:14:29: "form" of a paper cannot be "photocopy" (choose one of original, copy, electronic)`,
	}},

	// lists
	{"empty list file", goodsFile, "", "", []string{
		`dexter/lists/us.list.csv:1:1: the header tells no kind of list (begin a list of goods with code, of items with item, of parties with name)`,
	}},
	{"no kind of list", goodsFile, "code,from", "codes,from", []string{
		`dexter/lists/us.list.csv:1:1: the header tells no kind of list (begin a list of goods with code, of items with item, of parties with name)`,
	}},
	{"unknown column", goodsFile, "except,note", "excepts,note", []string{
		`dexter/lists/us.list.csv:1:29: there is no column "excepts" (did you mean "except"?)`,
	}},
	{"column twice", goodsFile, "except,note", "note,note", []string{
		`dexter/lists/us.list.csv:1:34: the column "note" is there twice`,
	}},
	{"column missing", "dexter/lists/us.out.csv", "", "code\n7318.15.20.61\n", []string{
		`dexter/lists/us.out.csv:1:1: the column "by" is missing (the columns are code,from,until,by,ended-by,except,note)`,
	}},
	{"field missing", goodsFile, "7318.15.20,2025-02-04,2025-09-01,eo-1,eo-2,,", "7318.15.20,2025-02-04,2025-09-01,eo-1,eo-2,", []string{
		`dexter/lists/us.list.csv:3:1: the row has 6 fields and the header 7 (quote a field that holds a comma)`,
	}},
	{"bad quote", goodsFile, "magnets", "mag\"nets", []string{
		`dexter/lists/us.list.csv:2:31: a quote inside a field that is not quoted (quote the whole field and write "" for the quote)`,
	}},
	{"open quote", goodsFile, "magnets", "\"magnets", []string{
		`dexter/lists/us.list.csv:2:1: a quoted field that begins in this row is not closed before line 3 (end it with a quote, and write "" for a quote inside it)`,
	}},
	{"bad code in list", goodsFile, "8505,,,", "850,,,", []string{
		`dexter/lists/us.list.csv:2:1: goods code …`,
	}},
	{"no code in list", goodsFile, "8505,,,", ",,,", []string{
		`dexter/lists/us.list.csv:2:1: the row has no "code"`,
	}},
	{"bad day in list", goodsFile, "7318.15.20,2025-02-04", "7318.15.20,04.02.2025", []string{
		`dexter/lists/us.list.csv:3:12: moment …`,
	}},
	{"until before from in list", goodsFile, "2025-02-04,2025-09-01", "2025-02-04,2025-01-01", []string{
		`dexter/lists/us.list.csv:3:23: until, 2025-01-01, is not after from, 2025-02-04 (the interval is from inclusive, until exclusive)`,
	}},
	{"no citation in list", goodsFile, "2025-09-01,eo-1,eo-2", "2025-09-01,,eo-2", []string{
		`dexter/lists/us.list.csv:3:34: the row has no "by"`,
	}},
	{"dangling citation in list", goodsFile, "2025-09-01,eo-1,eo-2", "2025-09-01,eo1,eo-2", []string{
		`dexter/lists/us.list.csv:3:34: there is no instrument "eo1" (did you mean "eo-1"?)`,
	}},
	{"dangling citations in list", "dexter/lists/us.out.csv", "", "code,by\n7318.15.20.61,e-9\n7318.15.20.61,e-9\n7318.15.20.61,e-9\n", []string{
		`dexter/lists/us.out.csv:2:15: there is no instrument "e-9", cited in 3 rows of this file (add it to instruments.yaml)`,
	}},
	{"ended and open", goodsFile, "2025-02-04,2025-09-01", "2025-02-04,", []string{
		`dexter/lists/us.list.csv:3:29: the row is ended by "eo-2" and has no end (fill in until)`,
	}},
	{"exception elsewhere", goodsFile, "8505.11.00.10", "8506.10.00.00", []string{
		`dexter/lists/us.list.csv:2:14: 8506.10.00.00 is excepted and does not lie within 8505`,
	}},
	{"bad exception", goodsFile, "8505.11.00.10", "8505.11.00.1", []string{
		`dexter/lists/us.list.csv:2:14: goods code …`,
	}},
	{"after accents", goodsFile, "magnets", "aimants à néodyme\n8505,,,eo-1,,8506,é", []string{
		`dexter/lists/us.list.csv:3:14: 8506 is excepted and does not lie within 8505`,
	}},
	{"bad condition in list", itemsFile, "goods.Dy > 0.0", "goods.Dz > 0.0", []string{
		`lorica/lists/cn.a18.csv:2:57: condition: …`,
	}},
	{"bad confidence in list", itemsFile, "secondary", "second", []string{
		`lorica/lists/cn.a18.csv:2:109: the confidence cannot be "second" (choose one of verified, secondary, memory)`,
	}},
	{"name of marks alone", "lorica/lists/cn.parties.csv", "Acme Arms,US", "'.,US", []string{
		`lorica/lists/cn.parties.csv:2:1: the name "'." is marks alone, by which nobody is found`,
	}},
	{"bad country in list", "lorica/lists/cn.parties.csv", "Acme Arms,US", "Acme Arms,USA", []string{
		`lorica/lists/cn.parties.csv:2:11: "USA" is not a country code (write US)`,
	}},
	{"bad list name", "dexter/lists/9lives.csv", "", "code,by\n", []string{
		`dexter/lists/9lives.csv: the name of the file, "9lives", cannot be the id of a list (use lower-case letters and digits, joined by dots and hyphens, a letter first)`,
	}},
	{"list twice", "dexter/lists/cn.a18.csv", "", "code,by\n", []string{
		`dexter/lists/cn.a18.csv: there is a list "cn.a18" already, in lorica/lists/cn.a18.csv (give the file another name)`,
	}},

	// schedule
	{"bad schedule code", tableFile, "8505.19.00,", "8505.19.0,", []string{
		`dexter/schedule/hts.csv:10:1: goods code …`,
	}},
	{"overlap in schedule", tableFile, "7318.15.20,2025-07-01", "7318.15.20,2025-06-01", []string{
		`dexter/schedule/hts.csv:4:1: line 7318.15.20 is in force twice at one time, first in line 3 (end the earlier one where the later begins)`,
	}},
	{"bad column in schedule", tableFile, "special", "specail", []string{
		`dexter/schedule/hts.csv:1:31: there is no column "specail" (did you mean "special"?)`,
	}},
	{"programme without value", "dexter/schedule/programmes.csv", "KR,Korea", "KS,Korea", []string{
		`dexter/schedule/programmes.csv:3:1: the fact preference has no value "KS" (did you mean "KR"?)`,
	}},
	{"programme of nowhere", "dexter/schedule/programmes.csv", "CA MX", "CA MEX", []string{
		`dexter/schedule/programmes.csv:2:9: there is no country or group "MEX" (write MX)`,
	}},
}

func TestFaults(t *testing.T) {
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			fsys := goodPacks(t)
			replace(t, fsys, f.file, f.old, f.new)
			_, problems := Read(fsys, "dexter")
			wantProblems(t, problems, f.want...)
		})
	}
}
