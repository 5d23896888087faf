package importer

import (
	"strings"
	"testing"
)

const (
	chinaHeader = `hs10,description,"January 1, 2018 | MFN Tariff Rates","April 2, 2018 | Retaliation","May 1, 2018 | Change","July 1, 2018 | Change","July 6, 2018 | Retaliation","August 23, 2018 | Retaliation","September 24, 2018 | Retaliation","November 1, 2018 | Change","January 1, 2019 | Change of temporary","January 1, 2019 | Suspension","June 1, 2019 | Change"
`
	totalsHeader = "hs8,description,total_retaliatory_additional_rate_pct\n"
	marchHeader  = "hs8,description\n"
	hsHeader     = "section,hscode,description\n"
)

func sources(rates, totals, ten, fifteen, hs string) ChinaSources {
	return ChinaSources{
		Rates: strings.NewReader(chinaHeader + rates), Totals: strings.NewReader(totalsHeader + totals),
		Ten: strings.NewReader(marchHeader + ten), Fifteen: strings.NewReader(marchHeader + fifteen), Nomenclature: strings.NewReader(hsHeader + hs),
	}
}

// What is derived is checked by hand: each total is the sum of its lists.
func TestChinaDerivesLists(t *testing.T) {
	files, report, err := China(sources(
		`1001990000,"Wheat: Other",65,0,0,0,25,0,0,0,0,0,0
1201901000,"Soya beans: Yellow",3,0,0,0,25,0,0,0,0,0,0
0203290000,"Meat of swine: Frozen: Other",12,25,0,0,25,0,0,0,0,0,0
0813100000,"Dried fruit: Apricots",25,15,0,0,0,0,10,0,0,0,15
2709000000,"Crude oil",0,0,0,0,0,0,0,0,0,0,0
2711110000,"Gas: LNG",0,0,0,0,0,0,10,0,0,0,15
8703800010,"Cars: Electric: New",25,0,0,-10,25,0,0,0,0,-25,0
8703800090,"Cars: Electric: Other",25,0,0,-10,25,0,0,0,0,-25,0
8708990000,"Parts: Other",14.000000000000002,0,0,-8,0,0,5,0,0,-5,0
8517703000,"Telephones: Parts",0,0,0,0,0,0,10,0,0,0,15
8517709000,"Telephones: Other parts",0,0,0,0,0,0,0,0,0,0,0
8521101100A,"Recorders: Tape",30,0,0,0,0,0,0,0,0,0,0
8521101100B,"Recorders: Tape, dear",,0,,,0,0,0,,0,0,0
`,
		`10019900,Wheat: --Other,40
12019011,Soya beans: ----Of 2022,30
02032900,Pork: --Other,65
08131000,Dried fruit: --Apricots,55
27090000,Crude oil,12.5
27111100,LNG,40
87038000,Cars,35
87049010,Trucks: ---New kind,35
87039900,Cars: ---Of 2022,25
85177900,Telephones: --Parts,25
03091000,Flours of fish: -Of fish,40
02039900,Pork: ---Of 2022,45
20039010,Mushrooms: ---One,0
`,
		"02032900,Pork\n03090010,a mistake\n20039011,another\n", "10019900,Wheat\n", "I,0203,Meat of swine\nI,020329,Frozen\nI,030910,Flours of fish\nI,851779,Parts of telephones\nI,870380,Electric\nI,100199,Wheat\nI,120190,Other soya beans\n"))
	if err != nil {
		t.Fatal(err)
	}
	for list, want := range map[string]string{
		"cn.232.15":            "0813.10.00,,2022-01-01,sctc-2018-13,sctc-2021-18,,\n",
		"cn.232.25":            "0203.29.00,,,sctc-2018-13,,,\n",
		"cn.301.list-a":        "0203.29.00,,,sctc-2018-5,,,\n1001.99.00,,,sctc-2018-5,,,\n1201.90.10,,2022-01-01,sctc-2018-5,sctc-2021-18,,\n",
		"cn.301.autos-a":       "8703.80.00,,,sctc-2018-5,,,\n",
		"cn.301.autos-b":       "8703.99.00,2022-01-01,,sctc-2021-18,,,from the total of all lists on 2025-03-28\n",
		"cn.301.autos-c":       "8708.99.00,,2022-01-01,sctc-2018-6,sctc-2021-18,,\n",
		"cn.301.list-c-25":     "0813.10.00,,2022-01-01,sctc-2018-6,sctc-2021-18,,\n2711.11.00,,2022-01-01,sctc-2018-6,sctc-2021-18,,\n8517.70.30,,2022-01-01,sctc-2018-6,sctc-2021-18,,\n",
		"cn.301.list-d-5":      "2709.00.00,,2022-01-01,sctc-2019-4,sctc-2021-18,,from the total of all lists on 2025-03-28\n",
		"cn.301.list-d-10":     "0203.29.00,,,sctc-2019-4,,,from the total of all lists on 2025-03-28\n0813.10.00,,2022-01-01,sctc-2019-4,sctc-2021-18,,from the total of all lists on 2025-03-28\n",
		"cn.301.list-d-open":   "1201.90.10,,2022-01-01,sctc-2019-4,sctc-2021-18,,\n8517.70.30,,2022-01-01,sctc-2019-4,sctc-2021-18,,\n8517.70.90,,2022-01-01,sctc-2019-4,sctc-2021-18,,\n8521.10.11,,2022-01-01,sctc-2019-4,sctc-2021-18,,\n8708.99.00,,2022-01-01,sctc-2019-4,sctc-2021-18,,\n",
		"cn.301.carried-25":    "8517.79.00,2022-01-01,,sctc-2021-18,,,from the total of all lists on 2025-03-28\n8704.90.10,2022-01-01,,sctc-2021-18,,,from the total of all lists on 2025-03-28\n",
		"cn.301.carried-30":    "0309.10.00,2022-01-01,,sctc-2021-18,,,from the total of all lists on 2025-03-28\n1201.90.11,2022-01-01,,sctc-2021-18,,,from the total of all lists on 2025-03-28\n",
		"cn.232.carried-45":    "0203.99.00,2022-01-01,,sctc-2021-18,,,from the total of all lists on 2025-03-28\n",
		"cn.2025.energy-15":    "2711.11.00,,2022-01-01,sctc-2025-1,sctc-2021-18,,from the total of all lists on 2025-03-28\n",
		"cn.2025.machinery-10": "2709.00.00,,2022-01-01,sctc-2025-1,sctc-2021-18,,from the total of all lists on 2025-03-28\n8703.80.00,,,sctc-2025-1,,,from the total of all lists on 2025-03-28\n8704.90.10,2022-01-01,,sctc-2025-1,,,from the total of all lists on 2025-03-28\n",
		"cn.2025.farm-15":      "1001.99.00,,,sctc-2025-2,,,\n",
		"cn.2025.farm-10":      "0203.29.00,,,sctc-2025-2,,,\n0309.10.00,2022-01-01,,sctc-2025-2,,,from the total of all lists on 2025-03-28\n0813.10.00,,2022-01-01,sctc-2025-2,sctc-2021-18,,from the total of all lists on 2025-03-28\n",
		"cn.2025.farm-10-open": "2003.90.10,2022-01-01,,sctc-2025-2,,,\"the transcription has other codes of this subheading, and the total does not tell\"\n",
	} {
		got := string(files["lists/"+list+".csv"])
		if _, body, _ := strings.Cut(got, "\n"); body != want {
			t.Errorf("%s:\n%s\nwant\n%s", list, body, want)
		}
	}
	schedule := string(files["schedule/tariff.csv"])
	for _, row := range []string{
		"8703,2018-01-01,2022-01-01,,,,,Cars\n",
		"8703.80.00,2018-01-01,2018-07-01,,25%,,,Electric\n",
		"8703.80.00,2018-07-01,,,15%,,,Electric\n",
		"8703.80.00.10,2018-01-01,,,,,,New\n",
		"8708.99.00,2018-01-01,2018-07-01,,14%,,,Other\n",
		"8521.10.11,2018-01-01,2022-01-01,,not ad valorem,,,Tape\n",
		"1201.90.10,2018-01-01,2022-01-01,,3%,,,Yellow\n",
		"8517.79,2022-01-01,,,,,,Parts of telephones\n",
		"8517.79.00,2022-01-01,,,,,,Parts\n",
	} {
		if !strings.Contains(schedule, row) {
			t.Errorf("the schedule lacks %s", row)
		}
	}
	if strings.Contains(schedule, "8521.10.11.00") {
		t.Error("a line that is not split is there twice")
	}
	if got, want := strings.Join(report.Unmatched, " "), "03090010 20039011"; got != want {
		t.Errorf("unmatched are %s, want %s", got, want)
	}
}

