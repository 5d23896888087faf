package determination

import (
	"sync"
	"testing"
	"time"

	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
	"github.com/navicert/navicert/packs"
)

var readLaw = sync.OnceValues(func() (*rulepack.Set, rulepack.Problems) {
	return rulepack.Read(packs.FS, "us-tariff", "cn-export-control")
})

func TestX(t *testing.T) {
	a := time.Now()
	set, p := readLaw()
	_ = p
	t.Log(time.Since(a))
	a = time.Now()
	s := schedule.Compile(set)
	t.Log(time.Since(a))
	a = time.Now()
	for range 20 {
		d, err := Determine(s, Case{Goods: "9403.60.80.40", From: "CN", To: "US", On: "2025-06-15", Closed: true, Only: "import"})
		if err != nil {
			t.Fatal(err)
		}
		d.Document().JSON()
	}
	t.Log(time.Since(a) / 20)
}
