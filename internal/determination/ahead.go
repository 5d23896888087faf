package determination

import "github.com/navicert/navicert/internal/schedule"

// ahead is what was read of a case ahead of its answer. It stands for the texts and the
// schedule that it was read from, and is passed over where the case has others by now.
type ahead struct {
	of    *schedule.Schedule
	code  string          // the text
	goods *schedule.Goods // what the schedule says of it; nil: they were not met before
}

// ReadAhead reads of cases what is then near when they are determined one by one: of a
// file each line is about other goods, what is known of them is more than caches hold,
// and it is waited for together here.
func ReadAhead(s *schedule.Schedule, cases []Case) {
	var goods [schedule.MostAhead]*schedule.Goods
	for len(cases) > 0 {
		n := min(len(cases), len(goods))
		s.RecallGoods(goods[:n], func(i int) string { return cases[i].Goods })
		for i := range n {
			c := &cases[i]
			c.ahead = ahead{of: s, code: c.Goods, goods: goods[i]}
		}
		cases = cases[n:]
	}
}

// readGoods reads the goods code of a case.
func readGoods(s *schedule.Schedule, c *Case) (*schedule.Goods, error) {
	if a := &c.ahead; a.goods != nil && a.of == s && a.code == c.Goods {
		return a.goods, nil
	}
	return s.ReadGoods(c.Goods)
}
