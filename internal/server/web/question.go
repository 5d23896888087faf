package web

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/nomenclature"
)

// factParameter begins the names of the parameters that are facts.
const factParameter = "f."

// decode reads a case from the parameters of an address, or of the form of a case:
// there an amount has its currency beside it, a country may have its name, and a
// line of the goods may be chosen by a button. Empty parameters count as absent;
// of several the first that is not empty counts, so that a button may answer what
// a field beside it leaves open.
func decode(q url.Values) navicert.Case {
	get := func(name string) string { return first(q[name]) }
	c := navicert.Case{Goods: get("goods"), From: get("from"), To: get("to"), Origin: get("origin"), On: get("on"), Entered: get("entered"), Exported: get("exported"),
		Known: get("known"), Value: get("value"), Closed: get("closed") == "true", Only: get("only")}
	for _, v := range q["quantity"] {
		if v = strings.TrimSpace(v); v != "" {
			c.Quantity = append(c.Quantity, v)
		}
	}
	for name := range q {
		if fact, ok := strings.CutPrefix(name, factParameter); ok && get(name) != "" {
			if c.Facts == nil {
				c.Facts = map[string]string{}
			}
			c.Facts[fact] = get(name)
		}
	}
	if line := get("line"); line != "" {
		c.Goods = line
	}
	if c.Value != "" && strings.Trim(c.Value, "0123456789.,' ") == "" {
		c.Value = strings.NewReplacer(",", "", "'", "", " ", "").Replace(c.Value)
		if currency := get("currency"); currency != "" {
			c.Value += " " + strings.ToUpper(currency)
		}
	}
	if code, err := nomenclature.ParseCode(c.Goods); err == nil {
		c.Goods = code.String()
	}
	for _, place := range [...]*string{&c.From, &c.To, &c.Origin} {
		if country, err := nomenclature.ParseCountry(*place); err == nil {
			*place = string(country)
		}
	}
	return c
}

// encode writes a case as the parameters of an address, always in one order:
// what is asked first, then the facts by name.
func encode(c *navicert.Case) string {
	var b strings.Builder
	add := func(name, value string) {
		if value == "" {
			return
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(name) + "=" + url.QueryEscape(value))
	}
	add("goods", c.Goods)
	add("from", c.From)
	add("to", c.To)
	add("origin", c.Origin)
	add("on", c.On)
	add("entered", c.Entered)
	add("exported", c.Exported)
	add("known", c.Known)
	add("value", c.Value)
	for _, q := range c.Quantity {
		add("quantity", q)
	}
	add("only", c.Only)
	if c.Closed {
		add("closed", "true")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Facts)) {
		add(factParameter+name, c.Facts[name])
	}
	return b.String()
}
