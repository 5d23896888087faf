package main

import (
	"strings"
	"time"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
)

// The views are how the catalogue of law is written as JSON.

type instrumentView struct {
	ID         string   `json:"id"`
	Kind       string   `json:"kind"`
	Title      string   `json:"title"`
	Citation   string   `json:"citation"`
	Date       string   `json:"date"`
	URL        string   `json:"url,omitempty"`
	Standing   string   `json:"standing"`
	Confidence string   `json:"confidence"`
	Note       string   `json:"note,omitempty"`
	Measures   []string `json:"measures,omitempty"` // measures it acts on
}

func viewInstrument(in *measure.Instrument) instrumentView {
	return instrumentView{ID: in.ID, Kind: in.Kind, Title: in.Title, Citation: in.Citation, Date: in.Date.String(),
		URL: in.URL, Standing: string(in.Standing), Confidence: string(in.Confidence), Note: in.Note}
}

type actView struct {
	By         string `json:"by"`
	Citation   string `json:"citation"`
	Announced  string `json:"announced"`
	From       string `json:"from,omitempty"`
	Until      string `json:"until,omitempty"`
	Effect     string `json:"effect"`
	Then       string `json:"then,omitempty"`
	Heading    string `json:"heading,omitempty"`
	Standing   string `json:"standing"`
	Confidence string `json:"confidence"`
	Note       string `json:"note,omitempty"`
}

func viewAct(a *measure.Act, zone *time.Location) actView {
	v := actView{Announced: a.Announced.String(), Effect: effectWords(&a.Effect), Heading: a.Heading,
		Standing: string(a.Standing), Confidence: string(a.Confidence), Note: a.Note}
	if a.By != nil {
		v.By, v.Citation = a.By.ID, a.By.Citation
	}
	v.From, v.Until = ends(a.Period, zone)
	if a.Then != nil {
		v.Then = effectWords(a.Then)
	}
	return v
}

// ends writes a period's ends in the zone; an end of time is empty.
func ends(p quantity.Period, zone *time.Location) (from, until string) {
	if p.From > quantity.Always.From {
		from = p.From.Format(zone)
	}
	if p.Until < quantity.Always.Until {
		until = p.Until.Format(zone)
	}
	return from, until
}

// effectWords is an effect in a few words.
func effectWords(f *measure.Effect) string {
	switch f.Kind {
	case measure.Apply:
		if f.Rate != nil {
			return f.Rate.String()
		}
		return "applies"
	case measure.Suspend:
		return "suspended"
	case measure.Resume:
		return "resumed"
	case measure.End:
		return "ended"
	case measure.Void:
		return "void from the start"
	case measure.Stay:
		return "stays " + f.Stays
	case measure.Unknown:
		if f.Why != "" {
			return "not known: " + f.Why
		}
		return "not known"
	}
	return f.Kind.String()
}

// stateWords is the state of a measure in a few words.
func stateWords(s measure.State) string {
	rate := ""
	if s.Rate != nil {
		rate = s.Rate.String()
	}
	switch s.Kind {
	case measure.NotStarted:
		return "not started"
	case measure.InForce:
		if rate != "" {
			return rate
		}
		return "in force"
	case measure.Suspended:
		return strings.TrimSpace("suspended " + rate)
	case measure.Ended:
		return "ended"
	case measure.Unverified:
		return strings.TrimSpace("unverified " + rate)
	}
	return s.Kind.String()
}
