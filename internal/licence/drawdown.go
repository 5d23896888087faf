package licence

import (
	"github.com/navicert/navicert/internal/quantity"
)

// Drawdown is one shipment's claim on licences: reserved, then committed or
// released, and after that perhaps in part returned.
type Drawdown struct {
	ID       string `json:"id"`
	Shipment string `json:"shipment,omitempty"` // the shipper's own name for it
	// Parts are what is reserved or, once it is committed, what was committed
	// less what came back.
	Parts     []Part           `json:"parts"`
	State     DrawdownState    `json:"state"`
	Reserved  quantity.Instant `json:"reserved"`
	Committed quantity.Instant `json:"committed,omitempty"`
	Released  quantity.Instant `json:"released,omitempty"`
}

// DrawdownState is how far a drawdown is.
type DrawdownState string

// The states of drawdowns.
const (
	IsReserved  DrawdownState = "reserved"
	IsCommitted DrawdownState = "committed"
	IsReleased  DrawdownState = "released"
)

// Part is what a drawdown takes of one line of one licence, in the units of the
// licence.
type Part struct {
	Licence  string            `json:"licence"`
	Line     int               `json:"line"`
	Quantity quantity.Quantity `json:"quantity"`
	Value    quantity.Money    `json:"value,omitzero"`
	// Asked is the quantity as it was stated, where that was another unit.
	Asked quantity.Quantity `json:"asked,omitzero"`
}

// The events of drawdowns.
type (
	// Reserved sets quantities aside.
	Reserved struct {
		Shipment string `json:"shipment,omitempty"`
		Parts    []Part `json:"parts"`
	}
	// Committed uses what was set aside; what was set aside and is not used is
	// free again.
	Committed struct {
		Parts []Part `json:"parts"`
		Freed []Part `json:"freed,omitempty"`
	}
	// Released frees all that was set aside.
	Released struct {
		Parts []Part `json:"parts"`
	}
	// GoodsReturned puts back what was committed.
	GoodsReturned struct {
		Parts []Part `json:"parts"`
	}
)

func (*Reserved) eventType() string      { return "reserved" }
func (*Committed) eventType() string     { return "committed" }
func (*Released) eventType() string      { return "released" }
func (*GoodsReturned) eventType() string { return "goods returned" }

func (d *Drawdown) apply(e *Event) {
	switch x := e.Data.(type) {
	case *Reserved:
		d.Shipment, d.Parts, d.State, d.Reserved = x.Shipment, x.Parts, IsReserved, e.At
	case *Committed:
		d.Parts, d.State, d.Committed = x.Parts, IsCommitted, e.At
	case *Released:
		d.State, d.Released = IsReleased, e.At
	case *GoodsReturned:
		parts := append([]Part(nil), d.Parts...)
		for _, back := range x.Parts {
			for i := range parts {
				if p := &parts[i]; p.Licence == back.Licence && p.Line == back.Line {
					p.Quantity.Amount = p.Quantity.Amount.Sub(back.Quantity.Amount)
					p.Value.Amount = p.Value.Amount.Sub(back.Value.Amount)
					break
				}
			}
		}
		d.Parts = parts
	}
}

// movements are the lines of the ledger that an event makes.
func movements(e *Event) ([]Movement, error) {
	var out []Movement
	var fault error
	add := func(kind MovementKind, parts []Part) {
		for _, p := range parts {
			q, err := steps(p.Quantity.Amount, quantityPlaces)
			v, errValue := steps(p.Value.Amount, valuePlaces)
			if err != nil || errValue != nil {
				fault = refuse(TooFine, e.Object, "give fewer places after the point", "%s or %s is finer or larger than the ledger counts", p.Quantity, p.Value)
				return
			}
			out = append(out, Movement{Seq: e.Seq, Place: len(out) + 1, Licence: p.Licence, Line: p.Line, Drawdown: e.Object.ID, Kind: kind, Quantity: q, Value: v, At: e.At})
		}
	}
	switch d := e.Data.(type) {
	case *Reserved:
		add(Reserve, d.Parts)
	case *Committed:
		add(Commit, d.Parts)
		add(Release, d.Freed)
	case *Released:
		add(Release, d.Parts)
	case *GoodsReturned:
		add(Return, d.Parts)
	}
	return out, fault
}
