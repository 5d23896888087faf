package schedule

import (
	"encoding/binary"
	"slices"
	"sort"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
)

// partyLists is a set of party lists, a bit each.
type partyLists uint64

// partiesOf is the party lists for which a condition asks.
func partiesOf(x *condition.Expr) (out partyLists) {
	for _, a := range x.Atoms() {
		if list, ok := a.List(); ok {
			out |= 1 << list
		}
	}
	return out
}

// listing is when what some party lists say may change. Nearly every day some party is
// listed, so that it counts for those movements alone near which a condition asks for
// the lists.
type listing struct {
	cuts []quantity.Instant // in order
	days []quantity.Date    // on which it was announced, in order
}

// listing returns that of some lists. It reads them.
func (s *Schedule) listing(lists partyLists) *listing {
	return s.Derived(lists, func() any {
		l := &listing{}
		for n := range eachBit(uint64(lists)) {
			rows := s.Set.PartyLists[n].Rows()
			for i := range rows {
				row := &rows[i]
				l.cuts = append(l.cuts, row.Earliest, row.Period.From, row.Period.Until)
				l.days = append(l.days, row.Announced)
				for _, by := range [...]*measure.Instrument{row.By, row.EndedBy} {
					if by != nil {
						l.days = append(l.days, by.Date)
					}
				}
			}
		}
		slices.Sort(l.cuts)
		slices.Sort(l.days)
		l.cuts, l.days = slices.Clip(slices.Compact(l.cuts)), slices.Clip(slices.Compact(l.days))
		return l
	}).(*listing)
}

// appendStretch appends to a key between which changes the lists are asked.
func (l *listing) appendStretch(key []byte, at quantity.Instant, known quantity.Date) []byte {
	days := sort.Search(len(l.days), func(i int) bool { return l.days[i] > known })
	key = binary.LittleEndian.AppendUint32(key, uint32(stretchOf(l.cuts, at)))
	return binary.LittleEndian.AppendUint32(key, uint32(days))
}
