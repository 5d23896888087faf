package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/navicert/navicert/internal/quantity"
)

// dates are the two dates of a question about the law: the flags --on and
// --known, each today where it is not given.
type dates struct{ on, known string }

func (d *dates) read(e *env) (quantity.Moment, quantity.Date, error) {
	if d.on == "" {
		d.on = e.today()
	}
	if d.known == "" {
		d.known = e.today()
	}
	on, errOn := quantity.ParseMoment(d.on)
	if errOn != nil {
		errOn = fmt.Errorf("--on: %w", errOn)
	}
	known, errKnown := quantity.ParseDate(d.known)
	if errKnown != nil {
		errKnown = fmt.Errorf("--known: %w", errKnown)
	}
	return on, known, errors.Join(errOn, errKnown)
}

// clock writes an instant as people read it in the pack's zone: the day, and the
// time where it is not the first minutes of it, at which acts begin.
func clock(i quantity.Instant, zone *time.Location) string {
	switch {
	case i <= quantity.Always.From:
		return "always"
	case i >= quantity.Always.Until:
		return "open"
	}
	return shortTime(i.Format(zone))
}

// shortTime is an instant in RFC 3339 as people read it.
func shortTime(s string) string {
	date, rest, ok := strings.Cut(s, "T")
	if !ok || len(rest) < 5 || strings.HasPrefix(rest, "00:00") || strings.HasPrefix(rest, "00:01") {
		return date
	}
	return date + " " + rest[:5]
}
