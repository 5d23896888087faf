package main

import (
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
	v := actView{Announced: a.Announced.String(), Effect: a.Effect.Words(), Heading: a.Heading,
		Standing: string(a.Standing), Confidence: string(a.Confidence), Note: a.Note}
	if a.By != nil {
		v.By, v.Citation = a.By.ID, a.By.Citation
	}
	v.From, v.Until = ends(a.Period, zone)
	if a.Then != nil {
		v.Then = a.Then.Words()
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