// A total that no rates add up to is no list.
func TestChinaFaults(t *testing.T) {
	const wheat = "1001990000,Wheat,65,0,0,0,25,0,0,0,0,0,0\n"
	for _, test := range []struct{ name, rates, totals, ten, want string }{
		{"a total too small", wheat, "10019900,Wheat,10\n", "", "leaves -15% beyond the lists known"},
		{"a total too large", wheat, "10019900,Wheat,34\n", "", "leaves 9% beyond the lists known"},
		{"no line", "wheat,Wheat,65,0,0,0,25,0,0,0,0,0,0\n", "", "", `"wheat" is no line of ten digits`},
		{"no points", strings.Replace(wheat, ",25,", ",x,", 1), "", "", `"x" is no number of points`},
		{"a rate below zero", strings.Replace(wheat, "65,0,0,0", "65,0,0,-70", 1), "", "", "below zero on 2018-07-01"},
		{"lines apart", wheat + strings.Replace(strings.Replace(wheat, "1001990000", "1001990010", 1), ",25,", ",10,", 1), "", "", "not those of the lines beside it"},
		{"no total", wheat, "10019900,Wheat,much\n", "", "is no line with its points"},
		{"no line of March", wheat, "", "1001,Wheat\n", "is no line of eight digits"},
	} {
		files, _, err := China(sources(test.rates, test.totals, test.ten, "", ""))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		if files != nil {
			t.Errorf("%s: something was written", test.name)
		}
	}
	src := sources("", "", "", "", "")
	src.Totals = strings.NewReader("hs8\n")
	if _, _, err := China(src); err == nil || !strings.Contains(err.Error(), `totals has no column "description"`) {
		t.Errorf("a table without a column: %v", err)
	}
}

func FuzzChina(f *testing.F) {
	f.Add("1001990000,Wheat: Other,65,0,0,0,25,0,0,0,0,0,0", "10019900,Wheat,40", "10019900,Wheat")
	f.Add("8703800010,Cars,,0,0,-1e3,25,0,0,0,0,-25,0", "87038000,Cars,0.5", "0,")
	f.Fuzz(func(t *testing.T, rates, totals, ten string) {
		files, _, err := China(sources(rates, totals, ten, "", "I,1001,Wheat\nI,100199,Other\n"))
		if err != nil && files != nil {
			t.Error("something was written beside an error")
		}
	})
}
