package rulepack

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// largePacks are the good packs with a schedule and lists of the size of the
// real ones.
func largePacks(b *testing.B) fstest.MapFS {
	fsys := goodPacks(b)
	var s, list strings.Builder
	s.WriteString("code,from,until,units,general,special,other,designation\n")
	list.WriteString("code,from,until,by,ended-by,except,note\n")
	for chapter := 1; chapter < 97; chapter++ {
		for heading := range 12 {
			for line := range 7 {
				code := fmt.Sprintf("%02d%02d.%02d.00", chapter, heading+1, line+10)
				fmt.Fprintf(&s, "%s,2025-01-01,2025-07-01,,2.%d%%,\"Free (A+,AU,BH,CL,CO,D,E,IL,JO,KR,MA,OM,P,PA,PE,S,SG)\",45%%,\"Articles of some kind, whether or not assembled, other than those of heading %d\"\n", code, line, heading)
				fmt.Fprintf(&s, "%s,2025-07-01,,,2.%d%%,\"Free (A+,AU,BH,CL,CO,D,E,IL,JO,KR,MA,OM,P,PA,PE,S,SG)\",45%%,\"Articles of some kind, whether or not assembled, other than those of heading %d\"\n", code, line, heading)
				for suffix := range 3 {
					fmt.Fprintf(&s, "%s.%d0,2025-01-01,,kg;No.,,,,Other than the foregoing\n", code, suffix+1)
				}
				if heading < 10 {
					fmt.Fprintf(&list, "%s,2025-02-04,,eo-1,,,\n", code)
				}
			}
		}
	}
	fsys["dexter/schedule/hts.csv"] = &fstest.MapFile{Data: []byte(s.String())}
	for i := range 3 {
		fsys[fmt.Sprintf("dexter/lists/us.long-%d.csv", i)] = &fstest.MapFile{Data: []byte(list.String())}
	}
	b.ReportMetric(float64(s.Len())/1e6, "MB-schedule")
	return fsys
}

func BenchmarkRead(b *testing.B) {
	small, large := goodPacks(b), largePacks(b)
	b.Run("small", func(b *testing.B) { benchmarkRead(b, small, "dexter") })
	b.Run("large", func(b *testing.B) { benchmarkRead(b, large, "dexter") })
	if _, err := os.Stat("../../packs/us-tariff"); err == nil {
		b.Run("real", func(b *testing.B) { benchmarkRead(b, os.DirFS("../../packs"), "us-tariff", "cn-export-control") })
	}
}

func benchmarkRead(b *testing.B, fsys fs.FS, dirs ...string) {
	b.ReportAllocs()
	for b.Loop() {
		if set, _ := Read(fsys, dirs...); set == nil {
			b.Fatal("no set")
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	if _, err := os.Stat("../../packs/us-tariff"); err != nil {
		b.Skip("no packs")
	}
	set, _ := Read(os.DirFS("../../packs"), "us-tariff", "cn-export-control")
	for b.Loop() {
		Check(set)
	}
}
